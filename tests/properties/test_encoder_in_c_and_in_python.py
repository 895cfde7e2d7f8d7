"""The screen stream's encoder makes the same bytes with and without its compiled inner loops."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customer_client.picture.stream_encoder import ScreenStreamEncoder
from protocol.picture.native.library import LIBRARY
from technician_app.picture.stream_decoder import ScreenStreamDecoder
from tests.support.painted_screen import PaintedScreen, colours

number = st.integers(0, 500)
step = st.tuples(
    st.sampled_from(("fill", "text", "noise", "scroll", "move", "film", "nothing")),
    st.tuples(number, number, number, number),
    st.integers(-60, 60),
    st.sampled_from((20, 40, 400)),
    st.sampled_from((400, 5_000, 1 << 20)),
)


def paint(screen: PaintedScreen, kind: str, box: tuple[int, int, int, int], way: int) -> None:
    rect = screen.clipped(*box)
    if kind == "fill":
        screen.fill(rect, way * 65_793 & 0xFFFFFF)
    elif kind == "text":
        screen.text(rect, way)
    elif kind in ("noise", "film"):
        screen.noise(rect, way)
    elif kind in ("scroll", "move"):
        screen.move(rect, rect.x + (way if kind == "move" else 0), rect.y + way)


@pytest.mark.skipif(LIBRARY is None, reason="nothing is compiled here")
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.tuples(st.integers(40, 500), st.integers(40, 400)), st.lists(step, min_size=1, max_size=10))
def test_updates_are_the_same_and_the_viewer_ends_exact(
    size: tuple[int, int], steps: list[tuple[str, tuple[int, int, int, int], int, int, int]]
) -> None:
    screen, decoder = PaintedScreen(*size), ScreenStreamDecoder()
    in_c, in_python = ScreenStreamEncoder(library=LIBRARY), ScreenStreamEncoder(library=None)
    now_ms = 5_000

    def show(budget_bytes: int) -> None:
        updates = [
            encoder.encode(screen.picture(), None, captured_ms=now_ms, budget_bytes=budget_bytes)
            for encoder in (in_c, in_python)
        ]
        assert updates[0] == updates[1]
        if updates[0] is not None:
            decoder.apply(updates[0])

    for kind, box, way, pause_ms, budget_bytes in steps:
        for moment in range(8 if kind == "film" else 1):
            paint(screen, kind, box, way + moment)
            show(budget_bytes)
            now_ms += pause_ms if kind != "film" else 40
    for _ in range(200):
        now_ms += 400
        show(1 << 20)
        assert in_c.wants_more(now_ms / 1000) == in_python.wants_more(now_ms / 1000)
        if not in_c.wants_more(now_ms / 1000 + 10):
            break
    assert colours(decoder.pixels) == colours(screen.pixels)
