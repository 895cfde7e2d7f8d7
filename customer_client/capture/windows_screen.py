"""Reads the desktop of Windows through GDI: BitBlt into a picture of our own (a DIB section). One thread at a time.

Only what the graphics driver puts on the screen beside the desktop (protected films, some full-screen games) stays
black. Desktop duplication (DXGI) would tell what changed as well; docs/adr/0018 says why this came first.
"""

import ctypes
from typing import Any

from customer_client.capture.display_changes import PeriodicRecheck
from customer_client.capture.polled_source import PolledSource, Screen
from customer_client.capture.source import BYTES_PER_PIXEL, Display
from customer_client.capture.windows_displays import windows_displays
from customer_client.redaction.cover import Cover
from customer_client.windows.api import gdi32, last_error, user32
from customer_client.windows.secure_desktop import secure_desktop_fault, secure_desktop_is_shown
from customer_client.windows.structures import CursorInfo, IconInfo, top_down
from protocol.picture.geometry import Rect

_COPY_WITH_LAYERED_WINDOWS = 0x00CC0020 | 0x40000000
_CURSOR_IS_SHOWN = 0x1
_DRAW_AS_IT_IS = 0x3


class WindowsScreen:
    """A `Screen`. With the pointer drawn in where `with_pointer`."""

    def __init__(self, *, with_pointer: bool) -> None:
        self._with_pointer = with_pointer
        self._context: int | None = gdi32().CreateCompatibleDC(None)
        if not self._context:
            raise OSError(last_error(), "CreateCompatibleDC")
        self._bitmap: int | None = None
        self._bits = 0
        self._size = (0, 0)

    def read(self, area: Rect) -> bytearray:
        """Return the pixels of `area`.

        Raises:
            OSError: Windows did not copy them.
            EnvironmentFault: `secure_desktop`.
        """
        if secure_desktop_is_shown():
            raise secure_desktop_fault()
        if self._size != (area.width, area.height):
            self._make_picture(area.width, area.height)
        self._copy(area)
        gdi32().GdiFlush()
        size_bytes = area.width * area.height * BYTES_PER_PIXEL
        return bytearray((ctypes.c_char * size_bytes).from_address(self._bits))

    def close(self) -> None:
        """Give picture and context back. Harmless to call again."""
        context, self._context = self._context, None
        if context:
            gdi32().DeleteDC(context)
            self._drop_picture()

    def _copy(self, area: Rect) -> None:
        screen = user32().GetDC(None)
        if not screen:
            raise OSError(last_error(), "GetDC")
        try:
            copied = gdi32().BitBlt(
                self._context,
                *(0, 0, area.width, area.height),
                *(screen, area.x, area.y),
                _COPY_WITH_LAYERED_WINDOWS,
            )
            if not copied:
                raise OSError(last_error(), "BitBlt")
        finally:
            user32().ReleaseDC(None, screen)
        if self._with_pointer:
            self._draw_pointer(area)

    def _draw_pointer(self, area: Rect) -> None:
        now = CursorInfo(size=ctypes.sizeof(CursorInfo))
        if not user32().GetCursorInfo(ctypes.byref(now)) or not now.flags & _CURSOR_IS_SHOWN:
            return
        icon = IconInfo()
        if not user32().GetIconInfo(now.cursor, ctypes.byref(icon)):
            return
        for bitmap in (icon.mask, icon.colour):
            if bitmap:
                gdi32().DeleteObject(bitmap)
        place: Any = now.place
        corner = (place.x - icon.hot_x - area.x, place.y - icon.hot_y - area.y)
        user32().DrawIconEx(self._context, *corner, now.cursor, 0, 0, 0, None, _DRAW_AS_IT_IS)

    def _make_picture(self, width: int, height: int) -> None:
        self._size = (0, 0)
        bits, header = ctypes.c_void_p(), top_down(width, height)
        made = gdi32().CreateDIBSection(self._context, ctypes.byref(header), 0, ctypes.byref(bits), None, 0)
        if not made or not bits.value:
            raise OSError(last_error(), f"CreateDIBSection for {width} x {height} pixels")
        gdi32().SelectObject(self._context, made)
        self._drop_picture()
        self._bitmap, self._bits, self._size = made, bits.value, (width, height)

    def _drop_picture(self) -> None:
        """Delete the picture; it must not be selected in the context any more."""
        if self._bitmap:
            gdi32().DeleteObject(self._bitmap)
        self._bitmap = None


def open_windows_source(*, with_pointer: bool, cover: Cover | None = None) -> PolledSource:
    """Return a `SharingSource` for the desktop of Windows.

    Raises:
        EnvironmentFault: `display_gone`.
    """

    def open_screen() -> tuple[Screen, tuple[Display, ...]]:
        displays = windows_displays()
        return WindowsScreen(with_pointer=with_pointer), displays

    return PolledSource(open_screen, PeriodicRecheck, cover=cover)
