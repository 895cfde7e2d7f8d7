"""Short heads: what arrives is what was sent, byte for byte, and no bytes do more harm than a broken update."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import PeerError
from protocol.picture.short_heads import HeadRestorer, HeadShortener
from protocol.picture.updates import Update, decode_update, encode_update

WHOLE, SHORT = 19, 4
steps = st.tuples(
    st.sampled_from(("next", "next", "next", "epoch", "fresh", "skip", "size")),
    st.sampled_from((0, 1, 16, 500, 65535, 65536, 2**31, 2**32 - 1)),
)


def played(plan: list[tuple[str, int]]) -> list[Update]:
    updates = [Update(1, 0, 2**32 - 700, 640, 360, ())]
    for kind, since_ms in plan:
        before = updates[-1]
        epoch, number, width = before.epoch, before.number + 1, before.width
        if kind == "epoch":
            epoch, number = epoch + 1, 0
        elif kind == "size":
            width += 1
        elif kind == "skip":
            number += 1
        captured_ms = (before.captured_ms + since_ms) % 2**32
        updates.append(Update(epoch, number, captured_ms, width, 360, (), kind == "fresh"))
    return updates


@given(st.lists(steps, max_size=20))
def test_every_update_comes_back_byte_for_byte(plan: list[tuple[str, int]]) -> None:
    shortener, restorer = HeadShortener(), HeadRestorer()
    for update in played(plan):
        whole = encode_update(update)
        assert restorer.restored(shortener.shortened(whole), starts_epoch=update.number == 0) == whole


def test_only_what_follows_in_its_epoch_is_shorter() -> None:
    plan = [
        ("next", 500),
        ("next", 65536),
        ("fresh", 1),
        ("next", 1),
        ("size", 1),
        ("skip", 1),
        ("epoch", 1),
        ("next", 0),
    ]
    shortener = HeadShortener()
    sizes = [len(shortener.shortened(encode_update(update))) for update in played(plan)]
    assert sizes == [WHOLE, SHORT, WHOLE, WHOLE, SHORT, WHOLE, WHOLE, WHOLE, SHORT]


@given(st.lists(st.tuples(st.binary(max_size=30), st.booleans()), max_size=8))
def test_no_bytes_raise_anything_but_peer_error(received: list[tuple[bytes, bool]]) -> None:
    restorer = HeadRestorer()
    for data, starts_epoch in received:
        with suppress(PeerError):
            decode_update(restorer.restored(data, starts_epoch=starts_epoch))


def test_one_that_follows_nothing_is_no_update() -> None:
    restorer, short = HeadRestorer(), b"\x03\x01\x00\x00"
    for starts_epoch in (False, True):
        assert restorer.restored(short, starts_epoch=starts_epoch) == short
    last = encode_update(Update(1, 2**32 - 1, 0, 640, 360, ()))
    assert restorer.restored(last, starts_epoch=True) == last
    assert restorer.restored(short, starts_epoch=False) == short


def test_an_epoch_forgets_what_was_before_it() -> None:
    restorer = HeadRestorer()
    restorer.restored(encode_update(Update(1, 0, 0, 640, 360, ())), starts_epoch=True)
    short = b"\x03\x01\x00\x00"
    assert restorer.restored(short, starts_epoch=True) == short
    assert restorer.restored(short, starts_epoch=False) == short
