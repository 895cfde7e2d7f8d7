"""Films of the screen stream: H.264 of a rectangle, its size checked before FFmpeg sees it. One thread at a time."""

from typing import Any

import av
from av.codec.context import Flags

from protocol.errors import PeerError
from protocol.picture.geometry import Rect
from protocol.picture.updates import VideoTile
from protocol.transport.bgra import BgraPictures
from protocol.transport.h264_sps import picture_size

MOST_FILMS = 2
"""At the same time; the oldest ends when another begins."""

MOST_NAL_UNITS = 32
"""In one picture: parameter sets and slices."""

_MACROBLOCK = 16


class FilmDecoder:
    """Keeps the H.264 streams of an epoch, one for each rectangle."""

    def __init__(self) -> None:
        self._streams: dict[Rect, Any] = {}
        self._pictures = BgraPictures()

    def decode(self, tile: VideoTile) -> av.VideoFrame:
        """Return the next picture of the film in `tile.rect` as a `bgra` frame of that size.

        Raises:
            PeerError: `picture_malformed` or `picture_too_large`: no such film, another size, damaged data.
        """
        self._require_fitting(tile)
        stream = self._begin(tile.rect) if tile.key else self._streams.get(tile.rect)
        if stream is None:
            raise _malformed("a film that never began")
        try:
            frames = stream.decode(av.Packet(tile.nals))
            if len(frames) != 1 or (frames[0].width, frames[0].height) != (tile.rect.width, tile.rect.height):
                raise _malformed("not one picture of the announced size")
            return self._pictures.convert(frames[0], src_colorspace="ITU709", dst_color_range="JPEG")
        except (av.FFmpegError, ValueError) as cause:
            raise _malformed(str(cause)) from cause

    def _require_fitting(self, tile: VideoTile) -> None:
        if not tile.nals:
            raise _malformed("an empty picture")
        if tile.nals.count(b"\x00\x00\x01") > MOST_NAL_UNITS:
            raise _malformed("too many NAL units")
        coded = tuple(-(-side // _MACROBLOCK) * _MACROBLOCK for side in (tile.rect.width, tile.rect.height))
        claimed = picture_size(tile.nals, max_pixels=coded[0] * coded[1])
        if claimed != coded and (tile.key or claimed is not None):
            raise _malformed(f"a stream of {claimed} in a rectangle of {coded}")

    def _begin(self, rect: Rect) -> Any:
        self._streams.pop(rect, None)
        while len(self._streams) >= MOST_FILMS:
            del self._streams[next(iter(self._streams))]
        stream: Any = av.CodecContext.create("h264", "r")
        stream.thread_count = 1
        stream.flags |= Flags.low_delay
        self._streams[rect] = stream
        return stream


def _malformed(detail: str) -> PeerError:
    return PeerError(f"video tile: {detail}", code="picture_malformed")
