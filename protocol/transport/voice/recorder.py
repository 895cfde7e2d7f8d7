"""Reads the microphone on a thread of its own, from `start` to `stop` and not a moment longer."""

import logging
import threading
from collections.abc import Callable

from protocol.errors import EnvironmentFault
from protocol.transport.voice.loudness import SILENCE_DB, SpeechGate, level_db
from protocol.transport.voice.sound_devices import DEFAULT_DEVICE, Microphone, SoundDevices

_log = logging.getLogger(__name__)


class Recorder:
    """One press of the Talk button. Everything it is given is called on its thread.

    `spoken(block)` gets the 20 ms worth sending. `live(True)` is called when the microphone records, `live(False)`
    when it does not any more. `problem` gets a sentence when it cannot.
    """

    def __init__(
        self,
        devices: SoundDevices,
        microphone: str,
        *,
        spoken: Callable[[bytes], None],
        live: Callable[[bool], None],
        problem: Callable[[str], None],
    ) -> None:
        self._devices = devices
        self._name = microphone
        self._spoken = spoken
        self._live = live
        self._problem = problem
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="voice recorder", daemon=True)
        self.level_db = SILENCE_DB
        """How loud the microphone is just now, in dBFS."""

    def start(self) -> None:
        """Open the microphone and record."""
        self._thread.start()

    def stop(self) -> None:
        """Give nothing more to `spoken` from now on, and close the microphone; returns at once, from any thread."""
        self._stopped.set()

    def join(self, timeout_s: float) -> bool:
        """Wait until the microphone is closed; return whether it is."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            microphone = self._open()
        except EnvironmentFault as error:
            self._problem(error.user_text)
            self._live(False)
            return
        try:
            self._live(True)
            self._record(microphone)
        except EnvironmentFault as error:
            _log.info("the microphone is gone: %s", error)
            self._problem(error.user_text)
        finally:
            microphone.close()
            self._live(False)

    def _open(self) -> Microphone:
        try:
            return self._devices.open_microphone(self._name)
        except EnvironmentFault:
            if self._name == DEFAULT_DEVICE:
                raise
            return self._devices.open_microphone(DEFAULT_DEVICE)

    def _record(self, microphone: Microphone) -> None:
        gate = SpeechGate()
        while not self._stopped.is_set():
            block = microphone.read()
            level = level_db(block)
            if self._stopped.is_set():
                return
            self.level_db = level
            if gate.passes(level):
                self._spoken(block)
