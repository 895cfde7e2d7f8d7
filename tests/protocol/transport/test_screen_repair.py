from aiortc.rtp import RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from protocol.transport.picture_packets import pack_packet, split_update
from protocol.transport.repair import MarkerJitterBuffer, RepeatingNackGenerator
from protocol.transport.screen_repair import ScreenNacks, ScreenStreamBuffer, ScreenUpdates
from protocol.transport.update_assembly import patience_s


def packet_of(payload: bytes, sequence: int = 0) -> RtpPacket:
    packet = RtpPacket(sequence_number=sequence & 0xFFFF, timestamp=1, payload=payload)
    packet._data = payload
    return packet


def screen_packet(number: int, *, first: int = 0, round_trip_s: float = 0.1, update: int | None = None) -> RtpPacket:
    """A whole one-packet update."""
    update = number if update is None else update
    (fragment,) = split_update(b"%d" % update, update=update, starts_epoch=update == 0)
    return packet_of(pack_packet(fragment, number=number, round_trip_s=round_trip_s), first + number)


def test_whole_updates_come_out_of_the_installed_buffer_with_how_they_were_received():
    buffer = MarkerJitterBuffer(512, is_video=True, clock=lambda: 5.0)
    asked, frame = buffer.add(screen_packet(0))
    assert not asked
    assert isinstance(frame, ScreenUpdates)
    assert [update.data for update in frame.updates] == [b"0"]
    assert (frame.completed, frame.arrived, frame.reception.highest_packet) == (0, 5.0, 0)


def test_a_hopeless_gap_asks_for_a_new_epoch_and_reception_is_told_meanwhile():
    buffer = ScreenStreamBuffer()
    buffer.add(screen_packet(0), 0.0)
    assert buffer.add(screen_packet(2), 0.1)[0] is False
    asked, frame = buffer.add(screen_packet(3), 0.1 + patience_s(0.1))
    assert asked
    assert frame is not None
    assert (frame.updates, frame.reception.lost_packets, frame.completed) == ([], 1, 0)


def test_how_a_long_update_is_received_is_told_early_but_less_and_less_often():
    buffer, noted = ScreenStreamBuffer(), []
    buffer.add(screen_packet(0), 0.0)
    for number, fragment in enumerate(split_update(bytes(200_000), update=1, starts_epoch=False), start=1):
        _, frame = buffer.add(packet_of(pack_packet(fragment, number=number, round_trip_s=0.1)), 0.001)
        if frame is not None:
            noted.append(number)
    assert noted[:3] == [9, 26, 59]
    assert len(noted) <= 6


@given(st.lists(st.tuples(st.binary(max_size=1300), st.integers(0, 0xFFFF)), max_size=30))
def test_hostile_packets_raise_nothing(claims):
    buffer, nacks = MarkerJitterBuffer(512, is_video=True), RepeatingNackGenerator()
    for payload, sequence in claims:
        for disguised in (payload, b"\x80" + payload, b"\x83" + payload):
            packet = packet_of(disguised, sequence)
            nacks.add(packet)
            assert len(nacks.missing) <= 1024
            buffer.add(packet)


@given(st.integers(0, 0xFFFF), st.sets(st.integers(1, 60), max_size=20))
def test_each_lost_packet_is_asked_for_at_once(first, lost):
    nacks, asked = ScreenNacks(), set()
    for number in range(62):
        if number not in lost:
            asked |= nacks.due(screen_packet(number, first=first), 0.0)
    assert asked == {(first + number) & 0xFFFF for number in lost}


def test_a_packet_that_stays_missing_is_asked_for_again_until_it_comes():
    nacks = ScreenNacks()
    nacks.due(screen_packet(0), 0.0)
    assert nacks.due(screen_packet(2), 0.0) == {1}
    assert nacks.due(screen_packet(3), 0.02) == set()
    assert nacks.due(screen_packet(4), 0.11) == {1}
    assert nacks.due(screen_packet(5), 0.12) == set()
    assert nacks.due(screen_packet(1), 0.13) == set()
    assert nacks.due(screen_packet(6), 9.0) == set()


def test_what_the_sender_no_longer_has_is_not_asked_for():
    nacks = ScreenNacks()
    nacks.due(screen_packet(0), 0.0)
    nacks.due(screen_packet(2), 0.0)
    assert len(nacks.due(screen_packet(3000), 1.0)) <= 256
    assert 1 not in nacks.due(screen_packet(3001), 5.0)
