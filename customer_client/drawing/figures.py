"""What strokes look like: lines, filled shapes and rings in pixels, to be drawn and to be cut out alike. Pure."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from protocol.messages.drawing import StrokeColour, StrokeKind

Points = tuple[tuple[float, float], ...]

SHADES = {
    StrokeColour.RED: "#e5252a",
    StrokeColour.YELLOW: "#ffc400",
    StrokeColour.GREEN: "#17a34a",
    StrokeColour.BLUE: "#1f6feb",
}
RIM = "#ffffff"
"""Around everything, so that it is seen on any ground."""

WIDTH = 5.0
RIM_WIDTH = 2.0
HEAD_LENGTH = 22.0
HEAD_WIDTH = 18.0
RING_RADIUS = 22.0


@dataclass(frozen=True)
class Line:
    """A line through `points`, round at its ends and corners."""

    points: Points
    width: float
    colour: str


@dataclass(frozen=True)
class Filled:
    """The inside of the polygon `points`."""

    points: Points
    colour: str


@dataclass(frozen=True)
class Ring:
    """A circle's line."""

    x: float
    y: float
    radius: float
    width: float
    colour: str


Figure = Line | Filled | Ring


def figures(kind: StrokeKind, colour: StrokeColour, points: Points, scale: float) -> Iterator[Figure]:
    """Yield the figures of one stroke through `points` (pixels), at `scale` times their ordinary thickness."""
    shade, width = SHADES[colour], WIDTH * scale
    if kind is StrokeKind.RIPPLE:
        (x, y) = points[0]
        yield Ring(x, y, RING_RADIUS * scale, width, shade)
        yield Ring(x, y, RING_RADIUS * scale / 4, width, shade)
    elif kind is StrokeKind.BOX:
        (left, top), (right, bottom) = points
        yield Line(((left, top), (right, top), (right, bottom), (left, bottom), (left, top)), width, shade)
    elif kind is StrokeKind.ARROW:
        yield from _arrow(points[0], points[1], scale, shade)
    else:
        yield Line(points if len(points) > 1 else points * 2, width, shade)


def rimmed(figure: Figure, rim: float) -> Figure:
    """Return `figure`, thicker by `rim` pixels on each side."""
    match figure:
        case Line(points, width, colour):
            return Line(points, width + 2 * rim, colour)
        case Ring(x, y, radius, width, colour):
            return Ring(x, y, radius, width + 2 * rim, colour)
        case Filled(points, colour):
            return Filled(points, colour)


def _arrow(start: tuple[float, float], tip: tuple[float, float], scale: float, shade: str) -> Iterator[Figure]:
    along = (tip[0] - start[0], tip[1] - start[1])
    length = math.hypot(*along)
    unit = (along[0] / length, along[1] / length) if length >= 1 else (0.0, -1.0)
    neck = (tip[0] - unit[0] * HEAD_LENGTH * scale, tip[1] - unit[1] * HEAD_LENGTH * scale)
    half = HEAD_WIDTH * scale / 2
    left = (neck[0] - unit[1] * half, neck[1] + unit[0] * half)
    right = (neck[0] + unit[1] * half, neck[1] - unit[0] * half)
    if length > HEAD_LENGTH * scale:
        yield Line((start, neck), WIDTH * scale, shade)
    yield Filled((tip, left, right), shade)
    # the head's own rounded edge, which has a rim as every line has
    yield Line((tip, left, right, tip), WIDTH * scale / 2, shade)
