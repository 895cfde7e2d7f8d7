"""Watches the pointer of Windows in a thread of its own: GetCursorInfo, GetIconInfo. Windows only.

Nothing tells of the pointer, so it is looked at: 60 times a second while it moves, 20 times while it rests. A look
takes some microseconds.
"""

import ctypes
import logging
import threading
import time
import zlib
from collections.abc import Callable
from typing import Any

from customer_client.capture.cursor import CursorMoved, CursorShape, shape_within_limits
from customer_client.capture.faults import display_gone
from customer_client.capture.source import Display
from customer_client.capture.windows_cursor_pixels import coloured_shape, masked_shape
from customer_client.windows.api import gdi32, last_error, user32
from customer_client.windows.structures import Bitmap, CursorInfo, IconInfo, top_down
from protocol.errors import EnvironmentFault

MOVE_INTERVAL_S = 1 / 60
STILL_INTERVAL_S = 0.05
MOVING_FOR_S = 0.25
LARGEST_SIDE = 512
"""Pixels; no pointer of Windows is larger."""

_IS_SHOWN = 0x1

_log = logging.getLogger(__name__)


class WindowsCursorWatcher:
    """A `CursorWatcher`: calls `on_change` on its own thread with each new shape and place; it must return at once.

    Created paused. `shared_display` says which display places count from. Every method may be called from any thread
    but from `on_change`.
    """

    def __init__(
        self,
        shared_display: Callable[[], Display],
        on_change: Callable[[CursorShape | CursorMoved], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shared_display = shared_display
        self._on_change = on_change
        self._clock = clock
        self._state = threading.Condition()
        self._paused, self._stopping, self._afresh = True, False, False
        self._told_moved: CursorMoved | None = None
        self._shown_as = 0
        self._moving_until = 0.0
        self._failing = False
        self._thread = threading.Thread(target=self._run, name="cursor-watcher", daemon=True)
        self._thread.start()

    def pause(self) -> None:
        """Look no more for now. A look under way still tells."""
        with self._state:
            self._paused = True

    def resume(self) -> None:
        """Look again, and tell shape and place at once."""
        with self._state:
            self._afresh, self._paused = True, False
            self._state.notify_all()

    def stop(self) -> None:
        """End the thread and wait for it. Harmless to call again."""
        with self._state:
            self._stopping = True
            self._state.notify_all()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._state:
                self._state.wait_for(lambda: self._stopping or not self._paused)
                if self._stopping:
                    return
                afresh, self._afresh = self._afresh, False
            self._look(afresh=afresh)
            with self._state:
                interval_s = MOVE_INTERVAL_S if self._clock() < self._moving_until else STILL_INTERVAL_S
                self._state.wait_for(lambda: self._stopping or self._afresh, interval_s)

    def _look(self, *, afresh: bool) -> None:
        try:
            self._tell(*pointer_now(), afresh=afresh)
            self._failing = False
        except EnvironmentFault as fault:
            if not self._failing:  # said once: on the secure desktop every look fails
                _log.warning("the pointer is out of sight: %s", fault)
            self._failing = True
        except Exception:
            if not self._failing:
                _log.exception("watching the pointer failed")
            self._failing = True

    def _tell(self, cursor: int, x: int, y: int, *, afresh: bool) -> None:
        """Tell what is new: `cursor` is the shape's handle, 0 for no pointer; (x, y) a place of the desktop."""
        shared = self._shared_display()
        inside = shared.left <= x < shared.left + shared.width and shared.top <= y < shared.top + shared.height
        moved = CursorMoved(x - shared.left, y - shared.top, inside and bool(cursor))
        if cursor and (afresh or cursor != self._shown_as):
            shape = shape_of(cursor)
            if shape is not None:
                self._shown_as = cursor
                self._on_change(shape)
        if afresh or moved != self._told_moved:
            self._told_moved = moved
            self._moving_until = self._clock() + MOVING_FOR_S
            self._on_change(moved)


def pointer_now() -> tuple[int, int, int]:
    """Return the handle of the pointer's shape (0: there is none), and its place on the desktop in pixels.

    Raises:
        EnvironmentFault: `display_gone`: Windows does not tell, as on the secure desktop.
    """
    now = CursorInfo(size=ctypes.sizeof(CursorInfo))
    if not user32().GetCursorInfo(ctypes.byref(now)):
        raise display_gone(f"GetCursorInfo failed with {last_error()}")
    place: Any = now.place
    return (now.cursor or 0) if now.flags & _IS_SHOWN else 0, place.x, place.y


def shape_of(cursor: int) -> CursorShape | None:
    """Return what the pointer of this handle looks like; None when it has gone meanwhile."""
    icon = IconInfo()
    if not user32().GetIconInfo(cursor, ctypes.byref(icon)):
        return None
    try:
        width, height, pixels = _pixels(icon)
    finally:
        for bitmap in (icon.mask, icon.colour):
            if bitmap:
                gdi32().DeleteObject(bitmap)
    return shape_within_limits(zlib.crc32(pixels), width, height, icon.hot_x, icon.hot_y, pixels)


def _pixels(icon: IconInfo) -> tuple[int, int, bytes]:
    """Return width, height and pixels with opacity; without pixels what cannot be read."""
    width, height, mask = _bitmap_pixels(icon.mask)
    if not icon.colour:
        return width, height // 2, masked_shape(mask, width) if width and not height % 2 else b""
    coloured_width, coloured_height, colour = _bitmap_pixels(icon.colour)
    if len(mask) != len(colour):
        mask = bytes(len(colour))
    return coloured_width, coloured_height, coloured_shape(colour, mask)


def _bitmap_pixels(bitmap: int | None) -> tuple[int, int, bytes]:
    """Return width, height and pixels (4 bytes each) of a bitmap; 0, 0 and none where it cannot be read."""
    told = Bitmap()
    if not bitmap or not gdi32().GetObjectW(bitmap, ctypes.sizeof(Bitmap), ctypes.byref(told)):
        return 0, 0, b""
    width, height = told.width, told.height
    if not (0 < width <= LARGEST_SIDE and 0 < height <= 2 * LARGEST_SIDE):
        return 0, 0, b""
    pixels, header = ctypes.create_string_buffer(width * height * 4), top_down(width, height)
    context = gdi32().CreateCompatibleDC(None)
    try:
        rows = gdi32().GetDIBits(context, bitmap, 0, height, pixels, ctypes.byref(header), 0)
    finally:
        gdi32().DeleteDC(context)
    return (width, height, pixels.raw) if rows == height else (0, 0, b"")
