"""The jitter buffer for voice: which 20 ms to play now, so that the other person is heard soon and without holes. Pure.

aiortc's own buffer (16 packets, prefetch 4) adds 80 ms, and 280 ms for ever after the first lost packet. This one aims
at 20 to 60 ms by what the line's jitter asks for. It is moved by the speaker's clock: one call of `next_frame` for
every 20 ms played. Time is passed in: monotonic seconds.
"""

import math
from collections import deque
from dataclasses import dataclass
from enum import Enum

from protocol.transport.voice.packets import FRAME_S, FRAME_SAMPLES, EncodedFrame

LEAST_DELAY_S = 0.02
MOST_DELAY_S = 0.06
"""How long a frame waits here by intention, between its arrival and its turn."""

FIRST_DELAY_S = 0.04
"""The same before anything is known about the line."""

MOST_EXTRA_FRAMES = 2
"""Frames beyond the intended delay that may wait here; more are dropped at once."""

IDLE_AFTER_FRAMES = 5
"""Turns without anything to play after which the person has stopped talking."""

FADE_FRAMES = 3
"""Turns for which a hole is filled with something like what came before; then silence."""

MAX_AHEAD_FRAMES = 50
"""A frame this far ahead of its turn starts a new beginning; with it the buffer's memory is bounded."""

LATE_IN_A_ROW = 25
"""So many frames too late, and none in time: the sender's clock has jumped, and we begin anew with it."""

_LONG_AGO = -(2**62)
_SEEN_PLACES = 64
_JITTER_SAMPLES = 150
_JITTER_SHARE = 0.97
_SLACK_FRAMES = 25


class Turn(Enum):
    """What a turn of 20 ms is filled with."""

    FRAME = "frame"
    HOLE = "hole"
    SILENCE = "silence"


@dataclass(frozen=True)
class Playout:
    """One turn. With FRAME, `data` is to be played; `merged` is a frame before it to fold in, to catch up 20 ms."""

    turn: Turn
    data: bytes = b""
    merged: bytes = b""


_HOLE = Playout(Turn.HOLE)
_SILENCE = Playout(Turn.SILENCE)


@dataclass
class PlayoutCounts:
    """What happened to frames so far."""

    played: int = 0
    holes: int = 0
    late: int = 0
    dropped: int = 0


class PlayoutBuffer:
    """Frames by their place in time; a place is 20 ms of the sender's RTP clock."""

    def __init__(self) -> None:
        self.counts = PlayoutCounts()
        self._frames: dict[int, tuple[bytes, float]] = {}
        self._newest_timestamp: int | None = None
        self._newest_place = 0
        self._next: int | None = None
        self._filling_since: float | None = None
        self._last_played = _LONG_AGO
        self._seen: deque[int] = deque(maxlen=_SEEN_PLACES)
        self._waited = 0
        self._late_in_a_row = 0
        self._transits: deque[float] = deque(maxlen=_JITTER_SAMPLES)
        self._slacks: deque[float] = deque(maxlen=_SLACK_FRAMES)
        self._delay_s = FIRST_DELAY_S

    @property
    def delay_s(self) -> float:
        """How long frames are meant to wait here: 0.02 to 0.06 s, by the jitter seen."""
        return self._delay_s

    @property
    def held(self) -> int:
        """Frames waiting for their turn: at most 51."""
        return len(self._frames)

    @property
    def idle(self) -> bool:
        """Nobody is talking: nothing waits, and nothing is due."""
        return self._next is None

    def put(self, timestamp: int, frames: tuple[EncodedFrame, ...], now: float) -> None:
        """Take the frames of one packet with RTP time `timestamp` (32 bit), in any order, any number of times."""
        for frame in frames:
            place = self._place_of((timestamp - frame.age_samples) & 0xFFFFFFFF)
            self._put(place, frame.data, now)

    def next_frame(self, now: float) -> Playout:
        """Return what to play for the next 20 ms."""
        if self._next is None or self._still_filling(now):
            return _SILENCE
        self._drop_excess()
        if not self._frames:
            return self._nothing_there()
        gap = min(self._frames) - self._next
        self._next += min(gap, self._waited)
        self._waited = 0
        if self._next not in self._frames:
            self._next += 1
            self.counts.holes += 1
            return _HOLE
        return self._play(now)

    def _place_of(self, timestamp: int) -> int:
        if self._newest_timestamp is None:
            self._newest_timestamp = timestamp
        ahead = (timestamp - self._newest_timestamp + 2**31) % 2**32 - 2**31
        place = self._newest_place + round(ahead / FRAME_SAMPLES)
        if ahead > 0:
            self._newest_timestamp = timestamp
            self._newest_place = place
        return place

    def _put(self, place: int, data: bytes, now: float) -> None:
        if place in self._frames or place in self._seen:
            return
        self._seen.append(place)
        if self._next is not None and place - self._next > MAX_AHEAD_FRAMES:
            self._stop_talking()
        self._note_transit(now - place * FRAME_S)
        if self._is_late(place):
            self.counts.late += 1
            self._late_in_a_row += 1
            if self._late_in_a_row < LATE_IN_A_ROW:
                return
            self._begin_anew()
        self._late_in_a_row = 0
        if self._next is None:
            self._next, self._filling_since = place, now
        self._next = min(place, self._next)
        self._frames[place] = (data, now)

    def _is_late(self, place: int) -> bool:
        if place <= self._last_played:
            return True
        if self._next is None or place >= self._next:
            return False
        return self._filling_since is None or self._next - place > MOST_EXTRA_FRAMES

    def _note_transit(self, transit: float) -> None:
        self._transits.append(transit)
        if len(self._transits) % 10 == 0:
            ordered = sorted(self._transits)
            spread = ordered[int(len(ordered) * _JITTER_SHARE)] - ordered[0]
            self._delay_s = min(max(spread, LEAST_DELAY_S), MOST_DELAY_S)

    def _still_filling(self, now: float) -> bool:
        # half a frame less: the speaker asks only every 20 ms, so on average the wait is what is intended
        if self._filling_since is not None and now - self._filling_since < self._delay_s - FRAME_S / 2:
            return True
        self._filling_since = None
        return False

    def _nothing_there(self) -> Playout:
        """Wait for what may only be late; what turns out lost meanwhile is not waited for a second time."""
        self._waited += 1
        if self._waited > IDLE_AFTER_FRAMES:
            self._stop_talking()
            return _SILENCE
        if self._waited > FADE_FRAMES:
            return _SILENCE
        self.counts.holes += 1
        return _HOLE

    def _stop_talking(self) -> None:
        if self._next is not None:
            self._last_played = max(self._last_played, self._next - 1)
        self.counts.dropped += len(self._frames)
        self._frames.clear()
        self._slacks.clear()
        self._next, self._filling_since, self._waited = None, None, 0

    def _begin_anew(self) -> None:
        self._stop_talking()
        self._last_played = _LONG_AGO
        self._transits.clear()
        self._delay_s = FIRST_DELAY_S

    def _drop_excess(self) -> None:
        """Drop what is held beyond the bound: it came in one heap after the line had stood still."""
        if not self._frames or self._next is None:
            return
        wanted = math.ceil(self._delay_s / FRAME_S)
        newest = max(self._frames)
        if newest - self._next + 1 <= wanted + MOST_EXTRA_FRAMES:
            return
        self._next = newest - wanted + 1
        for place in [place for place in self._frames if place < self._next]:
            del self._frames[place]
            self.counts.dropped += 1
        self._slacks.clear()

    def _play(self, now: float) -> Playout:
        assert self._next is not None
        data, arrived = self._frames.pop(self._next)
        self._slacks.append(now - arrived)
        merged = b""
        if self._runs_behind() and self._next + 1 in self._frames:
            merged, (data, _) = data, self._frames.pop(self._next + 1)
            self._next += 1
            self.counts.dropped += 1
            self._slacks.clear()
        self._last_played = self._next
        self._next += 1
        self.counts.played += 1
        return Playout(Turn.FRAME, data, merged)

    def _runs_behind(self) -> bool:
        """Whether for half a second no frame was in a hurry: a delay that is not needed, or a faster sender's clock."""
        return len(self._slacks) == _SLACK_FRAMES and min(self._slacks) > self._delay_s + FRAME_S / 2
