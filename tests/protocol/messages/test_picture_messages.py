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
    PicturePreset,
    PictureQuality,
    PictureReport,
    PictureWanted,
    decode_cursor,
    decode_picture_report,
)
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
    fields = msgspec.structs.asdict(REPORT) | change
    with pytest.raises(PeerError):
        decode_picture_report(msgspec.msgpack.encode(["picture_report", *fields.values()]))


def test_a_report_is_short_on_the_wire():
    assert len(encode(REPORT)) < 64


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


QUALITY = PictureQuality(
    reduced=True,
    rate_kbit=800,
    loss_permille=31,
    scale_percent=50,
    photo_quality=25,
    updates_per_s=15,
    capture_us=2100,
    encode_us=8400,
)


@given(st.sampled_from(PicturePreset), st.booleans())
def test_every_wish_comes_back_on_the_control_channel(preset, figures):
    wish = PictureWanted(preset, figures)
    assert decode_control(encode(wish)) == wish


@given(
    st.builds(
        PictureQuality,
        reduced=st.booleans(),
        rate_kbit=st.integers(0, 10_000_000),
        loss_permille=st.integers(0, 1000),
        scale_percent=st.integers(1, 100),
        photo_quality=st.integers(1, 100),
        updates_per_s=st.integers(1, 1000),
        capture_us=st.integers(0, 60_000_000),
        encode_us=st.integers(0, 60_000_000),
    )
)
def test_every_quality_comes_back_on_the_control_channel(quality):
    data = encode(quality)
    assert len(data) < 180
    assert decode_control(data) == quality


@pytest.mark.parametrize(
    ("message", "change"),
    [
        (PictureWanted(PicturePreset.SHARP, False), {"preset": "sharpest"}),
        (PictureWanted(PicturePreset.SHARP, False), {"figures": 1}),
        (PictureWanted(PicturePreset.SHARP, False), {"surprise": 1}),
        (QUALITY, {"reduced": None}),
        (QUALITY, {"rate_kbit": -1}),
        (QUALITY, {"rate_kbit": 10_000_001}),
        (QUALITY, {"loss_permille": 1001}),
        (QUALITY, {"scale_percent": 0}),
        (QUALITY, {"photo_quality": 101}),
        (QUALITY, {"updates_per_s": 0}),
        (QUALITY, {"capture_us": -1}),
        (QUALITY, {"encode_us": 60_000_001}),
        (QUALITY, {"surprise": 1}),
    ],
)
def test_a_wish_or_quality_out_of_range_is_refused(message, change):
    fields = {"type": message.__struct_config__.tag, **msgspec.to_builtins(message), **change}
    with pytest.raises(PeerError):
        decode_control(msgspec.msgpack.encode(fields))
