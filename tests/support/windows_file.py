"""The customers' Windows file as a stranger runs it, in wine: its own Windows, its own screen, real keys.

with windows(KEPT) as wine, running_windows_file(wine, file, relay, opened, folder, display) as session:
    session.share()
"""

import contextlib
import functools
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from Xlib.display import Display

from demo.programs import DemoFailed
from installers.windows_launcher import PROGRAM
from installers.wine import Wine
from protocol.messages.relay_api import OpenedSession
from tests.support.client_file import PATIENCE_S, FileSession, technician_for
from tests.support.pin_on_screen import DIGITS, PinReader, Shape, shapes_on
from tests.support.relay_process import PreparedRelay

_DRAW_DIGITS = f"""
import tkinter as tk
from customer_client.ui.palette import LIGHT
from customer_client.ui.theme import TextRole, Themes, screen_scale
root = tk.Tk(className="Xft")
root.overrideredirect(True)
theme = Themes(root, 1.0).at(screen_scale(root.winfo_fpixels("1i")))
theme.label(root, "{" ".join(DIGITS)}", TextRole.PIN, on="soft").pack(padx=20, pady=20)
root.configure(background=LIGHT.soft)
root.mainloop()
"""


def cache(wine: Wine) -> Path:
    """Return the folder releases are unpacked into, which need not be there."""
    users = [folder for folder in (wine.disk / "users").iterdir() if folder.name != "Public"]
    assert len(users) == 1
    return users[0] / "AppData" / "Local" / "Deskside"


def releases(wine: Wine) -> list[str]:
    """Return the names of the releases that are unpacked."""
    return sorted(path.name for path in cache(wine).iterdir() if path.is_dir())


def start(wine: Wine, file: Path, *arguments: str, **variables: str) -> None:
    """Open `file` and wait until it has handed over to the program it brings."""
    quiet = subprocess.DEVNULL  # not pipes: the program that goes on running would keep them open
    told = wine.environment(**variables)
    subprocess.run(
        ["wine", file, *arguments], env=told, stdin=quiet, stdout=quiet, stderr=quiet, timeout=PATIENCE_S, check=True
    )


@contextlib.contextmanager
def running_windows_file(
    wine: Wine, file: Path, relay: PreparedRelay, opened: OpenedSession, folder: Path, display: str
) -> Iterator[FileSession]:
    """Open a copy of `file` on `display` and start a technician. The route comes from the copy's name alone.

    The release must have been unpacked already: its own program first shows how it draws digits.
    """
    with contextlib.ExitStack() as stack:
        technician = stack.enter_context(technician_for(relay, opened, folder))
        shapes = _shapes_of_digits(wine, display)
        downloaded = Path(shutil.copyfile(file, folder / f"Deskside-{opened.route} (1).exe"))
        started = time.monotonic()
        variables = {"DISPLAY": display, "DESKSIDE_RELAY": relay.url, "DESKSIDE_ORGANISATION": relay.root_id.hex()}
        start(wine, downloaded, **variables)
        # It ends when everything in this Windows has ended, and the file has handed over already.
        everything = subprocess.Popen(["wineserver", "-w"], env=wine.environment())
        stack.callback(everything.wait, PATIENCE_S)
        stack.callback(wine.end)
        session = FileSession(everything, downloaded, technician, folder, display, started)
        session.reader = functools.partial(PinReader, shapes=shapes)
        yield session


def _shapes_of_digits(wine: Wine, display: str) -> list[Shape]:
    program = cache(wine) / releases(wine)[0] / PROGRAM
    # What another Python and another Tcl on the customer's computer would leave behind does not count.
    told = wine.environment(DISPLAY=display, PYTHONHOME="C:\\nowhere", TCL_LIBRARY="C:\\nowhere")
    drawing = subprocess.Popen(
        ["wine", program, "-c", _DRAW_DIGITS],
        env=told,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + PATIENCE_S
    with contextlib.closing(Display(display)) as seen:
        try:
            while time.monotonic() < deadline:
                shapes = shapes_on(seen)
                if len(shapes) == len(DIGITS) and shapes == shapes_on(seen):
                    return shapes
                time.sleep(0.1)
            raise DemoFailed("no digits can be read on the display")
        finally:
            drawing.kill()
            drawing.wait()
            while shapes_on(seen) and time.monotonic() < deadline:
                time.sleep(0.1)
