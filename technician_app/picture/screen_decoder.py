"""The screen stream's decoder as the decoder process runs it."""

from protocol.picture.geometry import Rect
from protocol.picture.updates import Update
from technician_app.picture.stream_decoder import ScreenStreamDecoder


class ScreenDecoder:
    """Implements `UpdateDecoder`."""

    def __init__(self, pixels: memoryview, max_pixels: int) -> None:
        self._stream = ScreenStreamDecoder(max_pixels, buffer=pixels)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return self._stream.size

    def read(self, data: bytes) -> Update:
        """Return the update in `data`.

        Raises:
            PeerError: it is no update.
        """
        return self._stream.read(data)

    def apply(self, update: Update) -> tuple[Rect, ...]:
        """Apply the update; return what changed.

        Raises:
            PeerError: it is damaged or not the next one.
        """
        return self._stream.apply_read(update)


def make(pixels: memoryview, max_pixels: int) -> ScreenDecoder:
    """Return a decoder that writes into `pixels`."""
    return ScreenDecoder(pixels, max_pixels)
