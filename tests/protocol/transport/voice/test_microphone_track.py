"""The microphone's track: blocks in real time, and nothing in between."""

import asyncio
from itertools import pairwise

import pytest

from protocol.transport.voice.microphone_track import MAX_WAITING, MicrophoneTrack
from protocol.transport.voice.packets import FRAME_SAMPLES

BLOCK = bytes(1920)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_blocks_follow_each_other_and_a_pause_takes_its_time() -> None:
    clock = Clock()
    track = MicrophoneTrack(clock)
    times = []
    for now in (0.02, 0.045, 0.058, 10.0, 10.02):
        clock.now = now
        track.push(BLOCK)
        times.append((await track.recv()).timestamp)
    steps = [after - before for before, after in pairwise(times)]
    assert steps[:2] == [FRAME_SAMPLES, FRAME_SAMPLES]
    assert steps[2] == pytest.approx(9.94 * 48000, abs=FRAME_SAMPLES)
    assert steps[3] == FRAME_SAMPLES


async def test_old_blocks_are_dropped_when_the_line_does_not_take_them() -> None:
    track = MicrophoneTrack(Clock())
    for _ in range(20):
        track.push(BLOCK)
    waiting = [(await track.recv()).timestamp for _ in range(MAX_WAITING)]
    assert waiting[-1] == 20 * FRAME_SAMPLES
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(track.recv(), 0.01)


async def test_nothing_is_left_behind_when_the_microphone_closes() -> None:
    track = MicrophoneTrack(Clock())
    track.push(BLOCK)
    track.discard()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(track.recv(), 0.01)
