"""Sends what moved as copies, and what a moved window uncovers. One thread at a time."""

from customer_client.picture.classify import can_be_photo, looks_like_photo
from customer_client.picture.jpeg import PhotoEncoder
from customer_client.picture.scroll import find_moved
from customer_client.picture.tiles import CELL_HEIGHT, Grid, changed_cells
from customer_client.picture.update_draft import UpdateDraft
from protocol.picture.geometry import Rect, bounds

FEWEST_MOVED_CELLS = 24
"""A change of fewer cells is sent as it is."""

MOST_ROUNDS = 2
MOST_BOXES = 3
"""Searched for movement in one round."""

GAP_PIXELS = 5 * CELL_HEIGHT
"""Changes in the same columns that are no further apart may be paragraphs of one page."""

MOST_UNCOVERED_PIXELS = 32 * 1024
"""An edge no larger is sent with the copy that uncovers it; a larger one waits for its turn."""

EDGES_SHARE = 4
"""All edges together are at most this part of the screen: what tiles may paint in an update is limited."""


def add_copies(draft: UpdateDraft, grid: Grid, cells: set[int], photos: PhotoEncoder) -> set[int]:
    """Add copies for what moved among the changed `cells`; return which cells differ after them."""
    for _ in range(MOST_ROUNDS):
        before = len(cells)
        if before < FEWEST_MOVED_CELLS:
            break
        clusters = [(grid.bounds_of(cluster), len(cluster)) for cluster in grid.clusters(cells)]
        for box, count in joined(clusters)[:MOST_BOXES]:
            if count >= FEWEST_MOVED_CELLS:
                cells = _after_copies(draft, grid, cells, box, photos)
        # What did not move at all, or moved but for its edge, is not looked at twice.
        if len(cells) * 2 > before or len(cells) * 5 < before:
            break
    return cells


def joined(clusters: list[tuple[Rect, int]]) -> list[tuple[Rect, int]]:
    """Return boxes around clusters that may belong together, and how many cells they have; most cells first."""
    boxes: list[tuple[Rect, int]] = []
    for box, count in sorted(clusters, key=lambda each: each[0].y):
        for index, (other, others) in enumerate(boxes):
            if _are_near(box, other):
                boxes[index] = bounds((box, other)), count + others
                break
        else:
            boxes.append((box, count))
    return sorted(boxes, key=lambda each: each[1], reverse=True)


def _after_copies(draft: UpdateDraft, grid: Grid, cells: set[int], box: Rect, photos: PhotoEncoder) -> set[int]:
    copies = find_moved(draft.comparison, box)
    for copy in copies:
        draft.add_copy(copy)
    if not copies:
        return cells
    for copy in copies:
        for edge in copy.source.without(copy.target):
            if edge.area <= MOST_UNCOVERED_PIXELS:
                _add_edge(draft, edge, photos)
    return cells.difference(grid.touching(box)) | changed_cells(draft.comparison, grid, [box])


def _add_edge(draft: UpdateDraft, edge: Rect, photos: PhotoEncoder) -> None:
    """Add what came to light at the edge of something that moved: cells would mix it with what is beside it."""
    comparison = draft.comparison
    rect = comparison.tightened(edge)
    if rect is None or (draft.painted_pixels + rect.area) * EDGES_SHARE > comparison.width * comparison.height:
        return
    if can_be_photo(rect) and looks_like_photo(comparison, rect):
        draft.add_photo(rect, photos)
    else:
        draft.add_text([rect])


def _are_near(one: Rect, other: Rect) -> bool:
    common = min(one.right, other.right) - max(one.x, other.x)
    gap = max(one.y, other.y) - min(one.bottom, other.bottom)
    return common * 2 > max(one.width, other.width) and gap <= GAP_PIXELS
