"""The tunnel's hop over a line that loses nothing and is too slow: delay stays bounded, frames stay frames."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.picture.shaper import Pipe, Shape
from protocol.errors import PeerError
from protocol.tunnel import (
    MAX_AGE_S,
    MAX_PAYLOAD_BYTES,
    MAX_WAITING_BYTES,
    Hop,
    datagram_frame,
    parse_datagram,
)

PORTS = st.integers(0, 65535)
STEP_S = 0.001


class TwoEnds:
    """A sender and a receiver with a line between them that queues everything, like TCP through a proxy."""

    def __init__(self, rate_kbps: float, one_way_ms: float = 20.0) -> None:
        self.now = 0.0
        self.sender, self.receiver = Hop(), Hop()
        self.delays: list[float] = []
        self.sent_at: dict[int, float] = {}
        self._forth: list[Pipe] = []
        self._back: list[Pipe] = []
        self._number = 0
        self.change_line(rate_kbps, one_way_ms)

    def change_line(self, rate_kbps: float, one_way_ms: float) -> None:
        """Another line from now on; what is under way still arrives as before."""
        for pipes in (self._forth, self._back):
            pipes.append(Pipe(Shape(delay_ms=one_way_ms, rate_kbps=rate_kbps, queue_bytes=10**9)))

    def run(self, seconds: float, *, offer_kbps: float) -> None:
        """Offer datagrams of 1200 bytes at a rate for a while."""
        end, owed = self.now + seconds, 0.0
        while self.now < end:
            self.now += STEP_S
            owed += offer_kbps * 125 * STEP_S
            while owed >= 1200:
                owed -= 1200
                self._number += 1
                self.sent_at[self._number] = self.now
                payload = self._number.to_bytes(4, "big") + bytes(1196)
                self.sender.offer(datagram_frame(1, 2, payload), self.now)
            self._write(self.sender, self._forth[-1])
            self._write(self.receiver, self._back[-1])
            for frame in self._arrived(self._forth):
                if (datagram := self.receiver.received(frame, self.now)) is not None:
                    number = int.from_bytes(parse_datagram(datagram)[2][:4], "big")
                    self.delays.append(self.now - self.sent_at[number])
            for frame in self._arrived(self._back):
                assert self.sender.received(frame, self.now) is None

    def _arrived(self, pipes: list[Pipe]) -> list[bytes]:
        return [frame for pipe in pipes for frame in pipe.take_due(self.now)]

    def _write(self, end: Hop, pipe: Pipe) -> None:
        while (frame := end.next_frame(self.now)) is not None:
            pipe.accept(frame, self.now)


@pytest.mark.parametrize("rate_kbps", [500, 2_000, 20_000])
def test_delay_does_not_grow_when_more_is_sent_than_the_line_takes(rate_kbps: float) -> None:
    ends = TwoEnds(rate_kbps)
    ends.run(3, offer_kbps=3 * rate_kbps)
    ends.delays.clear()
    ends.run(7, offer_kbps=3 * rate_kbps)
    delays = sorted(ends.delays)
    assert delays[int(len(delays) * 0.95)] < 0.02 + MAX_AGE_S + 0.15
    taken_kbps = len(delays) * 1205 / 125 / 7
    assert taken_kbps > 0.6 * rate_kbps, "the line is used"
    assert ends.sender.dropped > 0, "what does not fit is lost, so the rate control hears of it"


def test_a_line_with_room_loses_nothing_and_adds_nothing() -> None:
    ends = TwoEnds(20_000)
    ends.run(3, offer_kbps=2_000)
    ends.delays.clear()
    lost = ends.sender.dropped
    ends.run(5, offer_kbps=8_000)
    assert ends.sender.dropped == lost
    assert max(ends.delays) < 0.02 + 0.05


def test_a_line_that_becomes_slower_recovers_within_seconds() -> None:
    ends = TwoEnds(20_000)
    ends.run(3, offer_kbps=10_000)
    ends.change_line(1_000, 20.0)
    ends.run(6, offer_kbps=10_000)
    ends.delays.clear()
    ends.run(3, offer_kbps=10_000)
    assert sorted(ends.delays)[int(len(ends.delays) * 0.9)] < 0.02 + MAX_AGE_S + 0.15


def test_a_longer_way_is_not_taken_for_a_queue_for_ever() -> None:
    ends = TwoEnds(10_000, one_way_ms=5.0)
    ends.run(3, offer_kbps=2_000)
    ends.change_line(10_000, 150.0)
    ends.run(12, offer_kbps=2_000)
    before = len(ends.delays)
    ends.run(4, offer_kbps=2_000)
    assert (len(ends.delays) - before) * 1200 / 125 / 4 > 1_000


def test_what_waits_is_bounded_in_bytes_and_the_oldest_goes_first() -> None:
    hop = Hop()
    frames = [datagram_frame(1, 2, number.to_bytes(4, "big") + bytes(1400)) for number in range(400)]
    for frame in frames:
        hop.offer(frame, 0.0)
    assert hop.dropped == 400 - MAX_WAITING_BYTES // len(frames[0])
    assert hop.next_frame(0.0) == frames[hop.dropped]
    assert hop.next_frame(MAX_AGE_S + 0.001) is None
    assert hop.dropped == 399


def test_every_datagram_is_acknowledged_soon() -> None:
    hop = Hop()
    hop.received(datagram_frame(1, 2, b"x"), 5.0)
    assert hop.next_frame(5.0) is None
    due = hop.wake_at()
    assert due is not None
    assert hop.next_frame(due) == b"\x01\x00\x00\x00\x01"
    assert hop.wake_at() is None


def test_more_acknowledged_than_sent_is_refused() -> None:
    with pytest.raises(PeerError):
        Hop().received(b"\x01\x00\x00\x00\x01", 0.0)


@given(PORTS, PORTS, st.binary(min_size=1, max_size=MAX_PAYLOAD_BYTES))
def test_a_datagram_is_what_was_put_in(to_port: int, from_port: int, payload: bytes) -> None:
    assert parse_datagram(datagram_frame(to_port, from_port, payload)) == (to_port, from_port, payload)


@given(st.lists(st.binary(max_size=2000), max_size=20))
def test_arbitrary_frames_raise_only_peer_errors_and_hold_no_memory(frames: list[bytes]) -> None:
    hop = Hop()
    for frame in frames:
        with contextlib.suppress(PeerError):
            hop.received(frame, 0.0)
    assert hop.delivered <= len(frames)
    with contextlib.suppress(PeerError):
        parse_datagram(b"".join(frames))
