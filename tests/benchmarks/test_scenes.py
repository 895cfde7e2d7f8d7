"""The scenes of the picture benchmark: the same on every run, each frame different, each with its number."""

from functools import partial
from itertools import pairwise

from PIL import Image

from benchmarks.picture import mark
from benchmarks.picture.observer import Eye
from benchmarks.picture.scenes import SCENES, SCREEN, DragScene, Theatre
from benchmarks.picture.surface import Box, PictureSurface, WindowSurface, mark_place
from demo.virtual_display import virtual_display

FRAMES = 4


class CountingSurface(PictureSurface):
    """Keeps in mind which parts were shown."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__(size)
        self.shown: list[Box] = []

    def show(self, box: Box) -> None:
        self.shown.append(box)
        super().show(box)


def number_shown(picture: Image.Image) -> int | None:
    left, top = mark_place(picture.size)
    row = picture.crop((left, top + mark.CELL // 2, left + mark.WIDTH, top + mark.CELL // 2 + 1))
    return mark.read_row(row.tobytes("raw", "BGRX"))


def pictures(theatre: Theatre) -> list[bytes]:
    taken = []
    for name in SCENES:
        theatre.begin(name)
        for step in range(FRAMES):
            theatre.draw(name, step)
            taken.append(theatre.surface.seen.tobytes())  # type: ignore[attr-defined]
    return taken


def test_scenes_are_the_same_on_every_run_and_no_two_frames_are_alike() -> None:
    first, second = (pictures(Theatre(PictureSurface(SCREEN))) for _ in range(2))
    assert first == second
    assert len(set(first)) == len(first) == FRAMES * len(SCENES)


def test_every_frame_carries_the_next_number_and_shows_it_last() -> None:
    surface = CountingSurface(SCREEN)
    theatre = Theatre(surface)
    expected = 0
    for name in SCENES:
        for draw in (partial(theatre.begin, name), partial(theatre.draw, name, 0), partial(theatre.draw, name, 1)):
            expected += 1
            number = draw()
            assert number == number_shown(surface.seen) == expected
            assert surface.shown[-1] == (*mark_place(SCREEN), mark.WIDTH, mark.CELL)


def test_numbers_begin_again_before_they_no_longer_fit() -> None:
    theatre = Theatre(PictureSurface(SCREEN), number=mark.NUMBERS - 1)
    assert theatre.begin("idle") == 0


def test_a_dragged_window_moves_a_little_and_stays_on_the_screen() -> None:
    places = [DragScene.place(step) for step in range(2000)]
    for (left, top), (next_left, next_top) in pairwise(places):
        assert abs(left - next_left) <= 7
        assert abs(top - next_top) <= 3
        assert 0 <= next_left <= SCREEN[0] - 900
        assert 80 <= next_top <= mark_place(SCREEN)[1] - 600


def test_a_window_shows_what_a_picture_in_memory_shows() -> None:
    with virtual_display(*SCREEN) as display:
        window, memory = WindowSurface(display), PictureSurface(SCREEN)
        eye = Eye(display)
        try:
            for theatre in (Theatre(window), Theatre(memory)):
                theatre.begin("drag")
                theatre.draw("drag", 0)
            pixels = eye.look(0, 0, *SCREEN)
        finally:
            eye.close()
            window.close()
    seen = Image.frombytes("RGB", SCREEN, bytes(pixels), "raw", "BGRX")
    assert seen.tobytes() == memory.seen.tobytes()
