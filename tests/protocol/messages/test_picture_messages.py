from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import PeerError
from protocol.messages.base import encode
from protocol.messages.picture import MAX_REPORT_BYTES, PictureReport, decode_picture_report
from protocol.messages.session import decode_control

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


def test_a_report_comes_back_on_the_control_channel_and_on_its_own():
    data = encode(REPORT)
    assert len(data) < MAX_REPORT_BYTES
    assert decode_control(data) == REPORT
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
