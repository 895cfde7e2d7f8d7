"""Notices that a window about money comes to the front. The judgement is pure; looking is `FrontWindows`' part.

`check` is called by whoever has just taken a picture of the screen, before anybody gets it: a picture that may show the
window is never handed on. So nothing is polled: a screen on which nothing is drawn shows nothing new.
"""

import threading
from contextlib import suppress
from typing import Protocol

from customer_client.protection.money import FrontWindow, MoneyKind, MoneyWords, money_words
from protocol.errors import EnvironmentFault


class FrontWindows(Protocol):
    """Tells which windows are in front: the active one, and the topmost one where that may be another."""

    def look(self) -> tuple[FrontWindow, ...]:
        """Return them as of now, without windows of this program; the same object when nothing has changed.

        Raises:
            EnvironmentFault: `display_gone`; the next look tries to reach the display anew.
        """

    def close(self) -> None:
        """Let go of the display. Harmless to call again."""


class Tripwire:
    """Says when to stop. `check` runs on the capture thread, everything else on any."""

    def __init__(self, windows: FrontWindows, words: MoneyWords | None = None) -> None:
        self._windows = windows
        self._words = words or money_words()
        self._lock = threading.Lock()
        self._seen: tuple[FrontWindow, ...] = ()
        self._hit: tuple[FrontWindow, MoneyKind] | None = None
        self._never: set[FrontWindow] = set()
        self._passed: tuple[str, MoneyKind] | None = None

    def check(self) -> MoneyKind | None:
        """Return what the windows in front are about; None while they may be seen.

        Raises:
            EnvironmentFault: the display cannot be asked, so nobody knows: the picture must not be used.
        """
        with self._lock:
            seen = self._windows.look()
            if seen is self._seen and self._hit is None:
                return None
            self._seen = seen
            return self._judge(seen)

    def pass_by(self, *, never_again: bool) -> None:
        """The customer goes on: what this program shows of the same kind is no reason to stop again until something
        else was in front; with `never_again` this very window, by its title, never is.
        """
        with suppress(EnvironmentFault):  # it is not shown to anybody then
            self.check()
        with self._lock:
            if self._hit is not None:
                window, kind = self._hit
                if never_again:
                    self._never.add(window)
                self._passed, self._hit = (window.program, kind), None

    def close(self) -> None:
        """Stop looking."""
        self._windows.close()

    def _judge(self, seen: tuple[FrontWindow, ...]) -> MoneyKind | None:
        about = [
            (window, kind) for window in seen if (kind := self._words.kind_of(window)) and window not in self._never
        ]
        if self._passed not in [(window.program, kind) for window, kind in about]:
            self._passed = None
        self._hit = next(((window, kind) for window, kind in about if (window.program, kind) != self._passed), None)
        return self._hit[1] if self._hit is not None else None


class NoWindows:
    """A `FrontWindows` where windows cannot be told: nothing is ever in front."""

    def look(self) -> tuple[FrontWindow, ...]:
        """Return nothing."""
        return ()

    def close(self) -> None:
        """Nothing to let go of."""
