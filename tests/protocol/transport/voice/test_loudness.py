"""Levels, holes that are filled, and the gate that keeps an empty room off the line."""

from array import array
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.transport.voice.loudness import (
    GATE_HOLD_BLOCKS,
    SILENCE_DB,
    SILENT_BLOCK,
    Smoother,
    SpeechGate,
    fold,
    level_db,
    samples_of,
)
from protocol.transport.voice.packets import FRAME_BYTES, FRAME_SAMPLES
from tests.support.sounds import share_of_tone, sine


def test_the_level_of_known_sounds() -> None:
    assert level_db(SILENT_BLOCK) == SILENCE_DB
    assert level_db(b"") == SILENCE_DB
    assert level_db(sine(440, 0, amplitude=32767)) == pytest.approx(-3.0, abs=0.1)
    assert level_db(sine(440, 0, amplitude=3277)) == pytest.approx(-23.0, abs=0.1)
    assert level_db(array("h", [-32768] * FRAME_SAMPLES).tobytes()) == 0.0


@given(st.binary(max_size=FRAME_BYTES + 1))
def test_the_level_is_always_between_silence_and_full_scale(block: bytes) -> None:
    assert SILENCE_DB <= level_db(block) <= 0.0


def largest_step(sound: bytes) -> int:
    samples = samples_of(sound)
    return max(abs(after - before) for before, after in pairwise(samples))


def test_a_hole_is_filled_without_a_click_and_fades() -> None:
    smoother = Smoother()
    blocks = [smoother.block(sine(440, number)) for number in range(3)]
    holes = [smoother.hole() for _ in range(5)]
    levels = [level_db(block) for block in holes]
    assert levels == sorted(levels, reverse=True)
    assert holes[3:] == [SILENT_BLOCK, SILENT_BLOCK]
    back = smoother.block(sine(440, 8))
    ordinary = largest_step(blocks[0])
    assert largest_step(b"".join([blocks[-1], *holes, back])) <= 2 * ordinary


def test_sound_returns_from_a_short_hole_without_a_click() -> None:
    smoother = Smoother()
    first = smoother.block(sine(440, 0))
    sound = first + smoother.hole() + smoother.block(sine(440, 2))
    assert largest_step(sound) <= 2 * largest_step(first)


def test_folding_saves_a_block_and_keeps_the_tone() -> None:
    folded = fold(sine(450, 1), sine(450, 2))
    assert len(folded) == FRAME_BYTES
    assert share_of_tone(folded, 450) > 0.9


@given(st.lists(st.sampled_from(["block", "hole", "silence"]), max_size=30), st.binary(min_size=1920, max_size=1920))
def test_every_turn_gives_exactly_one_block(turns: list[str], sound: bytes) -> None:
    smoother = Smoother()
    for turn in turns:
        played = smoother.block(sound) if turn == "block" else getattr(smoother, turn)()
        assert len(played) == FRAME_BYTES


def test_the_gate_passes_speech_and_its_end_but_not_an_empty_room() -> None:
    gate = SpeechGate()
    assert not gate.passes(-70)
    assert gate.passes(-30)
    assert all(gate.passes(-70) for _ in range(GATE_HOLD_BLOCKS - 1))
    assert not gate.passes(-70)
