"""The windows of a Windows desktop, to be hidden or not. Run under wine by our tests, not on Windows itself.

Toasts of Windows 10 and 11 are windows of class `Windows.UI.Core.CoreWindow` that the program ShellExperienceHost owns.
"""

import os

from customer_client.redaction.system_window_watch import SeenWindow
from customer_client.windows.top_windows import (
    class_of,
    is_seen,
    open_windows,
    place_of,
    process_of,
    program_of_process,
    title_of,
    window_in_front,
)

_LONGEST_TITLE = 256
_TOAST_CLASS = "Windows.UI.Core.CoreWindow"
_TOAST_PROGRAM = "shellexperiencehost.exe"


class WindowsWindows:
    """Lists windows. Which program a window belongs to is asked once: a list is made for every picture."""

    def __init__(self) -> None:
        self._programs: dict[tuple[int, int], str] = {}

    def listed(self) -> tuple[SeenWindow, ...]:
        """Return the windows that are shown, the topmost first, in real pixels of the whole desktop."""
        front = window_in_front()
        shown = [(window, process_of(window)) for window in open_windows() if is_seen(window)]
        self._programs = {
            owned: self._programs[owned] if owned in self._programs else program_of_process(owned[1]) for owned in shown
        }
        seen = (self._seen(window, process, front) for window, process in shown)
        return tuple(window for window in seen if window is not None)

    def _seen(self, window: int, process: int, front: int) -> SeenWindow | None:
        rect = place_of(window)
        if rect is None:
            return None
        name, program = class_of(window), self._programs[window, process]
        return SeenWindow(
            id=window,
            title=title_of(window, _LONGEST_TITLE),
            window_class=name,
            program=program,
            rect=rect,
            has_keyboard=window == front,
            own=process == os.getpid(),
            notification=name == _TOAST_CLASS and program.casefold() == _TOAST_PROGRAM,
        )
