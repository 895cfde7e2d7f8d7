import random
import tracemalloc
from contextlib import suppress

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import LocalError, PeerError
from protocol.picture.geometry import Rect
from protocol.picture.text_stream import TextCompressor
from protocol.picture.updates import Copy, Operation, PhotoTile, TextTiles, Update, VideoTile, encode_update
from technician_app.picture.stream_decoder import ScreenStreamDecoder

WIDTH, HEIGHT = 64, 48
WHOLE = Rect(0, 0, WIDTH, HEIGHT)
FILM = Rect(0, 0, 32, 32)


def update(number: int, *operations: Operation, epoch: int = 1, size: tuple[int, int] = (WIDTH, HEIGHT)) -> bytes:
    return encode_update(Update(epoch, number, 0, *size, operations))


def text(rect: Rect = WHOLE, colour: bytes = b"\x01\x02\x03", compressor: TextCompressor | None = None) -> TextTiles:
    return TextTiles((rect,), (compressor or TextCompressor()).chunk(colour * rect.area))


def film(*, width: int = FILM.width, height: int = FILM.height) -> bytes:
    codec = av.CodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
    codec.options = {"tune": "zerolatency", "profile": "baseline"}
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane in frame.planes:
        plane.update(bytes([90]) * plane.buffer_size)
    return b"".join(bytes(packet) for packet in codec.encode(frame))


def test_an_epoch_starts_black_and_shows_what_comes() -> None:
    decoder = ScreenStreamDecoder()
    assert decoder.apply(update(0, text(Rect(2, 1, 1, 1)))) == (Rect(2, 1, 1, 1),)
    assert decoder.size == (WIDTH, HEIGHT)
    assert len(decoder.pixels) == WIDTH * HEIGHT * 4
    assert bytes(decoder.pixels[:8]) == bytes(8)
    assert bytes(decoder.pixels[(WIDTH + 2) * 4 :][:4]) == b"\x01\x02\x03\xff"


def test_operations_are_applied_in_order() -> None:
    decoder = ScreenStreamDecoder()
    first, second = Rect(0, 0, 4, 4), Rect(10, 10, 4, 4)
    dirty = decoder.apply(update(0, text(first), Copy(first, 10, 10), Copy(second, 20, 20)))
    assert dirty == (first, second, Rect(20, 20, 4, 4))
    assert bytes(decoder.pixels[(23 * WIDTH + 23) * 4 :][:3]) == b"\x01\x02\x03"


def test_pixels_go_into_the_given_buffer() -> None:
    shared = bytearray(b"\x77") * (WIDTH * HEIGHT * 4 + 16)
    decoder = ScreenStreamDecoder(WIDTH * HEIGHT, buffer=memoryview(shared))
    decoder.apply(update(0, text()))
    assert bytes(shared[:4]) == b"\x01\x02\x03\xff"
    assert bytes(shared[-16:]) == b"\x77" * 16
    decoder.apply(update(0, epoch=2, size=(8, 8)))
    assert bytes(shared[:256]) == bytes(256)


def test_a_buffer_too_small_is_a_bug_of_ours() -> None:
    with pytest.raises(LocalError):
        ScreenStreamDecoder(101, buffer=memoryview(bytearray(400)))


def test_a_missing_update_stops_the_stream_until_an_epoch_starts() -> None:
    decoder = ScreenStreamDecoder()
    decoder.apply(update(0))
    for wrong in (update(2), update(1)):
        with pytest.raises(PeerError) as caught:
            decoder.apply(wrong)
        assert caught.value.code == "picture_out_of_step"
    decoder.apply(update(0, text(), epoch=2))
    decoder.apply(update(1, Copy(Rect(0, 0, 5, 5), 9, 9), epoch=2))


@pytest.mark.parametrize("other", [{"epoch": 2}, {"size": (WIDTH, HEIGHT + 1)}])
def test_an_update_of_another_epoch_or_size_is_out_of_step(other: dict[str, int]) -> None:
    decoder = ScreenStreamDecoder()
    decoder.apply(update(0))
    with pytest.raises(PeerError):
        decoder.apply(update(1, **other))  # type: ignore[arg-type]


def test_at_the_same_size_the_old_picture_stays_until_it_is_covered() -> None:
    decoder = ScreenStreamDecoder()
    decoder.apply(update(0, text()))
    decoder.apply(update(0, epoch=2))
    assert bytes(decoder.pixels[:3]) == b"\x01\x02\x03"


def test_a_screen_larger_than_accepted_allocates_nothing() -> None:
    decoder = ScreenStreamDecoder(1_000_000)
    tracemalloc.start()
    with pytest.raises(PeerError) as caught:
        decoder.apply(update(0, size=(7680, 4320)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.code == "picture_too_large"
    assert peak < 100_000


def test_a_film_plays_and_ends_with_its_epoch() -> None:
    decoder = ScreenStreamDecoder()
    assert decoder.apply(update(0, VideoTile(FILM, film(), True))) == (FILM,)
    assert decoder.pixels[1] > 60
    with pytest.raises(PeerError, match="never began"):
        decoder.apply(update(0, VideoTile(FILM, film(), False), epoch=2))


@pytest.mark.parametrize(
    "tile",
    [
        VideoTile(FILM, film(width=64), True),
        VideoTile(FILM, film(width=4096, height=2304), True),
        VideoTile(FILM, film()[:20], True),
        VideoTile(FILM, b"\0\0\1\x09\x10" * 40 + film(), True),
        VideoTile(FILM, b"", True),
        VideoTile(FILM, b"\0\0\1\x65noise", True),
        VideoTile(FILM, film(), False),
    ],
)
def test_a_film_that_is_not_what_it_claims_is_refused(tile: VideoTile) -> None:
    with pytest.raises(PeerError):
        ScreenStreamDecoder().apply(update(0, tile))


def test_only_two_films_play_at_a_time() -> None:
    decoder = ScreenStreamDecoder()
    places = [Rect(0, 0, 32, 32), Rect(32, 0, 32, 32), Rect(0, 16, 32, 32)]
    decoder.apply(update(0, *(VideoTile(place, film(), True) for place in places)))
    with pytest.raises(PeerError, match="never began"):
        decoder.apply(update(1, VideoTile(places[0], film(), False)))


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=400))
def test_arbitrary_bytes_applied_raise_only_peer_error(data: bytes) -> None:
    with suppress(PeerError):
        ScreenStreamDecoder(100_000).apply(data)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(("text", "photo", "film")), st.binary(max_size=200), st.integers(0, 2**31))
def test_arbitrary_and_damaged_tiles_raise_only_peer_error(kind: str, noise: bytes, seed: int) -> None:
    chosen = random.Random(seed)
    good = {"text": text().compressed, "photo": b"\xff\xd8\xff\xc0", "film": film()}[kind]
    damaged = bytearray(good)
    for _ in range(3):
        damaged[chosen.randrange(len(damaged))] = chosen.randrange(256)
    for content in (noise, bytes(damaged), good[: len(good) // 2] + noise):
        tile: Operation
        if kind == "text":
            tile = TextTiles((WHOLE,), content)
        else:
            tile = PhotoTile(FILM, content) if kind == "photo" else VideoTile(FILM, content, True)
        with suppress(PeerError):
            ScreenStreamDecoder().apply(update(0, tile))
