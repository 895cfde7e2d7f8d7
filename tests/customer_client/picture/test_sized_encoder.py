"""The picture at half the size and at full size again, from the encoder to what the technician sees."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customer_client.picture.halving import Halving
from customer_client.picture.sized_encoder import SizedEncoder
from customer_client.picture.stream_encoder import ScreenStreamEncoder
from protocol.picture.geometry import Rect
from technician_app.picture.stream_decoder import ScreenStreamDecoder
from tests.support.painted_screen import PaintedScreen, colours

small = st.integers(0, 300)
steps = st.lists(
    st.tuples(st.sampled_from(("text", "noise", "fill", "size", "quality")), small, small, small, small), max_size=10
)


class Peers:
    def __init__(self, width: int, height: int) -> None:
        self.screen = PaintedScreen(width, height)
        self.screen.text(Rect(0, 0, width, height), 5)
        self.encoder, self.decoder = SizedEncoder(ScreenStreamEncoder()), ScreenStreamDecoder()
        self.now_ms = 1000
        self.divisor = 1

    def show(self, damage: tuple[Rect, ...] | None, budget_bytes: int = 1 << 20) -> None:
        new_epoch = self.encoder.divisor != self.divisor or not self.decoder.size[0]
        self.encoder.divisor = self.divisor
        update = self.encoder.encode(
            self.screen.picture(),
            None if new_epoch else damage,
            captured_ms=self.now_ms,
            budget_bytes=budget_bytes,
            new_epoch=new_epoch,
        )
        if update is not None:
            self.decoder.apply(update)
        self.now_ms += 20

    def rest(self) -> None:
        for _ in range(2000):
            self.now_ms += 301
            if not self.encoder.wants_more(self.now_ms / 1000):
                assert self.encoder.missing_share == 0.0
                return
            self.show((), 4000)
        raise AssertionError("the encoder never came to rest")

    def require_exact(self) -> None:
        picture = self.screen.picture()
        expected = picture if self.divisor == 1 else Halving().halved(picture, None)[0]
        assert self.decoder.size == (expected.width, expected.height)
        assert colours(self.decoder.pixels) == colours(expected.pixels)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(2, 300), st.integers(2, 150), steps)
def test_at_rest_the_technician_sees_exactly_the_picture_of_the_size_that_is_sent(width, height, actions):
    peers = Peers(width, height)
    peers.show(None)
    for kind, *numbers in actions:
        rect = peers.screen.clipped(*numbers)
        if kind == "size":
            peers.divisor = 3 - peers.divisor
            peers.show(())
        elif kind == "quality":
            peers.encoder.photo_quality = 10 + numbers[0] % 91
        else:
            draw = {"text": peers.screen.text, "noise": peers.screen.noise, "fill": peers.screen.fill}[kind]
            draw(rect, numbers[0] * 12_345)
            peers.show((rect,), 500 + numbers[1] * 20)
    peers.rest()
    peers.require_exact()
    peers.divisor = 1
    peers.show(None)
    peers.rest()
    peers.require_exact()


def test_until_the_whole_picture_is_there_the_small_one_stays_in_its_place():
    peers = Peers(640, 360)
    peers.screen.fill(Rect(0, 0, 640, 360), 0x3060C0)
    peers.divisor = 2
    peers.show(None)
    peers.rest()
    peers.divisor = 1
    peers.show(None, 1)
    assert peers.encoder.missing_share > 0
    assert set(zip(*colours(peers.decoder.pixels), strict=True)) == {(0xC0, 0x60, 0x30)}


def test_the_screen_that_is_missing_is_told_as_a_share():
    peers = Peers(640, 360)
    assert peers.encoder.missing_share == 1.0
    peers.show(None, 2000)
    assert 0.0 < peers.encoder.missing_share < 1.0
    peers.rest()
    assert peers.encoder.missing_share == 0.0
