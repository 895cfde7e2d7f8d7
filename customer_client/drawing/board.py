"""What the technician has drawn lately, kept within limits. Pure: time is passed in, pixels come later.

What is drawn goes away by itself; what comes too fast, or is too much, is left out.
"""

from collections import OrderedDict
from dataclasses import dataclass

from customer_client.input.limits import EventBudget
from protocol.messages.drawing import (
    DrawingCleared,
    DrawingMessage,
    DrawingStroke,
    PointerShown,
    StrokeColour,
    StrokeKind,
)

SHOWN_FOR_S = 4.0
"""Since a stroke's newest place came, and since the pointer moved."""

RIPPLE_FOR_S = 1.2

MAX_STROKES = 64
MAX_STROKE_PLACES = 2048
PLACES_PER_S = 600
"""A hand makes 60 to 120 a second; a second's worth may come at once."""

_LASTING = (StrokeKind.FREEHAND,)


@dataclass(frozen=True)
class Stroke:
    """One stroke; `places` are pairs of 0..65535 of the shared display."""

    number: int
    kind: StrokeKind
    colour: StrokeColour
    places: tuple[tuple[int, int], ...]
    until: float
    """Monotonic seconds."""


class DrawingBoard:
    """Takes messages in the order they came; `shown` says what there is to see at a moment."""

    def __init__(self) -> None:
        self._strokes: OrderedDict[int, Stroke] = OrderedDict()
        self._newest_number = -1
        self._pointer: tuple[int, int] | None = None
        self._pointer_until = float("-inf")
        self._newest_seq = -1
        self._budget = EventBudget(PLACES_PER_S)

    @property
    def pointer(self) -> tuple[int, int] | None:
        """Where the technician points; None: nowhere."""
        return self._pointer

    @property
    def strokes(self) -> tuple[Stroke, ...]:
        """What is drawn, the oldest first."""
        return tuple(self._strokes.values())

    def draw(self, message: DrawingMessage, now: float) -> None:
        """Take a stroke, more of the newest one, or the wish to see none."""
        if isinstance(message, DrawingCleared):
            self._strokes.clear()
        elif self._budget.take(now, len(message.points)) and message.number >= self._newest_number:
            self._add(message, now)

    def point(self, message: PointerShown, now: float) -> None:
        """Move the pointer, or take it away; what was overtaken by something newer changes nothing."""
        if message.seq > self._newest_seq and self._budget.take(now):
            self._newest_seq = message.seq
            self._pointer = (message.x, message.y) if message.visible else None
            self._pointer_until = now + SHOWN_FOR_S

    def fade(self, now: float) -> None:
        """Take away what was to be seen until now."""
        for number in [stroke.number for stroke in self._strokes.values() if stroke.until <= now]:
            del self._strokes[number]
        if self._pointer_until <= now:
            self._pointer = None

    def next_at(self) -> float | None:
        """Return when `fade` has something to do next; None when nothing is shown."""
        moments = [stroke.until for stroke in self._strokes.values()]
        if self._pointer is not None:
            moments.append(self._pointer_until)
        return min(moments) if moments else None

    def clear(self) -> None:
        """Take everything away, the pointer too."""
        self._strokes.clear()
        self._pointer = None

    def _add(self, message: DrawingStroke, now: float) -> None:
        places = tuple((place.x, place.y) for place in message.points)
        before = self._strokes.get(message.number)
        if before is not None and before.kind is message.kind and message.kind in _LASTING:
            places = (before.places + places)[:MAX_STROKE_PLACES]
        self._newest_number = message.number
        lasts_s = RIPPLE_FOR_S if message.kind is StrokeKind.RIPPLE else SHOWN_FOR_S
        self._strokes[message.number] = Stroke(message.number, message.kind, message.colour, places, now + lasts_s)
        if len(self._strokes) > MAX_STROKES:
            self._strokes.popitem(last=False)
