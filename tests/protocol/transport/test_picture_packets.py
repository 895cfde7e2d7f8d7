from contextlib import suppress

import pytest
from aiortc.codecs.h264 import H264Encoder
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import LocalError, PeerError
from protocol.picture.updates import MAX_UPDATE_BYTES
from protocol.transport.picture_packets import (
    MAX_FRAGMENTS,
    MAX_PAYLOAD_BYTES,
    is_screen_packet,
    nearest,
    pack_packet,
    parse_packet,
    split_update,
)


@given(st.binary(min_size=1, max_size=9000), st.integers(0, 10**6), st.integers(0, 10**6), st.booleans())
def test_an_update_comes_back_whole_from_its_packets(data, update, number, starts_epoch):
    fragments = split_update(data, update=update, starts_epoch=starts_epoch)
    payloads = [pack_packet(part, number=number, round_trip_s=0.04) for part in fragments]
    packets = [parse_packet(payload) for payload in payloads]
    assert b"".join(packet.fragment.body for packet in packets) == data
    assert all(len(payload) <= MAX_PAYLOAD_BYTES and is_screen_packet(payload) for payload in payloads)
    assert [packet.fragment for packet in packets] == fragments
    assert {packet.number for packet in packets} == {number & 0xFFFF}
    assert {round(packet.round_trip_s, 3) for packet in packets} == {0.04}


@given(st.binary(max_size=1400))
def test_arbitrary_bytes_raise_only_peer_error(data):
    with suppress(PeerError):
        packet = parse_packet(data)
        assert packet.fragment.index < packet.fragment.count <= MAX_FRAGMENTS
        assert packet.fragment.body


@given(st.binary(min_size=1, max_size=1390), st.integers(0x80, 0xFF))
def test_what_only_looks_like_a_screen_packet_raises_only_peer_error(data, kind):
    with suppress(PeerError):
        parse_packet(bytes((kind,)) + data)


def test_the_largest_update_fits_and_a_larger_one_is_refused():
    assert len(split_update(bytes(MAX_UPDATE_BYTES), update=0, starts_epoch=True)) == MAX_FRAGMENTS
    for size in (0, MAX_UPDATE_BYTES + 1):
        with pytest.raises(LocalError):
            split_update(bytes(size), update=0, starts_epoch=True)


@given(st.lists(st.binary(min_size=1, max_size=3000).map(lambda body: b"\x65" + body), min_size=1, max_size=3))
def test_no_packet_of_standard_video_is_taken_for_a_screen_packet(nals):
    assert not any(is_screen_packet(payload) for payload in H264Encoder._packetize(iter(nals)))


@given(st.integers(0, 10**7), st.integers(-0x7FFF, 0x7FFF))
def test_a_number_is_found_again_from_its_low_bits_near_a_known_one(reference, apart):
    assert nearest((reference + apart) & 0xFFFF, reference) == reference + apart
