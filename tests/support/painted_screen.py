"""A screen to draw on, for tests of the screen stream: BGRX rows without gaps, as a capture gives them."""

import random

from customer_client.capture.source import Picture
from protocol.picture.geometry import Rect
from protocol.picture.pixels import move_rect, put_rows


class PaintedScreen:
    """`width` x `height` pixels; every way of drawing is deterministic."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.stride = width * 4
        self.pixels = bytearray(self.stride * height)

    def picture(self) -> Picture:
        """Return what a capture would."""
        return Picture(self.width, self.height, self.stride, bytes(self.pixels))

    def clipped(self, x: int, y: int, width: int, height: int) -> Rect:
        """Return a rectangle inside the screen, whatever the numbers."""
        x, y = x % self.width, y % self.height
        return Rect(x, y, 1 + width % (self.width - x), 1 + height % (self.height - y))

    def fill(self, rect: Rect, colour: int) -> None:
        """Paint `rect` in one colour (0xRRGGBB)."""
        self.paint(rect, colour.to_bytes(4, "little") * rect.area)

    def noise(self, rect: Rect, seed: int) -> None:
        """Paint something like a photograph."""
        self.paint(rect, random.Random(seed).randbytes(rect.area * 4))

    def text(self, rect: Rect, seed: int) -> None:
        """Paint something like lines of text: rows differ but are like the one above, background dominates."""
        chosen = random.Random(seed)
        white, black = b"\xff\xff\xff\x00", b"\x20\x10\x00\x00"
        rows, marks = [], 0
        for row in range(rect.height):
            fresh = chosen.getrandbits(rect.width) & chosen.getrandbits(rect.width)
            if row % 2:
                fresh = marks ^ (fresh & chosen.getrandbits(rect.width) & chosen.getrandbits(rect.width))
            marks = fresh if row % 16 < 10 else 0
            rows.append(b"".join(black if marks >> column & 1 else white for column in range(rect.width)))
        self.paint(rect, b"".join(rows))

    def move(self, rect: Rect, x: int, y: int) -> None:
        """Move what is in `rect` to (`x`, `y`), as far as that is on the screen."""
        visible = Rect(x, y, rect.width, rect.height).overlap(Rect(0, 0, self.width, self.height))
        if visible is not None:
            source = visible.moved(rect.x - x, rect.y - y)
            move_rect(self.pixels, self.stride, source, visible.x, visible.y)

    def paint(self, rect: Rect, rows: bytes) -> None:
        """Paint `rect` with the BGRX `rows`."""
        put_rows(self.pixels, self.stride, rect, rows, rect.width * 4)


def colours(pixels: bytes | bytearray | memoryview) -> tuple[bytes, bytes, bytes]:
    """Return the blue, green and red bytes: the fourth byte of a pixel means nothing."""
    whole = bytes(pixels)
    return whole[0::4], whole[1::4], whole[2::4]
