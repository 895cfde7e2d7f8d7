"""Tells photographs from text and drawings by counting distinct colours in a sparse sample. Pure.

Text, even with coloured edges, is mostly background; in a photograph nearly every pixel has a colour of its own. In
doubt it is text: that is exact at once and merely costs bytes.
"""

from collections.abc import Collection

from customer_client.picture.comparison import Comparison
from customer_client.picture.tiles import Grid
from protocol.picture.geometry import Rect

FEWEST_PHOTO_PIXELS = 512
"""Exact pixels of less cost no more than a JPEG's header."""
THINNEST_PHOTO = 2
WIDEST_PHOTO = 16_384
"""What FFmpeg's encoder takes."""

SAMPLES = 96
"""About as many pixels are looked at, a rectangle of any size."""

PHOTO_SHARE = 0.5
"""A sample with at least this share of distinct colours is a photograph."""

BESIDE_PHOTO_SHARE = 0.25
"""This is enough beside a photograph: sky and skin are smoother than the rest of the picture."""

BLOCK_BANDS = 4
"""Cells are judged four at a time, one above another: 64 x 64 pixels."""


def distinct_share(comparison: Comparison, rect: Rect) -> float:
    """Return how many of the sampled pixels of `rect` have a colour of their own (0..1)."""
    if comparison.native:
        return comparison.native.distinct_share(rect)
    across = min(16, rect.width)
    step = max(1, rect.width // across)
    lines = min(rect.height, SAMPLES // across)
    pixels_per_row, values = comparison.stride // 4, comparison.values
    colours: set[int] = set()
    taken = 0
    for line in range(lines):
        row = rect.y + line * rect.height // lines
        # Each line starts elsewhere, so that a grid in the picture does not fool the sample.
        start = row * pixels_per_row + rect.x + (line * 5) % step
        sample = values[start : row * pixels_per_row + rect.right : step]
        colours.update(sample)
        taken += len(sample)
    return len(colours) / taken


def can_be_photo(rect: Rect) -> bool:
    """Return whether `rect` is of a size that JPEG is worth, and can do."""
    return (
        min(rect.width, rect.height) >= THINNEST_PHOTO
        and rect.area >= FEWEST_PHOTO_PIXELS
        and rect.width <= WIDEST_PHOTO
    )


def looks_like_photo(comparison: Comparison, rect: Rect) -> bool:
    """Return whether `rect` by itself is a photograph."""
    return distinct_share(comparison, rect) >= PHOTO_SHARE


def photo_cells(comparison: Comparison, grid: Grid, cells: Collection[int]) -> set[int]:
    """Return those of `cells` that belong to photographs."""
    if comparison.native:
        return comparison.native.photo_cells(cells)
    blocks: dict[tuple[int, int], list[int]] = {}
    for cell in cells:
        band, column = divmod(cell, grid.columns)
        blocks.setdefault((band // BLOCK_BANDS, column), []).append(cell)
    shares = {block: distinct_share(comparison, grid.bounds_of(members)) for block, members in blocks.items()}
    certain = {block for block, share in shares.items() if share >= PHOTO_SHARE}
    photos = certain | {
        (band, column)
        for (band, column), share in shares.items()
        if share >= BESIDE_PHOTO_SHARE
        and certain & {(band - 1, column), (band + 1, column), (band, column - 1), (band, column + 1)}
    }
    return {cell for block in photos for cell in blocks[block]}
