"""Sound as numbers: how loud it is, holes filled, two pieces joined. Pure; blocks are 16 bit samples, one channel."""

import math
from array import array
from operator import mul

from protocol.transport.voice.packets import FRAME_BYTES, FRAME_SAMPLES

SILENCE_DB = -96.0
"""The level of nothing at all, in dB below full scale (dBFS); the loudest sine there is has -3."""

SILENT_BLOCK = bytes(FRAME_BYTES)
GATE_DB = -60.0
"""Quieter than this is an open microphone in an empty room: it is not sent."""

GATE_HOLD_BLOCKS = 20
"""Blocks still sent after the last one that was loud enough: 0.4 s, so that no word loses its end."""

_JOIN_SAMPLES = 240
_FADES = ((1.0, 0.6), (0.6, 0.25), (0.25, 0.0))


def samples_of(block: bytes) -> "array[int]":
    """Return the samples of `block`; an odd last byte is left out."""
    samples = array("h")
    samples.frombytes(block[: len(block) // 2 * 2])
    return samples


def level_db(block: bytes) -> float:
    """Return the effective (RMS) level of `block` in dBFS: -96 (silence) to 0."""
    samples = samples_of(block)
    if not samples:
        return SILENCE_DB
    power = sum(map(mul, samples, samples)) / len(samples)
    if power <= 0:
        return SILENCE_DB
    return min(0.0, max(SILENCE_DB, 10 * math.log10(power / 32768**2)))


def fold(earlier: bytes, later: bytes) -> bytes:
    """Return one block that begins as `earlier` and ends as `later`: 20 ms are saved without a click."""
    first, second = samples_of(earlier), samples_of(later)
    last = max(1, len(second) - 1)
    return array("h", (a + (b - a) * i // last for i, (a, b) in enumerate(zip(first, second, strict=True)))).tobytes()


class Smoother:
    """Joins what is played to one sound: fills holes with a fading mirror image, and blends back from it."""

    def __init__(self) -> None:
        self._last = SILENT_BLOCK
        self._holes = 0

    def block(self, block: bytes) -> bytes:
        """Return `block` as it is to be played after what came before."""
        if self._holes:
            tail = samples_of(self._filling(self._holes))
            samples = samples_of(block)
            for i in range(_JOIN_SAMPLES):
                samples[i] = tail[i] + (samples[i] - tail[i]) * i // _JOIN_SAMPLES
            block = samples.tobytes()
        self._holes = 0
        self._last = block
        return block

    def hole(self) -> bytes:
        """Return a block for 20 ms of which nothing arrived."""
        self._holes += 1
        return self._filling(self._holes - 1)

    def silence(self) -> bytes:
        """Return silence; nothing that is heard goes on behind it."""
        self._last, self._holes = SILENT_BLOCK, 0
        return SILENT_BLOCK

    def _filling(self, number: int) -> bytes:
        """Return the `number`-th block for a hole: the last sound forwards and backwards in turn, ever quieter."""
        if number >= len(_FADES):
            return SILENT_BLOCK
        samples = samples_of(self._last)
        if number % 2 == 0:
            samples.reverse()
        start, end = _FADES[number]
        step = (end - start) / FRAME_SAMPLES
        return array("h", (int(sample * (start + step * i)) for i, sample in enumerate(samples))).tobytes()


class SpeechGate:
    """Says which blocks are worth sending: those that are loud enough, and 0.4 s behind them."""

    def __init__(self) -> None:
        self._hold = 0

    def passes(self, level: float) -> bool:
        """Return whether a block of `level` dBFS is to be sent."""
        if level >= GATE_DB:
            self._hold = GATE_HOLD_BLOCKS
            return True
        self._hold = max(0, self._hold - 1)
        return self._hold > 0
