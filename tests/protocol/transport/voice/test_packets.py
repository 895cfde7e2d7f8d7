"""Voice packets: what was packed comes back, and hostile bytes raise only PeerError."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import PeerError
from protocol.transport.voice.packets import (
    FRAME_SAMPLES,
    MAX_COPIES,
    EncodedFrame,
    checked_frame,
    opus_samples,
    pack_redundant,
    unpack_redundant,
)

TWENTY_MS = st.sampled_from([0x08, 0x48, 0x78, 0x98, 0xF8])
"""First bytes of Opus packets that hold one frame of 20 ms."""


@st.composite
def opus_frames(draw: st.DrawFn, longest: int = 1000) -> bytes:
    return bytes([draw(TWENTY_MS)]) + draw(st.binary(max_size=longest))


@given(opus_frames(), st.lists(opus_frames(), max_size=MAX_COPIES))
def test_frames_come_back_in_order(newest: bytes, earlier: list[bytes]) -> None:
    copies = tuple(
        EncodedFrame(data, FRAME_SAMPLES * (len(earlier) - position)) for position, data in enumerate(earlier)
    )
    assert unpack_redundant(pack_redundant(96, newest, copies)) == (*copies, EncodedFrame(newest))


def test_copies_too_long_or_too_old_are_left_out() -> None:
    long, old = EncodedFrame(b"\x08" + bytes(1023), 960), EncodedFrame(b"\x08a", 1 << 14)
    assert unpack_redundant(pack_redundant(96, b"\x08b", (long, old))) == (EncodedFrame(b"\x08b"),)


@given(st.binary(max_size=1500))
def test_arbitrary_bytes_raise_only_peer_error(payload: bytes) -> None:
    with suppress(PeerError):
        frames = unpack_redundant(payload)
        assert all(opus_samples(frame.data) == FRAME_SAMPLES for frame in frames)
        assert 1 <= len(frames) <= MAX_COPIES + 1


@given(opus_frames(), st.lists(opus_frames(), min_size=1, max_size=2), st.data())
def test_a_packet_that_is_cut_off_raises_or_loses_only_its_end(
    newest: bytes, earlier: list[bytes], data: st.DataObject
) -> None:
    packet = pack_redundant(96, newest, tuple(EncodedFrame(frame, FRAME_SAMPLES) for frame in earlier))
    cut = packet[: data.draw(st.integers(0, len(packet) - 1))]
    with suppress(PeerError):
        *copies, last = unpack_redundant(cut)
        assert [copy.data for copy in copies] == earlier
        assert newest.startswith(last.data)


@pytest.mark.parametrize(
    ("first", "samples"),
    [
        (b"\x00", 480),
        (b"\x08", 960),
        (b"\x10", 1920),
        (b"\x18", 2880),
        (b"\x60", 480),
        (b"\x68", 960),
        (b"\x80", 120),
        (b"\xf8", 960),
        (b"\xf9", 1920),
        (b"\x0b\x03", 2880),
        (b"\x0b", 0),
        (b"", 0),
    ],
)
def test_the_duration_is_read_from_the_first_bytes(first: bytes, samples: int) -> None:
    assert opus_samples(first) == samples


@pytest.mark.parametrize("data", [b"", b"\x00abc", b"\x10abc", b"\x08" + bytes(1275)])
def test_a_frame_that_is_not_twenty_milliseconds_is_refused(data: bytes) -> None:
    with pytest.raises(PeerError):
        checked_frame(data)
