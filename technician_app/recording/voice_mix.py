"""The voices of a recording as one sound, 20 ms after 20 ms of its own time. One thread at a time."""

from array import array

from protocol.errors import PeerError
from protocol.recording.entries import Entry, read_voice
from protocol.transport.voice.loudness import SILENT_BLOCK, Smoother, fold
from protocol.transport.voice.opus import VoiceDecoder
from protocol.transport.voice.packets import EncodedFrame
from protocol.transport.voice.playout import PlayoutBuffer, Turn

MIX_MS = 20


class VoiceMix:
    """Takes voice entries, gives blocks of 1920 bytes."""

    def __init__(self) -> None:
        self._voices: dict[bool, _Voice] = {}

    def take(self, entry: Entry) -> None:
        """Take a voice entry.

        Raises:
            PeerError: it is none.
        """
        packet = read_voice(entry.body)
        voice = self._voices.setdefault(packet.of_customer, _Voice())
        frames = tuple(EncodedFrame(data, age) for age, data in packet.frames)
        voice.buffer.put(packet.timestamp, frames, entry.t_ms / 1000)

    def next_block(self, t_ms: int) -> bytes:
        """Return what is heard in the 20 ms from `t_ms` on."""
        blocks = [voice.next_block(t_ms / 1000) for voice in self._voices.values()]
        heard = [block for block in blocks if block is not SILENT_BLOCK]
        if not heard:
            return SILENT_BLOCK
        if len(heard) == 1:
            return heard[0]
        sums = [sum(samples) for samples in zip(*(array("h", block) for block in heard), strict=True)]
        return array("h", [max(-32768, min(32767, value)) for value in sums]).tobytes()


class _Voice:
    def __init__(self) -> None:
        self.buffer = PlayoutBuffer()
        self._decoder = VoiceDecoder()
        self._smoother = Smoother()

    def next_block(self, now: float) -> bytes:
        playout = self.buffer.next_frame(now)
        if playout.turn is Turn.SILENCE:
            return self._smoother.silence()
        if playout.turn is Turn.HOLE:
            return self._smoother.hole()
        try:
            earlier = self._decoder.decode(playout.merged) if playout.merged else b""
            block = self._decoder.decode(playout.data)
        except PeerError:
            return self._smoother.hole()
        return self._smoother.block(fold(earlier, block) if earlier else block)
