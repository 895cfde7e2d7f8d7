"""The track that carries the microphone: 20 ms blocks while someone talks, nothing at all otherwise. Network thread."""

import asyncio
import time
from collections.abc import Callable

from aiortc import MediaStreamTrack

from protocol.transport.voice.codec import SpokenBlock
from protocol.transport.voice.packets import FRAME_SAMPLES, SAMPLE_RATE_HZ

MAX_WAITING = 5
"""Blocks waiting to be sent (0.1 s); older ones are dropped, because late speech is worse than a hole."""


class MicrophoneTrack(MediaStreamTrack):  # type: ignore[misc, unused-ignore]  # aiortc gives no types
    """Gives aiortc's sender what `push` was given. While nothing is pushed the sender waits and sends no packet."""

    kind = "audio"

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.copied = False
        """Whether packets carry a copy of the block before: on a line that loses some."""
        self.encoded: Callable[[int, bytes], None] | None = None
        """Gets the time and the Opus data of each block that is sent, on the encoder's thread."""
        self._clock = clock
        self._began = clock()
        self._timestamp = 0
        self._blocks: asyncio.Queue[SpokenBlock] = asyncio.Queue(MAX_WAITING)

    def push(self, block: bytes) -> None:
        """Send 20 ms of sound. Its time is right behind the block before, or now after a pause."""
        elapsed = int((self._clock() - self._began) * SAMPLE_RATE_HZ) // FRAME_SAMPLES * FRAME_SAMPLES
        following = self._timestamp + FRAME_SAMPLES
        paused = elapsed > following + MAX_WAITING * FRAME_SAMPLES
        self._timestamp = elapsed if paused else following
        if self._blocks.full():
            self._blocks.get_nowait()
        self._blocks.put_nowait(SpokenBlock(block, self._timestamp, copied=self.copied, encoded=self.encoded))

    def discard(self) -> None:
        """Forget what waits to be sent: the microphone was closed."""
        while not self._blocks.empty():
            self._blocks.get_nowait()

    async def recv(self) -> SpokenBlock:
        """Return the next block, whenever there is one."""
        return await self._blocks.get()
