"""Paints over what is hidden: one calm colour, and the words "Hidden by the customer" where they fit. Pure.

The words come from a small grey picture (`hidden_words.pgm`), because the thread that takes pictures has no fonts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from protocol.picture.geometry import Rect

PANEL = (0x68, 0x53, 0x3D, 0x00)
"""Blue, green, red and the unused byte of the colour."""

_INK = (0xF4, 0xEE, 0xE8, 0x00)
_BYTES = 4
_MARGIN = 8
"""Pixels of plain colour around the words at least."""

_WORDS = Path(__file__).with_name("hidden_words.pgm")


def paint(
    pixels: bytearray | memoryview, stride: int, areas: Sequence[Rect], rows: Sequence[range] | None = None
) -> None:
    """Overwrite `areas` (inside the picture) of pixels of 4 bytes, `stride` bytes a row.

    Args:
        pixels: the picture's memory.
        stride: bytes from one row to the next.
        areas: what is to be painted over.
        rows: only in these rows, where all others are painted already; None: in all.
    """
    for area in areas:
        panel = _panel(area.width, area.height)
        for row in _rows(area, rows):
            begin = row * stride + area.x * _BYTES
            line = panel.line(row - area.y)
            pixels[begin : begin + len(line)] = line


def _rows(area: Rect, rows: Sequence[range] | None) -> Sequence[int]:
    if rows is None:
        return range(area.y, area.bottom)
    return [row for part in rows for row in range(max(area.y, part.start), min(area.bottom, part.stop))]


@dataclass(frozen=True)
class _Panel:
    plain: bytes
    words_top: int
    words: tuple[bytes, ...]

    def line(self, row: int) -> bytes:
        within = row - self.words_top
        return self.words[within] if 0 <= within < len(self.words) else self.plain


@lru_cache(maxsize=64)
def _panel(width: int, height: int) -> _Panel:
    plain = bytes(PANEL) * width
    shape = _words()
    if width < shape.width + 2 * _MARGIN or height < shape.height + 2 * _MARGIN:
        return _Panel(plain, 0, ())
    left = (width - shape.width) // 2
    beside, right = bytes(PANEL) * left, bytes(PANEL) * (width - left - shape.width)
    return _Panel(plain, (height - shape.height) // 2, tuple(beside + line + right for line in shape.lines))


@dataclass(frozen=True)
class _Words:
    width: int
    height: int
    lines: tuple[bytes, ...]


@cache
def _words() -> _Words:
    """Return the words in the colours of the panel, row by row."""
    kind, size, most, grey = _WORDS.read_bytes().split(b"\n", 3)
    width, height = map(int, size.split())
    if (kind, most, len(grey)) != (b"P5", b"255", width * height):
        raise ValueError(f"{_WORDS.name} is not the picture it should be")
    shades = [_blend(share) for share in range(256)]
    rows = (grey[row * width : (row + 1) * width] for row in range(height))
    return _Words(width, height, tuple(b"".join(shades[share] for share in row) for row in rows))


def _blend(share: int) -> bytes:
    """Return the colour with `share` of 255 ink in it."""
    return bytes((under * (255 - share) + over * share + 127) // 255 for under, over in zip(PANEL, _INK, strict=True))
