"""The two ways to find out what changed on the screen. Capture thread only, but for `DamageWatch.wake`."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from customer_client.capture.change import changed_areas, narrowed, row_changed_outside, same_layout
from customer_client.capture.source import CaptureSource, DamageSource, Picture
from protocol.picture.geometry import Rect

FIRST_CHECK_AFTER_S = 2.0
LONGEST_WITHOUT_CHECK_S = 30.0

LATE_CHECK_S = 0.5
"""How long at a time a check that is due waits for somebody to take the last picture."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Change:
    """A picture, and areas that hold every pixel in which it differs from the one before."""

    picture: Picture
    damage: tuple[Rect, ...]


def whole(picture: Picture) -> tuple[Rect, ...]:
    """Return the one area that is all of `picture`."""
    return (Rect(0, 0, picture.width, picture.height),)


class ComparedWatch:
    """Takes whole pictures and compares each with the one before."""

    def __init__(self, source: CaptureSource) -> None:
        self._source = source
        self._previous: Picture | None = None

    def look(self, *, afresh: bool) -> Change | None:
        """Return what changed since the last look, None if nothing did; everything if `afresh`.

        Raises:
            EnvironmentFault: the source's.
        """
        picture = self._source.grab()
        previous, self._previous = self._previous, picture
        if afresh or previous is None or not same_layout(previous, picture):
            return Change(picture, whole(picture))
        damage = changed_areas(previous, picture)
        return Change(picture, damage) if damage else None


class DamageWatch:
    """Is told by the source, and checks at growing intervals (2 to 30 s) that it is told everything.

    Some graphics drivers draw without reporting it; then `caught` is true after the check that found out.
    """

    def __init__(self, source: DamageSource, clock: Callable[[], float]) -> None:
        self._source = source
        self._clock = clock
        self._previous: Picture | None = None
        self._check_interval_s = FIRST_CHECK_AFTER_S
        self._check_at = clock() + FIRST_CHECK_AFTER_S
        self.caught = False

    def wait(self) -> bool:
        """Wait for damage, `wake`, or the time of the next check; return whether there may be damage."""
        return self._source.wait_for_damage(max(0.0, self._check_at - self._clock()))

    def wake(self) -> None:
        """End the waiting. Any thread."""
        self._source.wake()

    def wait_for_late_check(self) -> bool:
        """Wait for damage, `wake`, or half a second: a check is due, but the last picture was not taken yet."""
        return self._source.wait_for_damage(LATE_CHECK_S)

    def look(self, *, afresh: bool, withdrawn: bool = False) -> Change | None:
        """Return what changed since the last look, None if nothing did; everything if `afresh`.

        If the last picture was `withdrawn`, because nobody took it, the next one is read into its place: a third
        whole picture is not needed beside it and the one that is being encoded. There is nothing to compare with
        then, so all that was reported counts as changed, which may be nothing, and a check waits for a better moment.

        Raises:
            EnvironmentFault: the source's.
        """
        if withdrawn:
            self._previous = None
        checking = not withdrawn and self._clock() >= self._check_at
        picture, damage = self._source.take(everything=checking or afresh)
        previous, self._previous = self._previous, picture
        if withdrawn and not afresh:
            return Change(picture, damage)
        if afresh or previous is None or not same_layout(previous, picture):
            return Change(picture, whole(picture))
        if checking and self._unreported(damage, previous, picture):
            damage = whole(picture)
        # Programs often draw again what is there already.
        damage = narrowed(damage, previous, picture)
        if not damage:
            # The same pixels: of the two, the one that is held elsewhere is kept.
            self._previous = previous
            return None
        return Change(picture, damage)

    def _unreported(self, damage: tuple[Rect, ...], previous: Picture, picture: Picture) -> bool:
        self._check_interval_s = min(self._check_interval_s * 2, LONGEST_WITHOUT_CHECK_S)
        self._check_at = self._clock() + self._check_interval_s
        row = row_changed_outside(damage, previous, picture)
        if row is not None:
            self.caught = True
            _log.warning("capture: row %d changed without a report; from now on whole pictures are compared", row)
        return row is not None
