"""Where hidden windows are on Windows and macOS: listed anew at each look. Run under wine, not on macOS.

Neither system tells of moves in the order of the pictures, so a look names where a window was at the look before and
where it is now. What moved on between two looks by more than that is not covered on its way.
"""

from collections.abc import Callable
from dataclasses import dataclass

from customer_client.redaction.hidden import HiddenKind, HiddenWindow, ListedWindow, Look
from customer_client.redaction.known_programs import KnownPrograms, password_managers
from customer_client.redaction.window_watch import OWN_TITLE
from protocol.picture.geometry import Rect

_SMALLEST_LISTED = 40


@dataclass(frozen=True)
class SeenWindow:
    """A window on the desktop. `own` says that Deskside made it; `notification` that the system calls it one."""

    id: int
    title: str
    window_class: str
    program: str
    rect: Rect
    has_keyboard: bool = False
    own: bool = False
    notification: bool = False


ListWindows = Callable[[], tuple[SeenWindow, ...]]
"""Returns the windows that are shown now. Raises EnvironmentFault `display_gone`."""


class SystemWindowWatch:
    """A `WindowWatch` over a list of windows that is made anew each time."""

    def __init__(self, list_windows: ListWindows, programs: KnownPrograms | None = None) -> None:
        self._list = list_windows
        self._programs = programs or password_managers()
        self._chosen: frozenset[int] = frozenset()
        self._notifications = True
        self._before: tuple[HiddenWindow, ...] = ()

    def hide(self, chosen: frozenset[int], *, notifications: bool) -> None:
        """Hide the windows with these numbers, and notifications or not."""
        self._chosen, self._notifications = chosen, notifications

    def look(self) -> Look:
        """Return what is hidden now, and where it was at the look before."""
        judged = ((window, self._judge(window)) for window in self._list())
        now = tuple(HiddenWindow(window.id, kind, window.rect) for window, kind in judged if kind is not None)
        before, self._before = self._before, now
        passed = tuple(
            (window.id, window.rect) for window in (*before, *now) if window not in before or window not in now
        )
        shown = {HiddenKind.PASSWORD_MANAGER, HiddenKind.CHOSEN_WINDOW, HiddenKind.OWN}
        came_or_went = {w.id for w in before if w.kind in shown} ^ {w.id for w in now if w.kind in shown}
        return Look(now, passed, stirred=bool(came_or_went))

    def listed(self) -> tuple[ListedWindow, ...]:
        """Return the windows with a title, without Deskside's own."""
        return tuple(
            ListedWindow(window.id, window.title, window.program, self._judge(window))
            for window in self._list()
            if window.title and not window.own and min(window.rect.width, window.rect.height) >= _SMALLEST_LISTED
        )

    def has_keyboard(self) -> HiddenKind | None:
        """Return why the window in front is hidden."""
        return next((self._judge(window) for window in self._list() if window.has_keyboard), None)

    def close(self) -> None:
        """Nothing is held."""

    def _judge(self, window: SeenWindow) -> HiddenKind | None:
        if window.own:
            return HiddenKind.OWN if window.title.startswith(OWN_TITLE) else None
        if self._programs.has_class((window.window_class,)) or self._programs.has_program(window.program):
            return HiddenKind.PASSWORD_MANAGER
        if window.id in self._chosen:
            return HiddenKind.CHOSEN_WINDOW
        return HiddenKind.NOTIFICATION if window.notification and self._notifications else None


def choose_window_list(system: str) -> ListWindows:
    """Return what lists the windows of this system, `win32` or `darwin`."""
    if system == "win32":
        from customer_client.redaction.windows_windows import WindowsWindows

        return WindowsWindows().listed
    from customer_client.redaction.macos_windows import listed

    return listed
