"""Sound devices of a test: a microphone that plays what it was given, a loudspeaker that keeps what it gets."""

import math
import threading
import time
from array import array

from protocol.errors import EnvironmentFault
from protocol.transport.voice.packets import FRAME_BYTES, FRAME_S, FRAME_SAMPLES, SAMPLE_RATE_HZ
from protocol.transport.voice.sound_devices import DEFAULT_DEVICE, DeviceNames

LOST = EnvironmentFault("unplugged", code="sound_device_gone", user_text="It was unplugged.")
NO_SOUND = EnvironmentFault("nothing here", code="no_sound", user_text="There is no sound here.")


def sine(frequency_hz: float, block: int, amplitude: int = 8000) -> bytes:
    """Return the `block`-th 20 ms of a sine."""
    step = 2 * math.pi * frequency_hz / SAMPLE_RATE_HZ
    first = block * FRAME_SAMPLES
    return array("h", (int(amplitude * math.sin(step * (first + i))) for i in range(FRAME_SAMPLES))).tobytes()


def share_of_tone(sound: bytes, frequency_hz: float) -> float:
    """Return how much of the power of `sound` is at `frequency_hz` (0..1), by Goertzel's algorithm."""
    samples = array("h", sound)
    power = sum(sample * sample for sample in samples)
    if not power:
        return 0.0
    factor = 2 * math.cos(2 * math.pi * frequency_hz / SAMPLE_RATE_HZ)
    before, last = 0.0, 0.0
    for sample in samples:
        before, last = last, sample + factor * last - before
    tone = last * last + before * before - factor * last * before
    return min(1.0, 2 * tone / (len(samples) * power))


class Clocked:
    """A device that takes 20 ms for 20 ms."""

    def __init__(self, computer: "TestSounds") -> None:
        self.computer = computer
        self._due = time.monotonic()
        self.closed = False

    def wait(self) -> None:
        self._due = max(self._due + FRAME_S, time.monotonic() - FRAME_S)
        if self.computer.unplugged.wait(max(0.0, self._due - time.monotonic())):
            raise LOST

    def close(self) -> None:
        self.closed = True


class ToneMicrophone(Clocked):
    blocks = 0

    def read(self) -> bytes:
        self.wait()
        self.blocks += 1
        return sine(self.computer.tone_hz, self.blocks)


class KeepingSpeaker(Clocked):
    def write(self, block: bytes) -> None:
        assert len(block) == FRAME_BYTES
        self.wait()
        self.computer.keep(block)


class TestSounds:
    """The sound of one computer; `played` is everything its loudspeaker got since it was last emptied."""

    __test__ = False

    def __init__(self, tone_hz: float = 440.0, names: DeviceNames | None = None) -> None:
        self.tone_hz = tone_hz
        self.found = DeviceNames(("Headset", "Webcam"), ("Headset", "Monitor")) if names is None else names
        self.unplugged = threading.Event()
        self.microphones: list[tuple[str, ToneMicrophone]] = []
        self.speakers: list[tuple[str, KeepingSpeaker]] = []
        self._lock = threading.Lock()
        self._played = bytearray()

    def names(self) -> DeviceNames:
        if self.found == DeviceNames():
            raise NO_SOUND
        return self.found

    def open_microphone(self, name: str = DEFAULT_DEVICE) -> ToneMicrophone:
        self._check(name, self.found.microphones)
        self.microphones.append((name, ToneMicrophone(self)))
        return self.microphones[-1][1]

    def open_speaker(self, name: str = DEFAULT_DEVICE) -> KeepingSpeaker:
        self._check(name, self.found.speakers)
        self.speakers.append((name, KeepingSpeaker(self)))
        return self.speakers[-1][1]

    def keep(self, block: bytes) -> None:
        with self._lock:
            self._played += block

    @property
    def played(self) -> bytes:
        with self._lock:
            return bytes(self._played)

    def _check(self, name: str, known: tuple[str, ...]) -> None:
        if self.unplugged.is_set() or not known or (name != DEFAULT_DEVICE and name not in known):
            raise LOST
