from customer_client.picture.classify import looks_like_photo, photo_cells
from customer_client.picture.comparison import Comparison
from customer_client.picture.tiles import Grid
from protocol.picture.geometry import Rect
from tests.support.painted_screen import PaintedScreen

PHOTO = Rect(128, 64, 128, 128)


def page_with_photo() -> Comparison:
    screen = PaintedScreen(400, 300)
    screen.text(Rect(0, 0, 400, 300), seed=1)
    screen.noise(PHOTO, seed=2)
    return Comparison(screen.picture(), bytearray(len(screen.pixels)))


def test_only_the_photo_on_a_page_of_text_is_a_photo() -> None:
    comparison, grid = page_with_photo(), Grid(400, 300)
    assert photo_cells(comparison, grid, grid.every_cell()) == set(grid.touching(PHOTO))


def test_a_thin_strip_of_a_photo_is_recognised() -> None:
    comparison = page_with_photo()
    assert looks_like_photo(comparison, Rect(PHOTO.x, PHOTO.y, 9, 100))
    assert not looks_like_photo(comparison, Rect(0, 0, 9, 100))


def test_the_smallest_rectangles_can_be_judged() -> None:
    comparison = page_with_photo()
    for width, height in ((1, 1), (2, 1), (1, 7), (17, 1)):
        looks_like_photo(comparison, Rect(400 - width, 300 - height, width, height))
