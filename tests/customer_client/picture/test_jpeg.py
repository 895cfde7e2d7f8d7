import pytest

from customer_client.picture.comparison import Comparison
from customer_client.picture.jpeg import PhotoEncoder, quantiser_for
from protocol.picture.geometry import Rect
from tests.support.painted_screen import PaintedScreen


@pytest.mark.parametrize(("width", "height"), [(64, 16), (8, 64), (333, 127)])
def test_a_photo_has_no_more_than_its_size_and_its_data(width: int, height: int) -> None:
    screen = PaintedScreen(400, 200)
    screen.fill(Rect(0, 0, 400, 200), 0x3366CC)
    comparison = Comparison(screen.picture(), bytearray(len(screen.pixels)))
    jpeg = PhotoEncoder().encode(comparison, Rect(11, 7, width, height))
    assert jpeg.startswith(b"\xff\xd8")
    assert jpeg.endswith(b"\xff\xd9")
    assert len(jpeg) < 250 + width * height // 30
    assert b"JFIF" not in jpeg
    assert b"\xff\xc4" not in jpeg


def test_many_sizes_one_after_another_do_not_pile_up_encoders() -> None:
    screen = PaintedScreen(400, 200)
    comparison = Comparison(screen.picture(), bytearray(len(screen.pixels)))
    encoder = PhotoEncoder()
    sizes = [(8 + number, 16) for number in range(80)]
    for width, height in [*sizes, *sizes]:
        assert encoder.encode(comparison, Rect(0, 0, width, height))


def test_less_quality_is_fewer_bytes_and_may_change_between_any_two_photos() -> None:
    screen = PaintedScreen(256, 128)
    for x in range(0, 256, 4):
        screen.fill(Rect(x, x // 3, 4, 40), x * 0x010203)
    comparison = Comparison(screen.picture(), bytearray(len(screen.pixels)))
    encoder = PhotoEncoder()
    sizes = {}
    for quality in (80, 25, 90, 40, 60, 80):
        encoder.quality = quality
        sizes[quality] = len(encoder.encode(comparison, Rect(0, 0, 256, 128)))
    assert sorted(sizes.values()) == [sizes[quality] for quality in (25, 40, 60, 80, 90)]
    assert sizes[25] * 2 < sizes[90]


def test_every_percentage_has_a_quantiser_and_more_is_never_coarser() -> None:
    quantisers = [quantiser_for(percent) for percent in range(1, 101)]
    assert quantisers == sorted(quantisers, reverse=True)
    assert (quantisers[0], quantisers[-1]) == (24, 2)
