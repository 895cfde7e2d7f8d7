"""Pictures and sound into a WebM file: VP9 and Opus. One thread at a time."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.video.reformatter import VideoReformatter

from protocol.errors import EnvironmentFault
from protocol.picture.pixels import BYTES_PER_PIXEL
from protocol.transport.voice.packets import SAMPLE_RATE_HZ
from technician_app.controllers.session_state import RemoteCursor

_MS = Fraction(1, 1000)
_QUALITY = {"deadline": "realtime", "cpu-used": "8", "row-mt": "1", "tune-content": "screen", "crf": "24", "b": "0"}


@dataclass(frozen=True)
class FilmedPicture:
    """One picture of the film: BGRX rows without gaps, and the pointer over it if there is one to draw."""

    pixels: bytes
    size: tuple[int, int]
    cursor: RemoteCursor | None


class VideoFile:
    """Writes `path`; every picture is fitted into the even `size` of the first. `close` it, whatever happens.

    Raises:
        EnvironmentFault: this computer cannot write such a file (`export_failed`).
    """

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        self._size = (size[0] + size[0] % 2, size[1] + size[1] % 2)
        self._reformatter: Any = VideoReformatter()
        self._last_ms = -1
        try:
            self._container: Any = av.open(str(path), "w", format="webm")
            self._video: Any = self._container.add_stream("libvpx-vp9", rate=25, options=_QUALITY)
            self._video.width, self._video.height = self._size
            self._video.pix_fmt = "yuv420p"
            self._video.codec_context.time_base = _MS
            self._sound: Any = self._container.add_stream("libopus", rate=SAMPLE_RATE_HZ, layout="mono")
            self._sound.bit_rate = 32_000
        except (av.FFmpegError, ValueError) as error:
            raise _failed(error) from error

    def add_picture(self, picture: FilmedPicture, t_ms: int) -> None:
        """Show `picture` from `t_ms` on.

        Raises:
            EnvironmentFault: the encoder or the disk fails.
        """
        try:
            frame = self._fitted(picture)
            frame.pts = self._last_ms = max(t_ms, self._last_ms + 1)
            frame.time_base = _MS
            self._container.mux(self._video.encode(frame))
        except (av.FFmpegError, ValueError) as error:
            raise _failed(error) from error

    def add_sound(self, block: bytes, t_ms: int) -> None:
        """Let 20 ms of sound (16 bit, one channel, 48 kHz) be heard at `t_ms`.

        Raises:
            EnvironmentFault: the encoder or the disk fails.
        """
        try:
            frame = av.AudioFrame(format="s16", layout="mono", samples=len(block) // 2)
            frame.sample_rate = SAMPLE_RATE_HZ
            frame.planes[0].update(block)
            frame.pts = t_ms * SAMPLE_RATE_HZ // 1000
            frame.time_base = Fraction(1, SAMPLE_RATE_HZ)
            self._container.mux(self._sound.encode(frame))
        except (av.FFmpegError, ValueError) as error:
            raise _failed(error) from error

    def close(self) -> None:
        """Write the end and close the file.

        Raises:
            EnvironmentFault: the encoder or the disk fails.
        """
        try:
            if self._last_ms >= 0:
                self._container.mux(self._video.encode(None))
                self._container.mux(self._sound.encode(None))
        except (av.FFmpegError, ValueError) as error:
            raise _failed(error) from error
        finally:
            self._container.close()

    def _fitted(self, picture: FilmedPicture) -> Any:
        width, height = picture.size
        pixels = bytearray(picture.pixels)
        if picture.cursor is not None:
            _draw(pixels, picture.size, picture.cursor)
        frame: Any = av.VideoFrame(width, height, "bgr0")
        plane = frame.planes[0]
        rows, stride = memoryview(plane), width * BYTES_PER_PIXEL
        if plane.line_size == stride:
            rows[: len(pixels)] = pixels
        else:
            for row in range(height):
                at = row * plane.line_size
                rows[at : at + stride] = pixels[row * stride : (row + 1) * stride]
        return self._reformatter.reformat(frame, *self._size, format="yuv420p")


def _draw(pixels: bytearray, size: tuple[int, int], cursor: RemoteCursor) -> None:
    """Draw the pointer over BGRX rows; its colours are multiplied by their opacity already."""
    shape, place = cursor.shape, cursor.position
    if shape is None or place is None:
        return
    left, top = place[0] - shape.hot_x, place[1] - shape.hot_y
    for row in range(max(0, -top), min(shape.height, size[1] - top)):
        for column in range(max(0, -left), min(shape.width, size[0] - left)):
            at = (row * shape.width + column) * 4
            opacity = shape.pixels[at + 3]
            if opacity:
                to = ((top + row) * size[0] + left + column) * BYTES_PER_PIXEL
                for channel in range(3):
                    under = pixels[to + channel] * (255 - opacity) // 255
                    pixels[to + channel] = min(255, shape.pixels[at + channel] + under)


def _failed(error: Exception) -> EnvironmentFault:
    return EnvironmentFault(
        f"video: {error}", code="export_failed", user_text="The video could not be written on this computer."
    )
