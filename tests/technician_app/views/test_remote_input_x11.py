"""Real key presses on a real X server: xdotool presses, Qt's xcb platform tells, our tables translate.

The window runs in a process of its own, because this one's Qt is offscreen.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from demo.virtual_display import virtual_display

REPOSITORY = Path(__file__).resolve().parents[3]
TOOLS = ("Xvfb", "openbox", "xdotool")
pytestmark = pytest.mark.skipif(not all(shutil.which(tool) for tool in TOOLS), reason="needs Xvfb, openbox and xdotool")

PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from technician_app.controllers.session_state import Frame
from technician_app.views.remote_view import RemoteView

app = QApplication([])
frames = [Frame(640, 480, 2560, bytes(2560 * 480))]
view = RemoteView(lambda: frames.pop() if frames else None)
view.setWindowTitle("remote view")
view.resize(640, 480)
view.input_made.connect(lambda message: print(message, flush=True))
view.release_wanted.connect(lambda: (print("release wanted", flush=True), app.quit()))
view.show()
view.show_newest()
view.set_granted(True)
QTimer.singleShot(60000, app.quit)

def announce():
    if view.isActiveWindow() and view.hasFocus():
        print("ready", flush=True)
    else:
        QTimer.singleShot(20, announce)

announce()
app.exec()
"""


@pytest.fixture
def display():
    with virtual_display(800, 600) as name:
        environment = {**os.environ, "DISPLAY": name, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(REPOSITORY)}
        manager = subprocess.Popen(["openbox"], env=environment, stderr=subprocess.DEVNULL)
        try:
            yield environment
        finally:
            manager.terminate()
            manager.wait(10)


def _lines_after(environment: dict[str, str], *commands: tuple[str, ...]) -> list[str]:
    """Run the view, press what `commands` say, then the release chord; return what was sent, a line a message."""
    view = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert view.stdout is not None
        first = view.stdout.readline().strip()
        assert first == "ready", view.communicate(timeout=10)
        for command in (*commands, ("key", "--clearmodifiers", "ctrl+alt+shift+r")):
            subprocess.run(["xdotool", *command], env=environment, check=True, timeout=20)
        output, errors = view.communicate(timeout=30)
    finally:
        if view.poll() is None:
            view.kill()
            view.wait(10)
    assert "Traceback" not in errors, errors
    return output.splitlines()


def test_keys_text_and_shortcuts_arrive_as_they_were_pressed(display):
    lines = _lines_after(
        display,
        ("key", "a"),
        ("key", "shift+b"),
        ("key", "Tab"),
        ("key", "Up"),
        ("key", "ctrl+c"),
        ("key", "F11"),
        ("key", "KP_Enter"),
    )
    assert lines[lines.index("release wanted") - 1] == "AllReleased()"
    assert "KeyChanged(code='KeyR', down=True)" not in lines
    chord = lines.index("KeyChanged(code='NumpadEnter', down=False)")
    assert lines[: chord + 1] == [
        "TextTyped(text='a')",
        "KeyChanged(code='ShiftLeft', down=True)",
        "TextTyped(text='B')",
        "KeyChanged(code='ShiftLeft', down=False)",
        "KeyChanged(code='Tab', down=True)",
        "KeyChanged(code='Tab', down=False)",
        "KeyChanged(code='ArrowUp', down=True)",
        "KeyChanged(code='ArrowUp', down=False)",
        "KeyChanged(code='ControlLeft', down=True)",
        "KeyChanged(code='KeyC', down=True)",
        # xdotool lets go of the modifier first
        "KeyChanged(code='ControlLeft', down=False)",
        "KeyChanged(code='KeyC', down=False)",
        "KeyChanged(code='F11', down=True)",
        "KeyChanged(code='F11', down=False)",
        "KeyChanged(code='NumpadEnter', down=True)",
        "KeyChanged(code='NumpadEnter', down=False)",
    ]


def test_every_key_of_the_x_keyboard_arrives_as_itself(display):
    """The server's own keyboard is evdev: pressing keycode N must arrive as the W3C code of evdev N - 8."""
    codes = {22: "Backspace", 110: "Home", 118: "Insert", 119: "Delete", 76: "F10", 95: "F11", 135: "ContextMenu"}
    lines = _lines_after(display, *(("key", str(code)) for code in codes))
    down = [line for line in lines if line.startswith("KeyChanged") and line.endswith("down=True)")]
    assert down[: len(codes)] == [f"KeyChanged(code='{name}', down=True)" for name in codes.values()]


def test_buttons_and_wheel_arrive_with_their_place(display):
    lines = _lines_after(
        display,
        ("search", "--sync", "--name", "remote view", "mousemove", "--window", "%1", "320", "240"),
        ("click", "1"),
        ("click", "3"),
        ("click", "4"),
    )
    assert [line.split(", x=")[0] for line in lines[:5]] == [
        "ButtonChanged(button=<Button.PRIMARY: 'primary'>, down=True",
        "ButtonChanged(button=<Button.PRIMARY: 'primary'>, down=False",
        "ButtonChanged(button=<Button.SECONDARY: 'secondary'>, down=True",
        "ButtonChanged(button=<Button.SECONDARY: 'secondary'>, down=False",
        "WheelTurned(dx=0, dy=120",
    ]
    x, y = (int(part.split("=")[1].rstrip(")")) for part in lines[0].split(", ")[-2:])
    assert abs(x - 32768) < 200
    assert abs(y - 32768) < 200
