"""The customer's pointer as a recording tells it. Pure."""

from protocol.messages.picture import CursorPlaced, CursorShapeChanged, decode_cursor
from technician_app.controllers.session_state import CursorShape, RemoteCursor


class RecordedCursor:
    """Holds the newest shape and place."""

    def __init__(self) -> None:
        self._shape: CursorShape | None = None
        self._place: tuple[int, int] | None = None

    @property
    def shown(self) -> RemoteCursor:
        """The pointer as it is shown."""
        return RemoteCursor(self._shape, self._place)

    def take(self, message: bytes) -> None:
        """Take a message of the cursor channel.

        Raises:
            PeerError: it is none.
        """
        match decode_cursor(message):
            case CursorShapeChanged(serial, width, height, hot_x, hot_y, pixels):
                self._shape = CursorShape(serial, width, height, min(hot_x, width - 1), min(hot_y, height - 1), pixels)
            case CursorPlaced(x, y, visible):
                self._place = (x, y) if visible else None
