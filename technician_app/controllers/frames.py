"""From the received video track to pictures to paint: always the newest, never a queue. Runs on the network thread.

Decoding and conversion to BGRA have happened in aiortc's decoder thread (`protocol.transport.h264`).
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame

from technician_app.controllers.session_state import Frame

_RATE_WINDOW_S = 2.0


class FrameReader:
    """Reads `track` until it ends and hands each picture to `frame_arrived`, while `allowed` is set."""

    def __init__(self, frame_arrived: Callable[[Frame], None], allowed: asyncio.Event) -> None:
        self._frame_arrived = frame_arrived
        self._allowed = allowed
        self._arrivals: deque[float] = deque()

    async def read(self, track: MediaStreamTrack) -> None:
        """Drain the track; pictures that come before sharing was allowed are thrown away."""
        try:
            while True:
                received = await track.recv()
                if isinstance(received, VideoFrame) and self._allowed.is_set():
                    self._note()
                    self._frame_arrived(_as_frame(received))
        except MediaStreamError:
            return

    @property
    def fps(self) -> float:
        """Pictures a second over the last two seconds."""
        self._forget(time.monotonic())
        return len(self._arrivals) / _RATE_WINDOW_S

    def _note(self) -> None:
        now = time.monotonic()
        self._arrivals.append(now)
        self._forget(now)

    def _forget(self, now: float) -> None:
        while self._arrivals and self._arrivals[0] < now - _RATE_WINDOW_S:
            self._arrivals.popleft()


def _as_frame(received: VideoFrame) -> Frame:
    plane = received.planes[0]
    return Frame(received.width, received.height, plane.line_size, bytes(plane))
