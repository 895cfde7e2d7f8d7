"""The technician's H.264 decoder: sizes checked before anything is allocated, pictures ready to paint.

Runs in aiortc's decoder thread. Only FFmpeg's own error may leave `decode`: aiortc answers it with a key frame request,
while any other exception would end the thread without a word.
"""

import logging

import av
from aiortc.codecs.base import Decoder
from aiortc.jitterbuffer import JitterFrame
from av.frame import Frame

from protocol.errors import PeerError
from protocol.transport.bgra import BgraPictures
from protocol.transport.h264_sps import picture_size
from protocol.transport.repair import Pictures

MAX_PIXELS = 7680 * 4320
"""33 million: an 8K picture. A larger claim is refused before the decoder sees it (security study W6)."""

_log = logging.getLogger(__name__)


class ScreenH264Decoder(Decoder):
    """Decodes H.264 to BGRA frames, in the order they were sent."""

    def __init__(self) -> None:
        self._codec = av.CodecContext.create("h264", "r")
        self._codec.thread_count = 1
        self._pictures = BgraPictures()

    def decode(self, encoded_frame: JitterFrame) -> list[Frame]:
        """Return the newest decoded picture, (height, width, 4) BGRA, or nothing.

        Raises:
            av.FFmpegError: the bitstream is damaged.
        """
        parts = encoded_frame.parts if isinstance(encoded_frame, Pictures) else [encoded_frame.data]
        newest: list[av.VideoFrame] = []
        for part in parts:
            try:
                picture_size(part, max_pixels=MAX_PIXELS)
            except PeerError as error:
                _log.warning("picture refused: %s", error)
                continue
            newest = self._codec.decode(av.Packet(part)) or newest
        return [self._pictures.convert(frame) for frame in newest[-1:]]
