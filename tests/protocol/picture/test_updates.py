import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import LocalError, PeerError
from protocol.picture.geometry import Rect
from protocol.picture.updates import (
    MAX_OPERATIONS,
    MAX_UPDATE_BYTES,
    Copy,
    Operation,
    PhotoTile,
    TextTiles,
    Update,
    VideoTile,
    decode_update,
    encode_update,
)

WIDTH, HEIGHT = 300, 200
u32 = st.integers(0, 0xFFFFFFFF)
data = st.binary(max_size=40)


@st.composite
def rects(draw: st.DrawFn) -> Rect:
    width, height = draw(st.integers(1, 60)), draw(st.integers(1, 40))
    return Rect(draw(st.integers(0, WIDTH - width)), draw(st.integers(0, HEIGHT - height)), width, height)


@st.composite
def copies(draw: st.DrawFn) -> Copy:
    source = draw(rects())
    return Copy(source, draw(st.integers(0, WIDTH - source.width)), draw(st.integers(0, HEIGHT - source.height)))


operations = st.one_of(
    copies(),
    st.builds(TextTiles, st.lists(rects(), min_size=1, max_size=5).map(tuple), data, st.booleans()),
    st.builds(PhotoTile, rects(), data),
    st.builds(VideoTile, rects(), data, st.booleans()),
)
updates = st.builds(Update, u32, u32, u32, st.just(WIDTH), st.just(HEIGHT), st.lists(operations, max_size=6).map(tuple))


def with_operations(*given_operations: Operation, width: int = WIDTH, height: int = HEIGHT) -> Update:
    return Update(1, 0, 0, width, height, given_operations)


def packed(update: Update, **fields: int) -> bytes:
    """Encode the header of `update` with other values, followed by its operations."""
    body = encode_update(update)[19:]
    values = {"form": 1, "width": update.width, "height": update.height, "count": len(update.operations)} | fields
    return struct.pack("<BIIIHHH", values["form"], 1, 0, 0, values["width"], values["height"], values["count"]) + body


@given(updates)
def test_what_is_encoded_decodes_to_the_same(update: Update) -> None:
    assert decode_update(encode_update(update)) == update


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_only_peer_error(noise: bytes) -> None:
    with suppress(PeerError):
        decode_update(noise)


@given(updates, st.data())
def test_a_damaged_update_raises_only_peer_error(update: Update, chosen: st.DataObject) -> None:
    whole = bytearray(encode_update(update))
    at = chosen.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= chosen.draw(st.integers(1, 255))
    with suppress(PeerError):
        decode_update(bytes(whole))


@given(updates, st.data())
def test_a_cut_or_padded_update_is_refused(update: Update, chosen: st.DataObject) -> None:
    whole = encode_update(update)
    cut = whole[: chosen.draw(st.integers(0, len(whole) - 1))]
    for wrong in (cut, whole + b"\0"):
        with pytest.raises(PeerError):
            decode_update(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        with_operations(width=0),
        with_operations(width=8000, height=8000),
        with_operations(Copy(Rect(0, 0, 10, 10), WIDTH - 9, 0)),
        with_operations(Copy(Rect(WIDTH - 5, 0, 10, 10), 0, 0)),
        with_operations(TextTiles((), b"")),
        with_operations(TextTiles((Rect(0, 0, 0, 5),), b"")),
        with_operations(TextTiles((Rect(0, HEIGHT - 1, 5, 2),), b"")),
        with_operations(TextTiles((), b"", differences=True)),
        with_operations(TextTiles((Rect(WIDTH - 1, 0, 2, 1),), b"", differences=True)),
        with_operations(*[Copy(Rect(0, 0, 1, 1), 2, 2)] * (MAX_OPERATIONS + 1)),
        with_operations(*[PhotoTile(Rect(0, 0, WIDTH, HEIGHT), b"")] * 3),
        with_operations(*[Copy(Rect(0, 0, WIDTH, HEIGHT), 0, 0)] * 9),
        with_operations(TextTiles((Rect(0, 0, 2048, 513),), b""), width=4096, height=2048),
        with_operations(PhotoTile(Rect(0, 0, 4096, 1025), b""), width=4096, height=2048),
        with_operations(VideoTile(Rect(0, 0, 4097, 2304), b"", True), width=7680, height=4320),
        with_operations(PhotoTile(Rect(0, 0, 9, 9), bytes(MAX_UPDATE_BYTES))),
        Update(1 << 32, 0, 0, WIDTH, HEIGHT, ()),
    ],
)
def test_an_update_beyond_the_limits_is_a_bug_of_ours(wrong: Update) -> None:
    with pytest.raises(LocalError):
        encode_update(wrong)


@pytest.mark.parametrize(
    "fields",
    [{"form": 3}, {"width": 0}, {"width": 9}, {"height": 65535, "width": 65535}, {"count": 2}, {"count": 5000}],
)
def test_a_header_beyond_the_limits_is_refused(fields: dict[str, int]) -> None:
    update = with_operations(Copy(Rect(0, 0, 10, 10), 20, 20))
    assert decode_update(packed(update)) == update
    with pytest.raises(PeerError):
        decode_update(packed(update, **fields))


def test_more_bytes_than_an_update_may_have_are_not_even_looked_at() -> None:
    with pytest.raises(PeerError, match="bytes"):
        decode_update(bytes(MAX_UPDATE_BYTES + 1))
