"""Brings the keyboard to the bar at Ctrl+Alt+Shift+Home, and back at Escape. GUI thread only."""

import tkinter as tk
from typing import TYPE_CHECKING

from customer_client.languages import marked
from customer_client.ui.wake_up import WakeUp

if TYPE_CHECKING:
    from customer_client.protection.bar_key import BarKey

HINT = marked("Ctrl+Alt+Shift+Home brings the keyboard here.")
"""Said on the bar for as long as it is true."""


class BarKeyboard:
    """The way to the bar without a mouse: it has no frame, so no window manager leads there."""

    def __init__(self, bar: tk.Toplevel, root: tk.Tk) -> None:
        self._bar = bar
        self._root = root
        self._key: BarKey | None = None
        self._wake: WakeUp | None = None
        self._waits_on: int | None = None
        bar.bind("<Escape>", lambda _event: self._give_back())

    @property
    def hint(self) -> str:
        """What to tell the person about it; empty where it does not work, or before `open`."""
        return HINT if self._key is not None else ""

    def open(self) -> None:
        """Hear the keys from now on."""
        # Not needed before a session: the program's first window is there sooner without it.
        from customer_client.protection.bar_key import choose_bar_key

        self._wake = WakeUp(self._root, self._take)
        self._key = choose_bar_key(self._wake.set)
        self._waits_on = self._key.fileno() if self._key is not None else None
        if self._waits_on is not None:
            self._root.tk.createfilehandler(self._waits_on, tk.READABLE, self._readable)

    def close(self) -> None:
        """Hear them no more, and leave the keyboard to who had it before. Harmless to call again."""
        self._wait_no_more()
        if self._key is not None:
            self._key.give_back()
            self._key.close()
        if self._wake is not None:
            self._wake.close()
        self._key = self._wake = None

    def _take(self) -> None:
        """Let the first button have the keyboard: nothing on the bar gives anything away without being asked again."""
        if self._key is None:
            return
        first = self._bar.tk_focusNext()
        self._key.take_keyboard(self._bar.winfo_id())
        (first or self._bar).focus_force()

    def _give_back(self) -> None:
        if self._key is not None:
            self._key.give_back()

    def _readable(self, _file: object, _mask: int) -> None:
        if self._key is None or not self._key.hear():
            self._wait_no_more()

    def _wait_no_more(self) -> None:
        if self._waits_on is not None:
            self._root.tk.deletefilehandler(self._waits_on)
        self._waits_on = None


def leave(widget: tk.Misc) -> None:
    """Let the window have the keyboard instead of `widget`, or what is in it, which is about to go.

    Keys must not press what cannot be seen, and Tk may crash later if what has the keyboard is destroyed.
    """
    has_it = str(widget.tk.call("focus", "-lastfor", str(widget)))
    if has_it == str(widget) or has_it.startswith(f"{widget}."):
        widget.winfo_toplevel().focus_set()
