"""A Windows desktop made by wine, with `windows_stage` on it: asked from here, its mouse and keyboard moved from here.

Its mouse and keyboard are those of the X display it draws on: what XTEST presses there, wine takes for hardware.
"""

import contextlib
import json
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest

from demo.virtual_display import virtual_display
from installers import windows_python, windows_wheels
from installers.linux import KEPT, ROOT
from installers.wine import path_in_windows, windows

ANSWER = "ANSWER "
"""`windows_stage` begins its answers so; it can be imported on Windows only."""

START_S = 90.0
ANSWER_S = 60.0
SIZE = (1280, 800)


class Silence(AssertionError):
    """The stage did not answer."""


@dataclass(frozen=True)
class WinePython:
    """Starts modules of ours in this Windows, on its desktop."""

    program: Path
    environment: dict[str, str]

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start Python with `arguments` and pipes."""
        return subprocess.Popen(
            ["wine", str(self.program), *arguments],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )


class WineDesktop:
    """The stage's process and the display it is on; `python` starts more."""

    def __init__(self, python: WinePython, display: str) -> None:
        self.python = python
        self._process = python.start("-m", "tests.support.windows_stage")
        self._x = Display(display)
        self._rest = b""

    def ask(self, name: str, *arguments: Any) -> Any:
        """Have the stage call a function of its own; return its answer.

        Raises:
            Silence: it ended, or took longer than a minute.
        """
        self.tell(name, *arguments)
        return self.answer()

    def tell(self, name: str, *arguments: Any) -> None:
        """Have the stage call a function without waiting for the answer.

        Raises:
            Silence: it has ended.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps([name, *arguments]).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError as cause:
            raise Silence("the stage has ended") from cause

    def answer(self, most_s: float = ANSWER_S) -> Any:
        """Return the next answer."""
        end, heard = time.monotonic() + most_s, []
        while (line := self._line(end - time.monotonic())) is not None:
            if line.startswith(ANSWER):
                return json.loads(line.removeprefix(ANSWER))
            heard.append(line)
        raise Silence("the stage did not answer; it said: " + "\n".join(heard[-30:]))

    def hand(self, *acts: tuple[int, int]) -> None:
        """Do what a hand does: each act is an X event type and a keycode, a button, or for a move x << 16 | y."""
        for kind, detail in acts:
            if kind == X.MotionNotify:
                xtest.fake_input(self._x, kind, x=detail >> 16, y=detail & 0xFFFF)
            else:
                xtest.fake_input(self._x, kind, detail)
            self._x.sync()

    def was_ended(self) -> bool:
        """Return whether the stage was ended from outside, as the watchdog does: with status 1."""
        return self._process.wait(20) == 1

    def close(self) -> None:
        """Let the stage end and wait for it."""
        self._x.close()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def _line(self, most_s: float) -> str | None:
        """Return the next line, None when there comes none any more."""
        assert self._process.stdout is not None
        pipe, end = self._process.stdout.fileno(), time.monotonic() + most_s
        while b"\n" not in self._rest:
            readable, _, _ = select.select([pipe], [], [], max(0.0, end - time.monotonic()))
            data = os.read(pipe, 65536) if readable else b""
            if not data:
                return None
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode("utf-8", "replace").rstrip("\r")


@contextlib.contextmanager
def wine_desktop() -> Iterator[WineDesktop]:
    """Have a desktop to oneself; Windows' Python and our client's packages are fetched the first time.

    Raises:
        OSError, subprocess.SubprocessError: something of it cannot be made.
    """
    python = windows_python.unpacked(KEPT)
    with (
        windows(KEPT) as wine,
        virtual_display(*SIZE) as display,
        tempfile.TemporaryDirectory(prefix="deskside-wine-") as folder,
    ):
        found = windows_wheels.unpacked(ROOT, KEPT / "wheels", Path(folder))
        paths = [*(path_in_windows(Path(folder, name)) for name in found), path_in_windows(ROOT)]
        variables = {"DISPLAY": display, "PYTHONPATH": ";".join(paths), "PYTHONDONTWRITEBYTECODE": "1"}
        desktop = WineDesktop(WinePython(python / "python.exe", wine.environment(**variables)), display)
        try:
            desktop.tell("pixels")
            desktop.answer(START_S)
            yield desktop
        finally:
            desktop.close()
