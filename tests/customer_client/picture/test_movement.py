from customer_client.picture.comparison import Comparison
from customer_client.picture.exactness import Exactness
from customer_client.picture.jpeg import PhotoEncoder
from customer_client.picture.movement import add_copies, joined
from customer_client.picture.tiles import Grid, changed_cells
from customer_client.picture.update_draft import UpdateDraft
from protocol.picture.geometry import Rect
from protocol.picture.text_stream import TextCompressor
from protocol.picture.updates import Copy, PhotoTile
from tests.support.painted_screen import PaintedScreen


def drafted(screen: PaintedScreen, shown: bytes) -> tuple[UpdateDraft, Grid, set[int]]:
    grid = Grid(screen.width, screen.height)
    comparison = Comparison(screen.picture(), bytearray(shown))
    draft = UpdateDraft(comparison, Exactness(grid), TextCompressor(), 1_000, 1 << 20)
    return draft, grid, changed_cells(comparison, grid, [grid.screen])


def test_paragraphs_in_the_same_columns_are_one_page_and_two_columns_are_two() -> None:
    left = [(Rect(0, top, 512, 96), 48) for top in (0, 128, 256)]
    right = [(Rect(576, top, 256, 160), 40) for top in (0, 192)]
    assert joined([*left, *right]) == [(Rect(0, 0, 512, 352), 144), (Rect(576, 0, 256, 352), 80)]


def test_what_is_far_below_is_not_joined() -> None:
    assert len(joined([(Rect(0, 0, 512, 96), 48), (Rect(0, 320, 512, 96), 48)])) == 2


def test_a_page_with_empty_lines_scrolls_as_a_whole() -> None:
    screen = PaintedScreen(900, 800)
    screen.fill(Rect(0, 0, 900, 800), 0xFFFFFF)
    for top in range(0, 800, 160):
        screen.text(Rect(64, top, 640, 112), seed=top)
    shown = bytes(screen.pixels)
    screen.move(Rect(0, 0, 900, 800), 0, -6)
    draft, grid, cells = drafted(screen, shown)
    left = add_copies(draft, grid, cells, PhotoEncoder())
    assert sum(isinstance(operation, Copy) for operation in draft.operations) <= 3
    assert len(left) <= 12


def test_a_window_dragged_over_a_photograph_leaves_two_edges() -> None:
    screen = PaintedScreen(900, 800)
    screen.noise(Rect(0, 0, 900, 800), seed=1)
    photograph = bytes(screen.pixels)
    window = Rect(100, 100, 500, 400)
    screen.text(window, seed=2)
    shown = bytes(screen.pixels)
    screen.pixels[:] = photograph
    screen.text(window.moved(7, 3), seed=2)
    draft, grid, cells = drafted(screen, shown)
    assert add_copies(draft, grid, cells, PhotoEncoder()) == set()
    copy, *edges = draft.operations
    assert copy == Copy(window, 107, 103)
    assert {edge.rect for edge in edges if isinstance(edge, PhotoTile)} == {
        Rect(100, 100, 500, 3),
        Rect(100, 103, 7, 397),
    }


def test_tiles_never_paint_more_than_the_format_allows() -> None:
    screen = PaintedScreen(300, 200)
    draft, grid, _ = drafted(screen, bytes(screen.pixels))
    for _ in range(5):
        draft.add_text([grid.screen])
    assert draft.painted_pixels == grid.screen.area
    assert draft.room_bytes == 0
