"""Whatever happens on the screen, at rest the technician sees exactly that, from any epoch on."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customer_client.picture.stream_encoder import ScreenStreamEncoder
from protocol.picture.geometry import Rect
from protocol.picture.pixels import bgr_rows
from protocol.picture.updates import decode_update
from technician_app.picture.stream_decoder import ScreenStreamDecoder
from tests.support.painted_screen import PaintedScreen, colours

PLENTY = 1 << 20
small = st.integers(0, 400)
step = st.tuples(
    st.sampled_from(("fill", "text", "noise", "scroll", "move", "film", "resize", "nothing")),
    small,
    small,
    small,
    small,
    st.integers(-60, 60),
    st.integers(-60, 60),
    st.sampled_from((20, 40, 400)),
    st.sampled_from((400, 5_000, PLENTY)),
)
steps = st.lists(step, min_size=1, max_size=12)


class Peers:
    """A customer's encoder and a technician's decoder, with the time that passes between pictures."""

    def __init__(self, screen: PaintedScreen) -> None:
        self.screen = screen
        self.encoder, self.decoder = ScreenStreamEncoder(), ScreenStreamDecoder()
        self.now_ms = 5_000
        self.sent: list[bytes] = []

    def show(self, damage: tuple[Rect, ...] | None, budget_bytes: int = PLENTY, new_epoch: bool = False) -> None:
        update = self.encoder.encode(
            self.screen.picture(),
            damage,
            captured_ms=self.now_ms,
            budget_bytes=budget_bytes,
            new_epoch=new_epoch,
        )
        if update is not None:
            self.sent.append(update)
            self.decoder.apply(update)

    def rest(self, budget_bytes: int = PLENTY) -> None:
        """Let nothing change until the encoder has no more to say, which must come to an end."""
        for _ in range(3_000):
            self.now_ms += 301
            if not self.encoder.wants_more(self.now_ms / 1000):
                self.now_ms += 301
                if not self.encoder.wants_more(self.now_ms / 1000):
                    return
            self.show((), budget_bytes)
        raise AssertionError("the encoder never came to rest")

    def require_exact(self) -> None:
        assert self.decoder.size == (self.screen.width, self.screen.height)
        assert colours(self.decoder.pixels) == colours(self.screen.pixels)


def draw(screen: PaintedScreen, action: tuple[object, ...]) -> tuple[PaintedScreen, tuple[Rect, ...]]:
    """Change the screen; return it, or another one after a resize, and where it changed."""
    kind, x, y, width, height, dx, dy = action[:7]
    assert isinstance(x, int)
    assert isinstance(y, int)
    assert isinstance(width, int)
    assert isinstance(height, int)
    assert isinstance(dx, int)
    assert isinstance(dy, int)
    if kind == "resize":
        other = PaintedScreen(1 + width, 1 + height)
        other.text(other.clipped(0, 0, 400, 400), seed=x)
        return other, (Rect(0, 0, other.width, other.height),)
    rect = screen.clipped(x, y, width, height)
    if kind == "fill":
        screen.fill(rect, x * 65_000 + y)
    elif kind == "text":
        screen.text(rect, seed=x)
    elif kind in ("noise", "film"):
        screen.noise(rect, seed=y)
    elif kind == "scroll":
        screen.move(rect, rect.x, rect.y + dy)
    elif kind == "move":
        screen.move(rect, rect.x + dx, rect.y + dy)
    else:
        return screen, ()
    return screen, (rect, rect.moved(dx, dy), rect.moved(0, dy))


def play(peers: Peers, actions: list[tuple[object, ...]], *, tell_damage: bool) -> None:
    for action in actions:
        frames = 8 if action[0] == "film" else 1
        for frame in range(frames):
            peers.screen, damage = draw(peers.screen, (action[0], action[1], frame, *action[3:]))
            peers.now_ms += 40 if frames > 1 else int(str(action[7]))
            peers.show(damage if tell_damage else None, int(str(action[8])))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(1, 330), st.integers(1, 280), steps, st.booleans(), st.sampled_from((3_000, PLENTY)))
def test_at_rest_the_viewer_shows_exactly_the_screen(
    width: int, height: int, actions: list[tuple[object, ...]], tell_damage: bool, budget_bytes: int
) -> None:
    peers = Peers(PaintedScreen(width, height))
    peers.show(None)
    play(peers, actions, tell_damage=tell_damage)
    peers.rest(budget_bytes)
    peers.require_exact()


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps, steps)
def test_a_viewer_that_joins_at_an_epoch_converges_whatever_it_showed_before(
    before: list[tuple[object, ...]], after: list[tuple[object, ...]]
) -> None:
    peers = Peers(PaintedScreen(260, 200))
    peers.screen.noise(Rect(0, 0, 260, 200), seed=1)
    play(peers, before, tell_damage=False)
    size = peers.screen.width, peers.screen.height
    peers.decoder = ScreenStreamDecoder()
    elsewhere = Peers(PaintedScreen(*size))
    elsewhere.screen.noise(Rect(0, 0, *size), seed=2)
    elsewhere.decoder = peers.decoder
    elsewhere.show(None)
    peers.show(None, 2_000, new_epoch=True)
    assert decode_update(peers.sent[-1]).number == 0
    play(peers, after, tell_damage=True)
    peers.rest()
    peers.require_exact()


def test_scrolled_text_costs_a_copy_and_the_new_lines_only() -> None:
    peers = Peers(PaintedScreen(640, 480))
    page = Rect(40, 30, 560, 420)
    peers.screen.text(page, seed=4)
    peers.show(None)
    peers.screen.move(Rect(40, 78, 560, 372), 40, 30)
    peers.screen.text(Rect(40, 402, 560, 48), seed=5)
    peers.show((page,))
    kinds = [type(operation).__name__ for operation in decode_update(peers.sent[-1]).operations]
    assert kinds[0] == "Copy"
    assert len(peers.sent[-1]) < len(peers.sent[0]) / 4
    peers.require_exact()


def test_a_dragged_window_is_copied_sideways_too() -> None:
    peers = Peers(PaintedScreen(900, 600))
    peers.screen.noise(Rect(0, 0, 900, 600), seed=9)
    window = Rect(100, 100, 480, 320)
    peers.screen.text(window, seed=6)
    peers.show(None)
    peers.rest()
    peers.screen.move(window, 123, 114)
    peers.screen.fill(Rect(100, 100, 23, 320), 0x336699)
    peers.screen.fill(Rect(100, 100, 480, 14), 0x336699)
    peers.show(None)
    copy = decode_update(peers.sent[-1]).operations[0]
    assert getattr(copy, "target", None) == Rect(123, 114, 480, 320)
    peers.require_exact()


def test_a_film_becomes_a_video_rectangle_and_exact_pixels_when_it_stops() -> None:
    peers = Peers(PaintedScreen(800, 600))
    peers.screen.text(Rect(0, 0, 800, 600), seed=1)
    peers.show(None)
    film = Rect(101, 77, 320, 240)
    for frame in range(12):
        peers.now_ms += 40
        peers.screen.noise(film, seed=frame)
        peers.show((film,))
    last = decode_update(peers.sent[-1]).operations
    assert [type(operation).__name__ for operation in last] == ["VideoTile"]
    assert getattr(last[0], "rect", None) == film
    peers.rest()
    peers.require_exact()


@pytest.mark.parametrize("colour", [0xC83C28, 0x28C83C, 0x3C28C8, 0xF0F0F0, 0x101010])
def test_photos_and_films_keep_their_colours(colour: int) -> None:
    peers = Peers(PaintedScreen(640, 480))
    peers.show(None)
    film = Rect(64, 64, 320, 240)
    chosen = random.Random(1)
    kinds = set()
    wanted = colour.to_bytes(3, "little")
    for _ in range(10):
        peers.now_ms += 40
        grain = (bytes(min(255, max(0, value + chosen.randint(-9, 9))) for value in wanted) for _ in range(film.area))
        peers.screen.paint(film, b"\0".join(grain) + b"\0")
        peers.show((film,))
        kinds |= {type(operation).__name__ for operation in decode_update(peers.sent[-1]).operations}
        middle = bgr_rows(peers.decoder.pixels, 640 * 4, [Rect(150, 150, 64, 64)])
        means = [sum(middle[channel::3]) / 64 / 64 for channel in range(3)]
        assert all(abs(mean - value) < 4 for mean, value in zip(means, wanted, strict=True))
    assert kinds == {"PhotoTile", "VideoTile"}


def test_typing_goes_out_first_although_a_page_waits_for_room() -> None:
    peers = Peers(PaintedScreen(800, 600))
    peers.show(None)
    peers.screen.text(Rect(0, 0, 800, 500), seed=1)
    peers.screen.fill(Rect(300, 560, 8, 12), 0xFF0000)
    peers.show(None, budget_bytes=1)
    start = (560 * 800 + 300) * 4
    assert bytes(peers.decoder.pixels[start : start + 3]) == b"\x00\x00\xff"
    assert peers.encoder.wants_more(peers.now_ms / 1000)
    peers.rest(1)
    peers.require_exact()


def test_nothing_changed_is_nothing_to_send() -> None:
    peers = Peers(PaintedScreen(300, 200))
    peers.show(None)
    picture = peers.screen.picture()
    assert peers.encoder.encode(picture, None, captured_ms=6_000, budget_bytes=PLENTY) is None
    assert not peers.encoder.wants_more(6.0)
