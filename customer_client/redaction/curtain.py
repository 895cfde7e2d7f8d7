"""The one thing that knows what must not be seen, and answers everybody who takes pictures or presses keys.

Thread-safe: asked by the thread that takes pictures, by the one that makes thumbnails and by the one that injects
input; told by the network thread what the customer has chosen. All places are pixels of the whole desktop.
"""

import itertools
import logging
import sys
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from customer_client.portal.wayland import is_wayland
from customer_client.redaction.hidden import HiddenCounts, HiddenWindow, ListedWindow, count
from customer_client.redaction.trail import EVERYWHERE, Trail
from customer_client.redaction.window_watch import NoWindows, WindowWatch
from protocol.errors import EnvironmentFault
from protocol.picture.geometry import Rect, bounds

MOST_AREAS = 16

_Answer = TypeVar("_Answer")

_log = logging.getLogger(__name__)


class Curtain:
    """A `Cover`, and what the customer draws it with.

    When the desktop cannot be asked, nobody gets a picture: `since` raises, and the next call tries to ask anew.

    Args:
        open_watch: finds hidden windows; called again after it was lost.
        clock: monotonic seconds.
    """

    def __init__(self, open_watch: Callable[[], WindowWatch], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._open_watch = open_watch
        self._clock = clock
        self._lock = threading.Lock()
        self._watch: WindowWatch | None = None
        self._closed = False
        self._trail = Trail()
        self._watching_since = float("inf")
        self._windows: tuple[HiddenWindow, ...] = ()
        self._areas: dict[int, Rect] = {}
        self._numbers = itertools.count(1)
        self._chosen: frozenset[int] = frozenset()
        self._notifications = True
        self._counts = self._told = HiddenCounts()
        self._listeners: tuple[Callable[[bool], None], ...] = ()

    # --- Cover

    def now(self) -> float:
        """Return the moment to begin to read at."""
        return self._clock()

    def known(self) -> tuple[Rect, ...]:
        """Return what is covered, without asking the desktop."""
        with self._lock:
            return self._covered(None)

    def since(self, began: float) -> tuple[Rect, ...]:
        """Ask the desktop; return what was hidden at any time since `began`.

        Raises:
            EnvironmentFault: `display_gone`.
        """
        with self._lock:
            self._look()
            covered = self._covered(began)
        self._tell()
        return covered

    def settles_in_s(self) -> float | None:
        """Return after how many seconds less is covered by time alone."""
        with self._lock:
            now = self._clock()
            end = self._trail.next_end(now)
            return None if end is None else end - now

    # --- input

    def hides(self, x: int, y: int) -> bool:
        """Say whether the place is covered now: nobody but the customer may press anything there.

        Raises:
            EnvironmentFault: `display_gone`.
        """
        spot = Rect(x, y, 1, 1)
        return any(area.contains(spot) for area in self.since(self._clock()))

    def has_keyboard(self) -> bool:
        """Say whether keys would go to a hidden window.

        Raises:
            EnvironmentFault: `display_gone`.
        """
        with self._lock:
            self._look()
            return self._asked(lambda watch: watch.has_keyboard()) is not None

    # --- what the customer chooses

    def listen(self, listener: Callable[[bool], None]) -> None:
        """Call `listener` after each change, at once and on the thread that caused or found it.

        Its argument says that the customer has chosen (true), rather than that windows came or went.
        """
        with self._lock:
            self._listeners = (*self._listeners, listener)

    def leave(self, listener: Callable[[bool], None]) -> None:
        """Call it no more. Harmless to call again."""
        with self._lock:
            self._listeners = tuple(each for each in self._listeners if each != listener)

    @property
    def counts(self) -> HiddenCounts:
        """How much is covered, as of the last picture."""
        return self._counts

    @property
    def areas(self) -> dict[int, Rect]:
        """The areas the customer has drawn, by number, oldest first."""
        with self._lock:
            return dict(self._areas)

    @property
    def notifications_hidden(self) -> bool:
        """Whether notifications are covered."""
        return self._notifications

    def hide_area(self, area: Rect) -> bool:
        """Cover a part of the desktop until `show_area`; False when there are 16 already."""
        with self._lock:
            if len(self._areas) >= MOST_AREAS:
                return False
            self._areas[next(self._numbers)] = area
            self._count()
        self._tell(chosen=True)
        return True

    def show_area(self, number: int) -> None:
        """Cover it no more."""
        with self._lock:
            self._areas.pop(number, None)
            self._count()
        self._tell(chosen=True)

    def hide_window(self, window: int, hidden: bool) -> None:
        """Cover a window wherever it goes, or no more. That of a password manager stays covered.

        Raises:
            EnvironmentFault: `display_gone`.
        """
        with self._lock:
            self._chosen = self._chosen | {window} if hidden else self._chosen - {window}
            self._choose()
        self._tell(chosen=True)

    def hide_notifications(self, hidden: bool) -> None:
        """Cover notifications, or no more.

        Raises:
            EnvironmentFault: `display_gone`.
        """
        with self._lock:
            self._notifications = hidden
            self._choose()
        self._tell(chosen=True)

    def windows(self) -> tuple[ListedWindow, ...]:
        """Return the windows to choose from. May take some 10 ms.

        Raises:
            EnvironmentFault: `display_gone`.
        """
        with self._lock:
            return self._asked(lambda watch: watch.listed())

    def close(self) -> None:
        """Let go of the desktop; from now on every question raises."""
        with self._lock:
            self._closed = True
            self._let_go()

    # --- under the lock

    def _choose(self) -> None:
        self._asked(lambda watch: watch.hide(self._chosen, notifications=self._notifications))
        self._look()

    def _look(self) -> None:
        look = self._asked(lambda watch: watch.look())
        now = self._clock()
        for window, place in look.passed:
            self._trail.add(window, place, now)
        if look.stirred:
            self._trail.add_everything(now)
        self._windows = look.now
        self._count()

    def _covered(self, since: float | None) -> tuple[Rect, ...]:
        if since is not None and since < self._watching_since:
            return (EVERYWHERE,)  # nobody watched when the reading began
        places = self._trail.places(self._clock(), since)
        for window in self._windows:
            left = places.get(window.id)
            places[window.id] = window.rect if left is None else bounds((left, window.rect))
        return (*self._areas.values(), *places.values())

    def _count(self) -> None:
        self._counts = count(self._windows, len(self._areas))

    def _asked(self, question: Callable[[WindowWatch], _Answer]) -> _Answer:
        if self._closed:
            raise EnvironmentFault("the curtain is closed", code="display_gone")
        if self._watch is None:
            self._watch = self._open_watch()
            self._watch.hide(self._chosen, notifications=self._notifications)
            self._watching_since = self._clock()
        try:
            return question(self._watch)
        except EnvironmentFault:
            self._let_go()
            raise

    def _let_go(self) -> None:
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.close()

    # --- outside of the lock

    def _tell(self, *, chosen: bool = False) -> None:
        """Tell of other counts. Two threads may tell of the same change, never none."""
        if not chosen and self._counts == self._told:
            return
        self._told = self._counts
        for listener in self._listeners:
            listener(chosen)


def open_curtain(display_name: str | None = None, *, system: str = sys.platform) -> Curtain:
    """Return the curtain for this desktop, or for an X display such as ":0"."""
    if display_name is None and is_wayland(system=system):
        _log.warning("redaction: a Wayland desktop does not tell where windows are; nothing is hidden")
        return Curtain(NoWindows)
    if system.startswith("linux"):
        # python-xlib is there on Linux only.
        from customer_client.redaction.x11_window_watch import X11WindowWatch

        return Curtain(lambda: X11WindowWatch(display_name))
    if system in ("win32", "darwin"):
        from customer_client.redaction.system_window_watch import SystemWindowWatch, choose_window_list

        return Curtain(lambda: SystemWindowWatch(choose_window_list(system)))
    _log.warning("redaction: windows cannot be found on %s; only areas are hidden", system)
    return Curtain(NoWindows)
