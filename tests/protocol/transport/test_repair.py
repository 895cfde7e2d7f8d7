"""Pictures come out whole, in order and at once, whatever the network does to their packets."""

from aiortc.rtp import RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from protocol.transport.repair import GAP_TIMEOUT_S, NACK_INTERVAL_S, MarkerJitterBuffer, RepeatingNackGenerator

KEY = b"\x00\x00\x00\x01\x67"
DELTA = b"\x00\x00\x00\x01\x41"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def packets_of(pictures: list[tuple[bytes, int]], first: int = 65530) -> list[RtpPacket]:
    made = []
    sequence = first
    for number, (start, count) in enumerate(pictures):
        for part in range(count):
            packet = RtpPacket(sequence_number=sequence, timestamp=number * 3000, marker=int(part == count - 1))
            packet._data = (start if part == 0 else b"") + bytes([number, part])
            made.append(packet)
            sequence = (sequence + 1) % 65536
    return made


def whole(start: bytes, number: int, count: int) -> bytes:
    return start + b"".join(bytes([number, part]) for part in range(count))


def test_a_picture_is_released_by_its_last_packet_without_waiting_for_the_next() -> None:
    buffer = MarkerJitterBuffer(512, is_video=True, clock=Clock())
    results = [buffer.add(packet)[1] for packet in packets_of([(KEY, 3)])]
    assert results[:2] == [None, None]
    assert results[2] is not None
    assert results[2].parts == [whole(KEY, 0, 3)]


def test_a_repaired_loss_releases_everything_that_waited_in_order() -> None:
    buffer = MarkerJitterBuffer(512, is_video=True, clock=Clock())
    packets = packets_of([(KEY, 2), (DELTA, 2), (DELTA, 1)])
    for packet in (packets[0], packets[2], packets[3], packets[4]):
        assert buffer.add(packet) == (False, None)
    asked, pictures = buffer.add(packets[1])
    assert not asked
    assert pictures is not None
    assert pictures.parts == [whole(KEY, 0, 2), whole(DELTA, 1, 2), whole(DELTA, 2, 1)]
    assert pictures.timestamp == 6000


def test_a_loss_that_is_never_repaired_asks_for_a_key_frame_and_shows_nothing_broken() -> None:
    clock = Clock()
    buffer = MarkerJitterBuffer(512, is_video=True, clock=clock)
    packets = packets_of([(KEY, 1), (DELTA, 2), (DELTA, 1), (DELTA, 1), (KEY, 1)])
    assert buffer.add(packets[0])[1] is not None
    buffer.add(packets[2])
    clock.now += GAP_TIMEOUT_S + 0.01
    asked, pictures = buffer.add(packets[3])
    assert asked
    assert pictures is None
    assert buffer.add(packets[4])[1] is None
    _, pictures = buffer.add(packets[5])
    assert pictures is not None
    assert pictures.parts == [whole(KEY, 4, 1)]


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=12),
    st.randoms(use_true_random=False),
    st.integers(0, 65535),
)
def test_any_reordering_and_duplication_within_reach_gives_every_picture_once_in_order(sizes, random, first) -> None:
    packets = packets_of([(KEY, size) for size in sizes], first)
    shuffled = packets[:1] + sorted(packets[1:], key=lambda packet: random.random())
    shuffled += random.sample(packets, k=min(3, len(packets)))
    buffer = MarkerJitterBuffer(512, is_video=True, clock=Clock())
    parts = [part for packet in shuffled if (found := buffer.add(packet)[1]) is not None for part in found.parts]
    assert parts == [whole(KEY, number, size) for number, size in enumerate(sizes)]


def test_a_missing_packet_is_asked_for_again_until_it_comes() -> None:
    clock = Clock()
    nacks = RepeatingNackGenerator(clock=clock)
    packets = packets_of([(KEY, 6)], first=10)
    assert not nacks.add(packets[0])
    assert nacks.add(packets[2])
    assert not nacks.add(packets[3])
    clock.now += NACK_INTERVAL_S
    assert nacks.add(packets[4])
    assert nacks.missing == {11}
    assert not nacks.add(packets[1])
    assert not nacks.missing
