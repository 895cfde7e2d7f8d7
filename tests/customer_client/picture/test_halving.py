import random

import pytest

from customer_client.capture.source import Picture
from customer_client.picture.halving import Halving
from protocol.picture.geometry import Rect
from tests.support.painted_screen import PaintedScreen, colours


@pytest.mark.parametrize(("width", "height"), [(3, 5), (16, 16), (17, 9), (101, 40), (64, 33)])
def test_each_pixel_is_the_mean_of_the_four_it_stands_for(width: int, height: int) -> None:
    screen = PaintedScreen(width, height)
    screen.noise(Rect(0, 0, width, height), 1)
    smaller, damage = Halving().halved(screen.picture(), None)
    assert (smaller.width, smaller.height) == (-(-width // 2), -(-height // 2))
    assert damage is None
    for y in range(smaller.height):
        for x in range(smaller.width):
            for colour in range(3):
                four = [
                    screen.pixels[
                        min(height - 1, 2 * y + down) * screen.stride + min(width - 1, 2 * x + right) * 4 + colour
                    ]
                    for down in (0, 1)
                    for right in (0, 1)
                ]
                assert abs(smaller.pixels[y * smaller.stride + x * 4 + colour] - sum(four) / 4) <= 1


def test_only_what_changed_is_made_anew_and_looks_as_if_all_had_been() -> None:
    chance = random.Random(3)
    screen = PaintedScreen(337, 130)
    halving = Halving()
    halving.halved(screen.picture(), None)
    for seed in range(60):
        numbers = [chance.randrange(400) for _ in range(4)]
        rect = screen.clipped(*numbers)
        screen.noise(rect, seed)
        smaller, damage = halving.halved(screen.picture(), (rect,))
        assert damage is not None
        (area,) = damage
        assert area.x * 2 <= rect.x
        assert area.y * 2 <= rect.y
        assert area.right * 2 >= rect.right
        assert area.bottom * 2 >= rect.bottom
        assert area.right <= smaller.width
        assert area.bottom <= smaller.height
        whole, _ = Halving().halved(screen.picture(), None)
        assert colours(smaller.pixels) == colours(whole.pixels)


def test_another_size_and_rows_with_gaps_are_made_whole() -> None:
    halving = Halving()
    halving.halved(PaintedScreen(40, 20).picture(), None)
    screen = PaintedScreen(30, 20)
    screen.fill(Rect(0, 0, 30, 20), 0x80FF40)
    rows = [bytes(screen.pixels[row * 120 : row * 120 + 120]) + b"\x07" * 12 for row in range(20)]
    smaller, damage = halving.halved(Picture(30, 20, 132, b"".join(rows)), (Rect(0, 0, 1, 1),))
    assert damage is None
    assert set(zip(*colours(smaller.pixels), strict=True)) == {(0x40, 0xFF, 0x80)}
