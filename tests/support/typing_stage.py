"""From a technician's keyboard to a program on the customer's screen: real view, real injector, two displays."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from Xlib import X, Xatom
from Xlib.display import Display as XDisplay

from customer_client.capture.source import Display
from customer_client.input.ledger import InjectionLedger
from customer_client.input.x11_injector import X11Injector
from customer_client.session.remote_input import RemoteInput
from demo.virtual_display import virtual_display
from protocol.channels import INPUT

REPOSITORY = Path(__file__).resolve().parents[2]
WIDTH, HEIGHT = 640, 400
DEADLINE_S = 20.0

VIEW = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from protocol.messages.base import encode
from technician_app.controllers.session_state import Frame
from technician_app.views.remote_view import RemoteView

app = QApplication([])
frames = [Frame(640, 400, 2560, bytes(2560 * 400))]
view = RemoteView(lambda: frames.pop() if frames else None)
view.resize(640, 400)
view.input_made.connect(lambda message: print(encode(message).hex(), flush=True))
view.show()
view.show_newest()
view.set_granted(True)

def announce():
    if view.isActiveWindow() and view.hasFocus():
        print("ready", flush=True)
    else:
        QTimer.singleShot(20, announce)

announce()
app.exec()
"""

READER = """
import os, sys, tty
tty.setraw(0)
out = open(sys.argv[1], "ab", buffering=0)
while data := os.read(0, 4096):
    out.write(data)
"""

ENTRY = """
import sys, tkinter
root = tkinter.Tk()
root.geometry("640x400+0+0")
entry = tkinter.Entry(root)
entry.pack(fill="both", expand=True)
out = open(sys.argv[1], "a", encoding="utf-8")
def line(_event):
    out.write(entry.get() + "\\r")
    out.flush()
    entry.delete(0, "end")
entry.bind("<Return>", line)
root.wait_visibility()
entry.focus_force()
root.update()
root.winfo_pointerxy()  # asks the server, which by now has given it the keyboard
out.write("\\r")
out.flush()
root.mainloop()
"""


def set_layout(display_name: str, layout: str) -> None:
    """Choose the keyboard layout of a display, as the desktop's settings would."""
    subprocess.run(["setxkbmap", "-display", display_name, "-layout", layout], check=True, timeout=20)


class Program:
    """A program on the customer's screen that writes each line it was typed to a file."""

    def __init__(self, command: list[str], environment: dict[str, str], written: Path) -> None:
        self._written = written
        self._process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        self._seen = 0

    def line(self) -> str:
        """Wait for one more line and return it."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            lines = self._written.read_bytes().split(b"\r") if self._written.exists() else [b""]
            if len(lines) - 1 > self._seen:
                self._seen += 1
                return lines[self._seen - 1].decode()
            time.sleep(0.002)
        raise AssertionError(f"no line came; {self._written.read_bytes()[-80:]!r}")

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """Keep the program from reading anything meanwhile, as one that computes would."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


@contextlib.contextmanager
def terminal(display_name: str, folder: Path) -> Iterator[Program]:
    """Run an xterm whose shell reads raw bytes."""
    reader, written = folder / "reader.py", folder / "typed"
    reader.write_text(READER)
    command = ["xterm", "-u8", "-geometry", "100x20+0+0", "-e", sys.executable, "-S", str(reader), str(written)]
    with _running(command, display_name, written) as program:
        while not written.exists():
            time.sleep(0.01)
        yield program


@contextlib.contextmanager
def entry_field(display_name: str, folder: Path, *, says_it_answers: bool = True) -> Iterator[Program]:
    """Run a window with one entry field. Tk answers a window manager's pings; others say so, and it does not."""
    written = folder / "entered"
    with _running([sys.executable, "-c", ENTRY, str(written)], display_name, written) as program:
        program.line()
        if says_it_answers:
            _say_it_answers(display_name)
        yield program


def _say_it_answers(display_name: str) -> None:
    """Add the ping to what the window with the keyboard lists."""
    with contextlib.closing(XDisplay(display_name)) as display:
        protocols, ping = (display.get_atom(name) for name in ("WM_PROTOCOLS", "_NET_WM_PING"))
        window = display.get_input_focus().focus
        window.change_property(protocols, Xatom.ATOM, 32, [ping], X.PropModeAppend)
        display.sync()


@contextlib.contextmanager
def _running(command: list[str], display_name: str, written: Path) -> Iterator[Program]:
    environment = {**os.environ, "DISPLAY": display_name, "LC_ALL": "C.UTF-8"}
    environment.pop("XMODIFIERS", None)
    program = Program(command, environment, written)
    try:
        yield program
    finally:
        program.end()


@contextlib.contextmanager
def customer_input(display_name: str) -> Iterator[RemoteInput]:
    """Granted remote input on a display; no limit on how fast, because nobody here waits for a person's fingers."""
    injector = X11Injector(
        lambda: Display("test", 0, 0, WIDTH, HEIGHT, primary=True),
        InjectionLedger(),
        display_name=display_name,
        max_events_per_s=1_000_000,
        own_process_id=1,  # a test's own window is somebody else's here
    )
    remote_input = RemoteInput(injector, watched=lambda: True)
    remote_input.grant()
    try:
        yield remote_input
    finally:
        remote_input.close()


class TechnicianView:
    """The picture's view on a display of its own; what it sends goes into `remote_input`."""

    def __init__(self, display_name: str) -> None:
        environment = {
            **os.environ,
            "DISPLAY": display_name,
            "QT_QPA_PLATFORM": "xcb",
            "QT_IM_MODULE": "compose",
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(REPOSITORY),
        }
        self._process = subprocess.Popen([sys.executable, "-c", VIEW], env=environment, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def messages(self) -> Iterator[bytes]:
        """Yield what the view sends, as it would travel."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            yield bytes.fromhex(line.decode())

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextlib.contextmanager
def technician_view() -> Iterator[tuple[str, TechnicianView]]:
    """Run the view on a display of its own, with a window manager; yield the display's name and the view."""
    with virtual_display(WIDTH, HEIGHT) as name:
        manager = subprocess.Popen(["openbox"], env={**os.environ, "DISPLAY": name}, stderr=subprocess.DEVNULL)
        try:
            view = TechnicianView(name)
            try:
                yield name, view
            finally:
                view.end()
        finally:
            manager.terminate()
            manager.wait(10)


def carry(view: TechnicianView, remote_input: RemoteInput) -> None:
    """Hand everything the view sends to the customer's side; returns when the view has ended."""
    for data in view.messages():
        remote_input.arrived(INPUT, data)
