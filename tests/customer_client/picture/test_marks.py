from customer_client.picture.marks import Marks
from customer_client.picture.tiles import Grid
from protocol.picture.geometry import Rect
from protocol.picture.updates import Copy

SCREEN = Rect(0, 0, 640, 320)


def test_no_memory_is_taken_before_something_is_marked() -> None:
    marks = Marks(Grid(640, 320))
    marks.fill(SCREEN, marked=False)
    marks.move(Copy(Rect(0, 0, 64, 16), 128, 32))
    assert marks.cells_in(SCREEN) == []
    assert not marks.any_in(SCREEN)
    assert marks.size_bytes == 0
    marks.fill(Rect(70, 20, 1, 1), marked=True)
    assert marks.cells_in(SCREEN) == [11]
    assert marks.size_bytes == SCREEN.area
