"""Pictures from PipeWire, read by GStreamer's own program in a process beside ours.

Nothing is linked with PipeWire: its library fits the computer it comes with, and the customers' file goes to many.
Two pipes come back: the pixels, and what GStreamer says of them. It says a new size before it writes the first byte of
it, so a picture after which no other size was said is of the size said before.
"""

import contextlib
import fcntl
import os
import re
import select
import shutil
import subprocess
import time
from dataclasses import dataclass

from customer_client.capture.source import BYTES_PER_PIXEL, Picture
from customer_client.portal.faults import no_gstreamer

MOST_FPS = 30
"""Pictures a second that are asked of the compositor; it sends none while nothing changes."""

FIRST_PICTURE_WITHIN_S = 10.0
_ELEMENTS = ("pipewiresrc", "videoconvert", "fdsink")
_LONGEST_SIDE = 16384
_PIPE_BYTES = 1 << 20
_ENDS_WITHIN_S = 2.0
_CAPS = re.compile(rb"GstFdSink:out\.GstPad:sink: caps = video/x-raw([^\n]*)\n")
_NUMBER = rb"=\(int\)(\d+)"


@dataclass(frozen=True)
class FrameSize:
    """Pixels."""

    width: int
    height: int


def require_gstreamer() -> None:
    """Do nothing if this computer has what reads the pictures; takes a few 10 ms, the first time a second.

    Raises:
        EnvironmentFault: `no_gstreamer`.
    """
    if not shutil.which("gst-launch-1.0") or not (inspect := shutil.which("gst-inspect-1.0")):
        raise no_gstreamer("gst-launch-1.0 or gst-inspect-1.0 is missing")
    for element in _ELEMENTS:
        found = subprocess.run(  # noqa: S603 - no shell, a fixed list
            [inspect, element],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if found.returncode:
            raise no_gstreamer(f"GStreamer has no {element}")


class FramePipe:
    """Reads the stream `node` of the PipeWire that `pipewire` (a file descriptor, taken over) leads to.

    `read` is for one thread; `close` may be called from another and ends it.

    Raises:
        EnvironmentFault: `no_gstreamer`, it cannot be started.
    """

    def __init__(self, pipewire: int, node: int) -> None:
        self._said = b""
        self._size: FrameSize | None = None
        self._pixels, pixels_end = os.pipe()
        with contextlib.suppress(OSError):  # a user may have used up the memory there is for larger pipes
            fcntl.fcntl(self._pixels, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - no shell
                _command(pipewire, node, pixels_end),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=(pipewire, pixels_end),
                env=os.environ | {"LC_ALL": "C", "GST_DEBUG": "0"},
            )
        except OSError as cause:
            os.close(self._pixels)
            raise no_gstreamer(str(cause)) from cause
        finally:
            os.close(pixels_end)
            os.close(pipewire)
        assert self._process.stdout is not None
        self._words = self._process.stdout
        os.set_blocking(self._words.fileno(), False)

    def read(self) -> Picture | None:
        """Wait for the next picture and return it; None when there will be none of this size any more."""
        if self._size is None:
            self._learn_size()
        size = self._size
        if size is None:
            return None
        stride = size.width * BYTES_PER_PIXEL
        pixels = bytearray(stride * size.height)
        if not self._fill(memoryview(pixels)) or self._hear() != size:
            return None
        return Picture(size.width, size.height, stride, pixels)

    def close(self) -> None:
        """End the process and wait for it. Harmless to call again."""
        self._process.terminate()
        try:
            self._process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def discard(self) -> None:
        """Give the pipes back, once nobody reads any more. Harmless to call again."""
        if not self._words.closed:
            self._words.close()
            os.close(self._pixels)

    def _learn_size(self) -> None:
        deadline = time.monotonic() + FIRST_PICTURE_WITHIN_S
        while self._hear() is None:
            left_s = deadline - time.monotonic()
            if left_s <= 0 or self._process.poll() is not None:
                return
            select.select([self._words], [], [], min(left_s, 0.5))

    def _hear(self) -> FrameSize | None:
        """Return the size said last, None while none was."""
        with contextlib.suppress(BlockingIOError):
            while heard := os.read(self._words.fileno(), 65536):
                self._said += heard
        for caps in _CAPS.findall(self._said):
            self._size = _size_in(caps) or self._size
        self._said = self._said[self._said.rfind(b"\n") + 1 :]
        return self._size

    def _fill(self, target: memoryview) -> bool:
        """Read until `target` is full; False when the process ends before."""
        done = 0
        while done < len(target):
            got = os.readv(self._pixels, [target[done:]])
            if not got:
                return False
            done += got
        return True


def _command(pipewire: int, node: int, pixels: int) -> list[str]:
    # What is late is dropped before it is written: the newest picture is the one that is read next.
    return [
        *("gst-launch-1.0", "-v"),
        *("pipewiresrc", f"fd={pipewire}", f"path={node}", "do-timestamp=true", "always-copy=true"),
        *("!", f"video/x-raw,max-framerate={MOST_FPS}/1"),
        *("!", "queue", "leaky=downstream", "max-size-buffers=1", "max-size-bytes=0", "max-size-time=0"),
        *("!", "videoconvert"),
        *("!", "video/x-raw,format=BGRx"),
        *("!", "fdsink", "name=out", f"fd={pixels}", "sync=false"),
    ]


def _size_in(caps: bytes) -> FrameSize | None:
    width, height = (re.search(name + _NUMBER, caps) for name in (b"width", b"height"))
    if width is None or height is None:
        return None
    size = FrameSize(int(width[1]), int(height[1]))
    return size if 0 < size.width <= _LONGEST_SIDE and 0 < size.height <= _LONGEST_SIDE else None
