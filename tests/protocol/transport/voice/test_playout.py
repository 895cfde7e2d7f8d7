"""The jitter buffer in virtual time: what it adds, how it settles, and what no packet can make it do."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from protocol.transport.voice.packets import FRAME_S, FRAME_SAMPLES, EncodedFrame
from protocol.transport.voice.playout import (
    IDLE_AFTER_FRAMES,
    LATE_IN_A_ROW,
    MAX_AHEAD_FRAMES,
    MOST_DELAY_S,
    MOST_EXTRA_FRAMES,
    PlayoutBuffer,
    Turn,
)

ONE_WAY_S = 0.03


@dataclass
class Talk:
    """What was heard of a talk: for each frame how long after it was spoken it was played (s)."""

    buffer: PlayoutBuffer
    delays: dict[int, float]

    def delay_of(self, first: int, count: int = 20) -> float:
        """Return the longest delay among frames `first` to `first + count - 1` that were played."""
        return max(self.delays[frame] for frame in range(first, first + count) if frame in self.delays)


def talk(
    frames: int,
    *,
    one_way: Callable[[int], float] = lambda frame: ONE_WAY_S,
    lost: Callable[[int], bool] = lambda frame: False,
    copied: bool = False,
    speaker_clock: float = 1.0,
    origin: int = 0,
) -> Talk:
    """Send `frames` x 20 ms through a line and play them; frame n is spoken at n x 20 ms."""
    arrivals = sorted((frame * FRAME_S + one_way(frame), frame) for frame in range(frames) if not lost(frame))
    buffer, delays, now = PlayoutBuffer(), {}, 0.007
    while now < frames * FRAME_S + 1.0:
        while arrivals and arrivals[0][0] <= now:
            arrived, frame = arrivals.pop(0)
            before = (EncodedFrame(b"%d" % (frame - 1), FRAME_SAMPLES),) if copied and frame else ()
            buffer.put((origin + frame * FRAME_SAMPLES) % 2**32, (*before, EncodedFrame(b"%d" % frame)), arrived)
        playout = buffer.next_frame(now)
        if playout.turn is Turn.FRAME:
            delays[int(playout.data)] = now - int(playout.data) * FRAME_S
        now += FRAME_S * speaker_clock
    return Talk(buffer, delays)


def test_a_clean_line_costs_at_most_two_frames() -> None:
    heard = talk(500)
    assert len(heard.delays) >= 499
    assert heard.delay_of(100) <= ONE_WAY_S + 0.04
    assert heard.buffer.counts.holes <= 1 + IDLE_AFTER_FRAMES


def test_a_burst_of_loss_adds_at_most_sixty_milliseconds_and_settles() -> None:
    for burst in (1, 2, 3, 4, 5, 6, 8, 12, 25, 50):
        heard = talk(600, lost=lambda frame, burst=burst: 200 <= frame < 200 + burst)
        before = heard.delay_of(180)
        assert heard.delay_of(200 + burst) <= before + 0.06
        assert heard.delay_of(200 + burst + 150) <= before + 0.001
        assert len(heard.delays) >= 600 - burst - 3


def test_scattered_loss_adds_nothing_for_good() -> None:
    chance = random.Random(4)
    heard = talk(3000, lost=lambda frame: chance.random() < 0.05)
    assert max(heard.delay_of(first) for first in range(200, 2900, 50)) <= heard.delay_of(100) + 0.06
    assert heard.delay_of(2950) <= heard.delay_of(100) + 0.021


def test_with_copies_a_lost_packet_is_not_missed() -> None:
    chance = random.Random(5)
    lost = [False, *(chance.random() < 0.05 for _ in range(2999))]
    heard = talk(3000, lost=lambda frame: lost[frame], copied=True)
    missed = 3000 - len(heard.delays) - heard.buffer.counts.dropped
    in_a_row = sum(lost[frame] and lost[frame + 1] for frame in range(2999))
    assert missed <= in_a_row + 8
    assert heard.delay_of(2900) <= ONE_WAY_S + 0.02 + 0.06


def test_jitter_is_met_with_more_delay_and_hardly_any_hole() -> None:
    chance = random.Random(6)
    heard = talk(2000, one_way=lambda frame: ONE_WAY_S + chance.random() * 0.04)
    assert heard.buffer.counts.holes + heard.buffer.counts.late < 30
    assert heard.delay_of(1900) <= ONE_WAY_S + MOST_DELAY_S + 0.02


def test_a_line_that_stood_still_is_caught_up_with() -> None:
    heard = talk(1000, one_way=lambda frame: ONE_WAY_S + max(0.0, 0.3 - (frame - 300) * FRAME_S) * (frame >= 300))
    assert heard.delay_of(320) <= heard.delay_of(280) + 0.06
    assert heard.delay_of(600) <= heard.delay_of(280) + 0.001


def test_clocks_that_differ_do_not_add_up() -> None:
    for clock in (1.0003, 0.9997):
        heard = talk(20_000, speaker_clock=clock)
        for first in range(1000, 19_900, 1000):
            assert heard.delay_of(first) <= ONE_WAY_S + 0.065
        assert len(heard.delays) + heard.buffer.counts.dropped >= 19_990


def test_the_clock_of_the_sender_may_wrap_around() -> None:
    heard = talk(300, origin=2**32 - 100 * FRAME_SAMPLES)
    assert len(heard.delays) >= 299


def test_a_pause_begins_anew_with_a_small_delay() -> None:
    buffer = PlayoutBuffer()
    for start, now in ((0, 0.0), (5000, 100.0)):
        heard = []
        for turn in range(30):
            if turn < 20:
                buffer.put((start + turn) * FRAME_SAMPLES, (EncodedFrame(b"x"),), now)
            heard.append(buffer.next_frame(now).turn)
            now += FRAME_S
        assert heard.count(Turn.FRAME) == 20
        assert heard.index(Turn.FRAME) <= 2
        assert buffer.idle


def test_a_sender_whose_clock_jumps_back_is_heard_again_soon() -> None:
    buffer = PlayoutBuffer()
    now, heard = 0.0, 0
    for turn in range(200):
        place = 100_000 + turn if turn < 100 else turn
        buffer.put(place * FRAME_SAMPLES, (EncodedFrame(b"x"),), now)
        heard += turn >= 100 and buffer.next_frame(now).turn is Turn.FRAME
        now += FRAME_S
    assert heard >= 100 - LATE_IN_A_ROW - 5


PACKETS = st.tuples(
    st.integers(0, 2**32 - 1) | st.integers(0, 200).map(lambda place: place * FRAME_SAMPLES),
    st.lists(st.builds(EncodedFrame, st.just(b"x"), st.integers(0, 2**14 - 1)), min_size=1, max_size=3),
)


@given(st.lists(st.one_of(PACKETS, st.none()), max_size=300), st.randoms(use_true_random=False))
def test_whatever_comes_memory_is_bounded_and_a_turn_is_one_frame(events: list, chance: random.Random) -> None:
    buffer, now, put = PlayoutBuffer(), 0.0, 0
    for event in events:
        now += chance.random() * 0.03
        if event is None:
            playout = buffer.next_frame(now)
            assert (playout.turn is Turn.FRAME) == bool(playout.data)
        else:
            buffer.put(event[0], tuple(event[1]), now)
            put += len(event[1])
        assert buffer.held <= MAX_AHEAD_FRAMES + 1 + MOST_EXTRA_FRAMES
        assert 0.02 <= buffer.delay_s <= 0.06
    counts = buffer.counts
    assert counts.played + counts.dropped + buffer.held <= put


@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=200),
    st.randoms(use_true_random=False),
)
def test_frames_are_played_once_and_in_order_however_they_come(places: list[int], chance: random.Random) -> None:
    buffer, now, played = PlayoutBuffer(), 0.0, []
    for place in places:
        buffer.put(place * FRAME_SAMPLES, (EncodedFrame(b"%d" % place),), now)
        if chance.random() < 0.5:
            now += FRAME_S
            playout = buffer.next_frame(now)
            played += [int(frame) for frame in (playout.merged, playout.data) if frame]
    assert len(set(played)) == len(played)
    if buffer.counts.late < LATE_IN_A_ROW:
        assert played == sorted(played)
