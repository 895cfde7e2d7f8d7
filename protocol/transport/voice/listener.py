"""Plays what the other person says: packets in on the network thread, 20 ms after 20 ms out on a thread of its own.

The loudspeaker's clock moves everything: each write waits until there is room for it.
"""

import logging
import threading
import time
from collections.abc import Callable

from protocol.errors import EnvironmentFault, PeerError
from protocol.transport.voice.codec import ReceivedVoice
from protocol.transport.voice.loudness import SILENCE_DB, SILENT_BLOCK, Smoother, fold, level_db
from protocol.transport.voice.opus import VoiceDecoder
from protocol.transport.voice.playout import Playout, PlayoutBuffer, PlayoutCounts, Turn
from protocol.transport.voice.sound_devices import DEFAULT_DEVICE, SoundDevices, Speaker

TRY_AGAIN_S = 1.0
"""How long to wait for a loudspeaker that is gone before looking again."""

_log = logging.getLogger(__name__)


class Listener:
    """Runs from `start` to `stop`. `problem` is called on its thread with a sentence, and with "" when all is well."""

    def __init__(self, devices: SoundDevices, speaker: str, problem: Callable[[str], None]) -> None:
        self._devices = devices
        self._speaker_name = speaker
        self._problem = problem
        self._lock = threading.Lock()
        self._buffer = PlayoutBuffer()
        self._decoder = VoiceDecoder()
        self._smoother = Smoother()
        self._was_missing = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="voice listener", daemon=True)
        self.level_db = SILENCE_DB
        """How loud the other person is just now, in dBFS."""

    def start(self) -> None:
        """Open the loudspeaker and play."""
        self._thread.start()

    def stop(self) -> None:
        """Fall silent; returns at once."""
        self._stopped.set()

    def join(self, timeout_s: float) -> bool:
        """Wait until the loudspeaker is closed; return whether it is."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def heard(self, received: ReceivedVoice) -> None:
        """Take a packet, on the network thread."""
        with self._lock:
            self._buffer.put(received.timestamp, received.frames, received.arrived)

    @property
    def counts(self) -> PlayoutCounts:
        """What happened to frames so far."""
        return self._buffer.counts

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                speaker = self._devices.open_speaker(self._speaker_name)
            except EnvironmentFault as error:
                self._missing(error)
                continue
            if self._was_missing:
                self._was_missing = False
                self._problem("")
            try:
                self._play(speaker)
            except EnvironmentFault as error:
                self._missing(error)
            finally:
                speaker.close()

    def _missing(self, error: EnvironmentFault) -> None:
        """Say so once, and look again a little later, for whatever the computer has then."""
        if not self._was_missing:
            _log.info("no loudspeaker: %s", error)
            self._problem(error.user_text)
        self._was_missing = True
        self._speaker_name = DEFAULT_DEVICE
        self._stopped.wait(TRY_AGAIN_S)

    def _play(self, speaker: Speaker) -> None:
        while not self._stopped.is_set():
            speaker.write(self._next_block())

    def _next_block(self) -> bytes:
        with self._lock:
            playout = self._buffer.next_frame(time.monotonic())
        block = self._render(playout)
        self.level_db = level_db(block) if block is not SILENT_BLOCK else SILENCE_DB
        return block

    def _render(self, playout: Playout) -> bytes:
        if playout.turn is Turn.SILENCE:
            return self._smoother.silence()
        if playout.turn is Turn.HOLE:
            return self._smoother.hole()
        try:
            earlier = self._decoder.decode(playout.merged) if playout.merged else b""
            block = self._decoder.decode(playout.data)
        except PeerError as error:
            _log.debug("%s", error)
            return self._smoother.hole()
        return self._smoother.block(fold(earlier, block) if earlier else block)
