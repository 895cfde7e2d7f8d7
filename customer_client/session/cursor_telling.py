"""The pointer told beside the picture: its shape and its place, as messages on `cursor`. Network thread."""

from collections.abc import Callable

from customer_client.capture.cursor import CursorMoved, CursorShape
from protocol.channels import CURSOR
from protocol.messages.base import Message
from protocol.messages.picture import MAX_CURSOR_BYTES, CursorPlaced, CursorShapeChanged

_FARTHEST = 32767


def tell_cursor(change: CursorShape | CursorMoved, send: Callable[..., object]) -> None:
    """Send what has changed; a shape too large for a message is not told."""
    if isinstance(change, CursorMoved):
        send(CursorPlaced(_near(change.x), _near(change.y), change.visible), CURSOR)
    elif len(change.argb) <= MAX_CURSOR_BYTES:
        shape: Message = CursorShapeChanged(
            change.serial, change.width, change.height, change.hot_x, change.hot_y, change.argb
        )
        send(shape, CURSOR)


def _near(coordinate: int) -> int:
    return max(-_FARTHEST - 1, min(_FARTHEST, coordinate))
