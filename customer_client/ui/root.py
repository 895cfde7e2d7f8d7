"""The hidden root of all windows: what it refuses, how it ends, and the scale of the screen. GUI thread only."""

import logging
import os
import sys
import tkinter as tk
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from customer_client.ui.theme import REFERENCE_DPI, screen_scale
from customer_client.ui.wake_up import WakeUp

_POINTS_PER_INCH = 72.0

_log = logging.getLogger(__name__)


class Root(tk.Tk):
    """The hidden root. Its class is "Xft", because Tk gives only that class the desktop's `Xft.dpi` setting."""

    def __init__(self) -> None:
        super().__init__(className="Xft")
        self.on_wake: Callable[[], None] = lambda: None
        self.wake_up = WakeUp(self, lambda: self.on_wake())
        self.withdraw()
        self.title("Deskside")
        icon = Path(sys.executable).with_name("deskside.ico")
        if sys.platform == "win32" and icon.is_file():  # the Windows file brings it; Tk's is a feather
            self.iconbitmap(default=icon)
        # Tk lets other programs run commands in this one; without the command nobody can. Windows' Tk has none.
        self.tk.eval("if {[info commands send] ne {}} {rename send {}}")

    def readprofile(self, baseName: str, className: str) -> None:
        """Run no files from the home directory, as tkinter would: nothing may change this window from outside."""

    def report_callback_exception(self, exc: type[BaseException], val: BaseException, tb: TracebackType | None) -> None:
        """Log what a callback raised; the window stays usable, above all its Stop button."""
        _log.error("error in the customer's window", exc_info=(exc, val, tb))

    def end(self) -> None:
        """Destroy every window, and first whatever was to run later: it would find nothing there."""
        self.wake_up.close()
        for waiting in self.tk.splitlist(self.tk.call("after", "info")):
            # Not after_cancel: it would also delete a command that belongs to another widget, which does so again.
            self.tk.call("after", "cancel", waiting)
        self.destroy()

    def scale(self) -> float:
        """Return the scale of the screen (1.0..4.0): the desktop's own setting where there is one, else its density."""
        setting = str(self.tk.call("option", "get", ".", "dpi", "Dpi"))
        with suppress(ValueError):
            # Xft turns points into pixels with its own setting: unless Tk uses the same, every font is scaled twice.
            self.tk.call("tk", "scaling", float(setting) / _POINTS_PER_INCH)
        return screen_scale(max(self.winfo_fpixels("1i"), REFERENCE_DPI * whole_scale(os.environ)))


def whole_scale(environment: Mapping[str, str]) -> int:
    """Return by how much desktops that know whole numbers only enlarge every window: `GDK_SCALE`, 1 where unset."""
    setting = environment.get("GDK_SCALE", "")
    return int(setting) if setting.isascii() and setting.isdigit() and setting != "0" else 1
