"""The voices of a recording, heard as they were. Network thread; each voice is played on a thread of its own."""

import logging
from collections.abc import Callable

from protocol.recording.entries import read_voice
from protocol.transport.voice.codec import ReceivedVoice
from protocol.transport.voice.listener import Listener
from protocol.transport.voice.packets import EncodedFrame
from protocol.transport.voice.sound_devices import DEFAULT_DEVICE, SoundDevices

_log = logging.getLogger(__name__)


class ReplayedVoice:
    """Plays through the computer's usual loudspeaker; without `devices` nothing is heard."""

    def __init__(self, devices: SoundDevices | None, clock: Callable[[], float]) -> None:
        self._devices = devices
        self._clock = clock
        self._listeners: dict[bool, Listener] = {}

    def take(self, body: bytes) -> None:
        """Let a voice entry be heard now.

        Raises:
            PeerError: it is none.
        """
        packet = read_voice(body)
        if self._devices is None:
            return
        if packet.of_customer not in self._listeners:
            listener = Listener(self._devices, DEFAULT_DEVICE, lambda problem: _log.info("voice: %s", problem))
            listener.start()
            self._listeners[packet.of_customer] = listener
        frames = tuple(EncodedFrame(data, age) for age, data in packet.frames)
        self._listeners[packet.of_customer].heard(ReceivedVoice(frames, packet.timestamp, self._clock()))

    def stop(self) -> None:
        """Fall silent."""
        for listener in self._listeners.values():
            listener.stop()
        self._listeners.clear()
