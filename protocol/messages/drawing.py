"""Pointing and drawing on the customer's screen, show-only: strokes on `drawing`, the pointer on `pointing`. T to C."""

from enum import Enum
from typing import Annotated, Any

import msgspec

from protocol.channels import DRAWING, POINTING
from protocol.errors import PeerError
from protocol.messages.base import Count, Message, strict_decoder
from protocol.messages.input import Coordinate

MAX_POINTS = 128
"""Places in one message; a longer freehand line comes in several."""


class StrokeKind(Enum):
    """What is drawn through the points of a stroke."""

    ARROW = "arrow"
    """From the first place to the second, where its head is."""
    BOX = "box"
    """Between two corners."""
    FREEHAND = "freehand"
    """A line through all places."""
    RIPPLE = "ripple"
    """A ring around one place: here."""


class StrokeColour(Enum):
    """The colours there are; C chooses the shade, and a rim that is seen on any ground."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"


class Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A place on the shared display; on the wire an array of two numbers."""

    x: Coordinate
    y: Coordinate


class DrawingStroke(Message, frozen=True, tag="stroke"):
    """A stroke, or more of it. `number` counts strokes up; a message with the newest number belongs to that stroke.

    Of an arrow and a box the newest two places count; places of a freehand line are added to it.
    """

    number: Count
    kind: StrokeKind
    colour: StrokeColour
    points: Annotated[tuple[Place, ...], msgspec.Meta(min_length=1, max_length=MAX_POINTS)]


class DrawingCleared(Message, frozen=True, tag="clear"):
    """Take away everything that was drawn."""


class PointerShown(Message, frozen=True, tag="here"):
    """T points here; not `visible`: T points nowhere any more. A `seq` not above the last one seen is dropped."""

    seq: Count
    x: Coordinate
    y: Coordinate
    visible: bool


DrawingMessage = DrawingStroke | DrawingCleared

_PLACES = {StrokeKind.ARROW: 2, StrokeKind.BOX: 2, StrokeKind.RIPPLE: 1}

_decode_drawing: Any = strict_decoder(DrawingMessage, max_bytes=DRAWING.max_bytes, what="drawing message")
_decode_pointing: Any = strict_decoder(PointerShown, max_bytes=POINTING.max_bytes, what="pointing message")


def decode_drawing(data: bytes) -> DrawingMessage:
    """Decode one message of the drawing channel (at most 4 KiB).

    Raises:
        PeerError: too long, not MessagePack, unknown message or field, or more or fewer places than the kind has.
    """
    message: DrawingMessage = _decode_drawing(data)
    if isinstance(message, DrawingStroke) and len(message.points) != _PLACES.get(message.kind, len(message.points)):
        raise PeerError(f"{message.kind.value} through {len(message.points)} places", code="frame_malformed")
    return message


def decode_pointing(data: bytes) -> PointerShown:
    """Decode one message of the pointing channel (at most 64 bytes).

    Raises:
        PeerError: too long, not MessagePack, unknown field.
    """
    message: PointerShown = _decode_pointing(data)
    return message
