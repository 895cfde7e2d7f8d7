"""Which window is in front on Windows. Run under wine by our tests, not on Windows itself."""

import os

from customer_client.protection.money import LONGEST_TITLE, FrontWindow
from customer_client.windows.api import user32
from customer_client.windows.top_windows import process_of, program_of_process, title_of, window_in_front


class WindowsFrontWindow:
    """A `FrontWindows`; asking costs some microseconds, so it is done at each look.

    Raises:
        OSError: this is no Windows.
    """

    def __init__(self) -> None:
        user32()
        self._front: tuple[FrontWindow, ...] = ()
        self._owner = (0, 0)
        self._program = ""

    def look(self) -> tuple[FrontWindow, ...]:
        """Return the foreground window, unless it is one of this program: then what was in front before."""
        window = window_in_front()
        process = process_of(window) if window else 0
        if not process or process == os.getpid():
            return self._front
        if self._owner != (window, process):
            self._owner, self._program = (window, process), program_of_process(process)
        now = FrontWindow(title_of(window, LONGEST_TITLE), self._program)
        if self._front != (now,):
            self._front = (now,)
        return self._front

    def close(self) -> None:
        """Nothing to let go of."""
