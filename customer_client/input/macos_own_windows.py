"""Which windows on a Mac's desktop are Deskside's own. Written to documented interfaces, not run here."""

from customer_client.redaction.macos_windows import listed
from customer_client.redaction.system_window_watch import ListWindows
from protocol.picture.geometry import Rect


class MacOwnWindows:
    """An `OwnWindows`; `list_windows` returns the windows shown, the topmost first.

    What is drawn over the desktop lies in a window of ours that lets clicks through; macOS does not tell that of a
    window, so nothing can be pressed beneath it while it is there.
    """

    def __init__(self, list_windows: ListWindows = listed) -> None:
        self._list = list_windows

    def at(self, x: int, y: int) -> bool:
        """Say whether the topmost window at (x, y) is ours."""
        place = Rect(x, y, 1, 1)
        return next((window.own for window in self._list() if window.rect.contains(place)), False)

    def has_focus(self) -> bool:
        """Say whether the window in front is ours."""
        return next((window.own for window in self._list() if window.has_keyboard), False)
