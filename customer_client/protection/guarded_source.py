"""A source of pictures behind the tripwire: every picture path of this program passes through here.

Whoever takes a picture gets it after the windows in front were looked at, later than its pixels: what was not in front
then was not in front when they were read either, but for a window that was there and is gone already.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from customer_client.capture.sharing import SharingSource
from customer_client.capture.source import DamageSource, Display, Picture
from customer_client.protection.money import MoneyKind
from customer_client.protection.tripwire import Tripwire
from protocol.errors import EnvironmentFault
from protocol.picture.geometry import Rect

_Found = TypeVar("_Found")


class SharingDamageSource(SharingSource, DamageSource, Protocol):
    """What the X11 source is: both at once."""


class GuardedSource:
    """A `SharingSource` that calls `stop` on the capture thread, and hands on nothing, while money is in front."""

    def __init__(self, source: SharingSource, tripwire: Tripwire, stop: Callable[[MoneyKind], None]) -> None:
        self._source = source
        self._tripwire = tripwire
        self._stop = stop

    def displays(self) -> tuple[Display, ...]:
        """Return the displays of this computer."""
        return self._source.displays()

    def shared_display(self) -> Display:
        """Return what is shared."""
        return self._source.shared_display()

    def share(self, names: frozenset[str]) -> None:
        """Share the displays with these names."""
        self._source.share(names)

    def listen(self, displays_changed: Callable[[], None] | None) -> None:
        """Call this after displays have changed."""
        self._source.listen(displays_changed)

    def grab(self) -> Picture:
        """Return a picture that may be seen.

        Raises:
            EnvironmentFault: the source's, or `money_in_front`.
        """
        return self.under_guard(self._source.grab)

    def under_guard(self, look: Callable[[], _Found]) -> _Found:
        """Return what `look` finds on the screen, when that may be seen; for looks beside the pictures. Any thread.

        Raises:
            EnvironmentFault: that of `look`, or `money_in_front`.
        """
        found = look()
        self._check()
        return found

    def close(self) -> None:
        """Let go of the display and of the tripwire."""
        self._source.close()
        self._tripwire.close()

    def _check(self) -> None:
        kind = self._tripwire.check()
        if kind is not None:
            self._stop(kind)
            raise money_in_front()


class GuardedDamageSource(GuardedSource):
    """The same for a source that is told what was drawn."""

    def __init__(self, source: SharingDamageSource, tripwire: Tripwire, stop: Callable[[MoneyKind], None]) -> None:
        super().__init__(source, tripwire, stop)
        self._damaged = source

    def take(self, *, everything: bool = False) -> tuple[Picture, tuple[Rect, ...]]:
        """Return a picture that may be seen, and what changed.

        Raises:
            EnvironmentFault: the source's, or `money_in_front`.
        """
        return self.under_guard(lambda: self._damaged.take(everything=everything))

    def wait_for_damage(self, timeout_s: float | None) -> bool:
        """Wait until there may be something new."""
        return self._damaged.wait_for_damage(timeout_s)

    def wake(self) -> None:
        """End the waiting."""
        self._damaged.wake()


def guarded(source: SharingSource, tripwire: Tripwire, stop: Callable[[MoneyKind], None]) -> GuardedSource:
    """Return `source` behind `tripwire`, of the same kind as it was."""
    if isinstance(source, DamageSource):
        return GuardedDamageSource(source, tripwire, stop)
    return GuardedSource(source, tripwire, stop)


def money_in_front() -> EnvironmentFault:
    """Return the fault that takes the place of a picture while a window about money is in front."""
    return EnvironmentFault(
        "a window about money is in front",
        code="money_in_front",
        user_text="A page about money is in front, so nothing is shown.",
    )
