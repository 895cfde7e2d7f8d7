"""A picture as screen updates that need nothing before them: where a recording can be shown from. Pure; any thread."""

from protocol.picture.geometry import Rect
from protocol.picture.pixels import Buffer, bgr_rows
from protocol.picture.text_stream import TextCompressor
from protocol.picture.updates import MAX_TEXT_PIXELS, TextTiles, Update, encode_update


def full_state(pixels: Buffer, size: tuple[int, int], stride: int) -> list[bytes]:
    """Return encoded updates, numbered from 0, that paint exactly `pixels`: BGRX rows, `stride` bytes each.

    They are lossless; one for each million pixels, so that none is too long.
    """
    width, height = size
    rows, stream, made = MAX_TEXT_PIXELS // width, TextCompressor(), []
    for number, top in enumerate(range(0, height, rows)):
        rect = Rect(0, top, width, min(rows, height - top))
        tiles = TextTiles((rect,), stream.chunk(bgr_rows(pixels, stride, (rect,))))
        made.append(encode_update(Update(0, number, 0, width, height, (tiles,))))
    return made
