"""A session window of its own process on a real X display, with a picture that changes on command.

Run as a program it reads one JSON command a line from its standard input and answers each with one line when the
result is on the screen. The test process keeps its own copy of the pixels.
"""

import json
import mmap
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random

from PySide6.QtCore import QPoint, QSocketNotifier, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton

from protocol.picture.geometry import Rect
from technician_app.bridge.frame_slot import CursorSlot, FrameSlot
from technician_app.controllers.session_state import (
    Control,
    CursorShape,
    Phase,
    PictureChange,
    PictureFigures,
    RemoteCursor,
    SessionViewState,
)
from technician_app.views.session_window import SessionWindow
from technician_app.views.theme import follow_system_theme

REPOSITORY = Path(__file__).resolve().parents[2]


class Stage:
    """The test's side: starts the program, tells it what to do."""

    def __init__(self, display: str, size: tuple[int, int], scale: str = "1") -> None:
        environment = {
            **os.environ,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "QT_SCALE_FACTOR": scale,
            "PYTHONPATH": str(REPOSITORY),
        }
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.support.picture_stage", *map(str, size)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.size = size
        self.pixels = bytearray(size[0] * size[1] * 4)
        self.answer()

    def do(self, command: str, *arguments: object) -> list:
        """Have the window do `command`; return its answer."""
        assert self._program.stdin is not None
        self._program.stdin.write(json.dumps([command, *arguments]) + "\n")
        self._program.stdin.flush()
        return self.answer()

    def answer(self) -> list:
        assert self._program.stdout is not None
        line = self._program.stdout.readline()
        assert line, "the stage ended"
        return json.loads(line)

    def noise(self, seed: int, *rects: tuple[int, int, int, int]) -> list:
        """Fill `rects` with noise, here and there; only these are told to the window as changed."""
        make_noise(self.pixels, self.size[0], seed, rects)
        return self.do("noise", seed, *rects)

    def close(self) -> None:
        assert self._program.stdin is not None
        self._program.stdin.close()
        try:
            self._program.wait(10)
        finally:
            if self._program.poll() is None:
                self._program.kill()
                self._program.wait(10)
            assert self._program.stdout is not None
            self._program.stdout.close()


def make_noise(pixels: bytearray | mmap.mmap, width: int, seed: int, rects: object) -> None:
    """Fill `rects` of a buffer with the noise of `seed`."""
    random = Random(seed)
    for x, y, across, down in rects:  # type: ignore[attr-defined]
        for row in range(y, y + down):
            at = (row * width + x) * 4
            pixels[at : at + across * 4] = random.randbytes(across * 4)


class Program:
    """The other side: a live SessionWindow that does what the commands say."""

    def __init__(self, width: int, height: int) -> None:
        self.size = (width, height)
        self.memory = mmap.mmap(-1, width * height * 4)
        self.pixels = memoryview(self.memory)
        self.slot, self.cursors = FrameSlot(), CursorSlot()
        self.number = 0
        link = "https://relay.example/j/A"
        self.state = SessionViewState(Phase.LIVE, "ab" * 16, "DS-2026-000001", "Printer", link, "A")
        first = replace(self.state, phase=Phase.CONNECTING)
        self.window = SessionWindow(Intents(), self.slot.take, first, take_cursor=self.cursors.take)  # type: ignore[arg-type]
        queued = Qt.ConnectionType.QueuedConnection
        self.slot.arrived.connect(self.window.remote.show_newest, queued)
        self.cursors.arrived.connect(self.window.remote.show_cursor, queued)
        # the painted pixels go to the X server after this event, so answer a moment later
        self.window.remote.picture_painted.connect(lambda _number: later(30, "painted"))
        self.window.show()
        self.window.render(self.state)

    def noise(self, seed: int, *rects: list[int]) -> None:
        width, _height = self.size
        make_noise(self.memory, width, seed, rects)
        self.number += 1
        changed = tuple(Rect(*rect) for rect in rects)
        self.slot.put(PictureChange(changed, self.number, self.size, width * 4, self.pixels))

    def repaint(self) -> None:
        self.window.remote.update()
        later(100, "done")

    def press(self, name: str) -> None:
        self.window.findChild(QPushButton, name).click()
        later(400, "done")

    def where(self) -> None:
        remote = self.window.remote
        origin = remote.mapToGlobal(QPoint(0, 0))
        later(0, origin.x(), origin.y(), remote.width(), remote.height())

    def bar(self) -> None:
        later(0, self.window.findChild(QPushButton, "endSessionButton").isVisible())

    def cursor(self, x: int, y: int, side: int) -> None:
        red = bytes((0, 0, 255, 255)) * (side * side)
        self.cursors.put(RemoteCursor(CursorShape(1, side, side, 0, 0, red), (x, y)))
        later(200, "done")

    def granted(self, granted: bool) -> None:
        self._render(control=Control.GRANTED if granted else Control.NONE)

    def paused(self, paused: bool) -> None:
        self._render(paused=paused)

    def figures(self, reduced: str) -> None:
        self._render(picture=PictureFigures(1.4, 4.2, 12.0, 58, reduced))

    def command_came(self) -> None:
        line = sys.stdin.readline()
        if not line:
            QApplication.exit()
            return
        command, *arguments = json.loads(line)
        getattr(self, command)(*arguments)

    def _render(self, **changes: object) -> None:
        self.state = replace(self.state, **changes)  # type: ignore[arg-type]
        self.window.render(self.state)
        later(300, "done")


class Intents:
    """Takes whatever the window wants and does nothing."""

    def __getattr__(self, _name: str):
        return lambda *_arguments: None


def later(delay_ms: int, *values: object) -> None:
    """Answer after `delay_ms`, when everything drawn until then is on the display."""

    def say() -> None:
        QGuiApplication.sync()
        print(json.dumps(values), flush=True)

    QTimer.singleShot(delay_ms, say)


def main() -> None:
    qt = QApplication([sys.argv[0]])
    follow_system_theme(qt)
    program = Program(int(sys.argv[1]), int(sys.argv[2]))
    notifier = QSocketNotifier(0, QSocketNotifier.Type.Read)
    notifier.activated.connect(program.command_came)
    QTimer.singleShot(120_000, lambda: qt.exit())
    later(500, "ready")
    qt.exec()
    program.window.hide()


if __name__ == "__main__":
    main()
