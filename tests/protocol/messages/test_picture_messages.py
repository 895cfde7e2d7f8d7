from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import PeerError
from protocol.messages.base import encode
from protocol.messages.picture import (
    MAX_REPORT_BYTES,
    CursorPlaced,
    CursorShapeChanged,
    PictureReport,
    decode_cursor,
    decode_picture_report,
)

REPORT = PictureReport(
    number=7,
    highest_packet=0xFFFF,
    received_bytes=2**40,
    lost_packets=12,
    arrived_us=2**50,
    held_us=3,
    delay_us=-17,
    completed_update=-1,
    applied_update=65535,
    new_epoch=True,
)


def test_a_report_comes_back():
    data = encode(REPORT)
    assert len(data) < MAX_REPORT_BYTES
    assert decode_picture_report(data) == REPORT


@pytest.mark.parametrize(
    "change",
    [
        {"highest_packet": 65536},
        {"highest_packet": -1},
        {"completed_update": -2},
        {"applied_update": 65536},
        {"received_bytes": -1},
        {"held_us": 2**54},
        {"delay_us": 2**54},
        {"new_epoch": 1},
        {"surprise": 1},
    ],
)
def test_a_report_out_of_range_is_refused(change):
    fields = msgspec.to_builtins(REPORT) | change
    with pytest.raises(PeerError):
        decode_picture_report(msgspec.msgpack.encode(fields))


@given(st.binary(max_size=600))
def test_arbitrary_bytes_raise_only_peer_error(data):
    with suppress(PeerError):
        decode_picture_report(data)
    with suppress(PeerError):
        decode_cursor(data)


@pytest.mark.parametrize(
    "message", [CursorPlaced(-5, 70, True), CursorShapeChanged(3, 2, 1, 1, 0, bytes(8))], ids=["place", "shape"]
)
def test_the_pointer_comes_back(message):
    assert decode_cursor(encode(message)) == message


@pytest.mark.parametrize(
    "change", [{"width": 3}, {"width": 0}, {"height": 129}, {"hot_x": 128}, {"pixels": bytes(9)}, {"surprise": 1}]
)
def test_a_pointer_that_does_not_fit_is_refused(change):
    fields = msgspec.to_builtins(CursorShapeChanged(3, 2, 1, 1, 0, bytes(8)), builtin_types=(bytes,)) | change
    fields |= {"type": "cursor_shape"}
    with pytest.raises(PeerError):
        decode_cursor(msgspec.msgpack.encode(fields))
