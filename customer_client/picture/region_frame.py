"""A rectangle of a captured picture as a frame FFmpeg's converter takes. One thread at a time."""

from typing import Any

import av

from customer_client.picture.comparison import Comparison
from protocol.picture.geometry import Rect
from protocol.picture.pixels import BYTES_PER_PIXEL, put_rows


def region_frame(comparison: Comparison, rect: Rect) -> av.VideoFrame:
    """Return the captured pixels of `rect` as a frame of format `bgr0`."""
    frame = av.VideoFrame(rect.width, rect.height, "bgr0")
    plane: Any = frame.planes[0]
    rows = memoryview(comparison.pixels).cast("B")[rect.y * comparison.stride + rect.x * BYTES_PER_PIXEL :]
    # memoryview of a plane is writable; its rows may be longer than the picture's.
    put_rows(memoryview(plane), plane.line_size, Rect(0, 0, rect.width, rect.height), rows, comparison.stride)
    return frame
