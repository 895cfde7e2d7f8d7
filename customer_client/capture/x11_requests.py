"""The X requests that python-xlib does not bring: MIT-SHM, XFixes regions and the pointer's image. Linux only.

Sources: MIT-SHM 1.2 (shm.xml of xcb-proto), the X Fixes Extension 5.0, sections 8 and 11. Requests are queued and leave
together with the next one whose reply is awaited, in order: that is what lets one round trip read several areas.
"""

from typing import Any

from Xlib import X
from Xlib.error import CatchError
from Xlib.ext import damage as damage_extension
from Xlib.protocol import rq, structs

SHM = "MIT-SHM"
XFIXES = "XFIXES"
DAMAGE = "DAMAGE"
ALL_PLANES = 0xFFFFFFFF
CURSOR_CHANGED_MASK = 1


class _ShmAttach(rq.Request):  # type: ignore[misc]
    _request = rq.Struct(
        rq.Card8("opcode"),
        rq.Opcode(1),
        rq.RequestLength(),
        rq.Card32("segment"),
        rq.Card32("memory_id"),
        rq.Bool("read_only"),
        rq.Pad(3),
    )


class _ShmDetach(rq.Request):  # type: ignore[misc]
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(2), rq.RequestLength(), rq.Card32("segment"))


class _ShmGetImage(rq.ReplyRequest):  # type: ignore[misc]
    _request = rq.Struct(
        rq.Card8("opcode"),
        rq.Opcode(4),
        rq.RequestLength(),
        rq.Drawable("drawable"),
        rq.Int16("x"),
        rq.Int16("y"),
        rq.Card16("width"),
        rq.Card16("height"),
        rq.Card32("plane_mask"),
        rq.Card8("format"),
        rq.Pad(3),
        rq.Card32("segment"),
        rq.Card32("offset"),
    )
    _reply = rq.Struct(
        rq.ReplyCode(),
        rq.Card8("depth"),
        rq.Card16("sequence_number"),
        rq.ReplyLength(),
        rq.Card32("visual"),
        rq.Card32("size"),
        rq.Pad(16),
    )


class _CreateRegion(rq.Request):  # type: ignore[misc]
    _request = rq.Struct(
        rq.Card8("opcode"),
        rq.Opcode(5),
        rq.RequestLength(),
        rq.Card32("region"),
        rq.List("rectangles", structs.Rectangle),
    )


class _FetchRegion(rq.ReplyRequest):  # type: ignore[misc]
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(19), rq.RequestLength(), rq.Card32("region"))
    _reply = rq.Struct(
        rq.ReplyCode(),
        rq.Pad(1),
        rq.Card16("sequence_number"),
        rq.ReplyLength(),
        rq.Object("extents", structs.Rectangle),
        rq.Pad(16),
        rq.List("rectangles", structs.Rectangle),
    )


class _SelectCursorInput(rq.Request):  # type: ignore[misc]
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(3), rq.RequestLength(), rq.Window("window"), rq.Card32("mask"))


class _GetCursorImage(rq.ReplyRequest):  # type: ignore[misc]
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(4), rq.RequestLength())
    _reply = rq.Struct(
        rq.ReplyCode(),
        rq.Pad(1),
        rq.Card16("sequence_number"),
        rq.ReplyLength(),
        rq.Int16("x"),
        rq.Int16("y"),
        rq.Card16("width"),
        rq.Card16("height"),
        rq.Card16("hot_x"),
        rq.Card16("hot_y"),
        rq.Card32("serial"),
        rq.Pad(8),
        rq.Binary("argb"),
    )


class SharedMemoryRequests:
    """MIT-SHM on the python-xlib connection `display`."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._opcode = display.query_extension(SHM).major_opcode

    def attach(self, memory_id: int) -> int | None:
        """Let the server write into the System V segment `memory_id`; None if it will not. One round trip."""
        segment = int(self._display.display.allocate_resource_id())
        refused = CatchError()
        _ShmAttach(
            display=self._display.display,
            onerror=refused,
            opcode=self._opcode,
            segment=segment,
            memory_id=memory_id,
            read_only=False,
        )
        self._display.sync()
        return None if refused.get_error() else segment

    def detach(self, segment: int) -> None:
        """Queue the end of `segment`."""
        _ShmDetach(display=self._display.display, opcode=self._opcode, segment=segment)
        self._display.display.free_resource_id(segment)

    def get_image(self, window: Any, left: int, top: int, width: int, rows: int, segment: int, offset: int) -> Any:
        """Queue the copy of an area of `window` to `offset` bytes into `segment`, rows without gaps.

        The answer's `reply()` waits until it is done; it raises an Xlib XError if the area is not on the window.
        """
        return _ShmGetImage(
            display=self._display.display,
            defer=True,
            opcode=self._opcode,
            drawable=window.id,
            x=left,
            y=top,
            width=width,
            height=rows,
            plane_mask=ALL_PLANES,
            format=X.ZPixmap,
            segment=segment,
            offset=offset,
        )


class DamageRequests:
    """What was drawn on `window` since the last time somebody asked, by XDamage and an XFixes region."""

    def __init__(self, display: Any, window: Any) -> None:
        self._display = display
        display.damage_query_version()
        display.xfixes_query_version()
        self._damage = window.damage_create(damage_extension.DamageReportNonEmpty)
        self._opcode = display.query_extension(XFIXES).major_opcode
        self._region = int(display.display.allocate_resource_id())
        _CreateRegion(display=display.display, opcode=self._opcode, region=self._region, rectangles=[])

    def subtract(self) -> Any:
        """Queue: forget what was drawn, and name it. `reply()` of the answer fills its `rectangles`."""
        self._display.damage_subtract(self._damage, X.NONE, self._region)
        return _FetchRegion(display=self._display.display, defer=True, opcode=self._opcode, region=self._region)


class CursorRequests:
    """The pointer's image, by XFixes on the python-xlib connection `display`."""

    def __init__(self, display: Any) -> None:
        self._display = display
        display.xfixes_query_version()
        self._opcode = display.query_extension(XFIXES).major_opcode

    def notify_changes(self, window: Any) -> None:
        """Ask for an event whenever the pointer's image changes."""
        _SelectCursorInput(
            display=self._display.display, opcode=self._opcode, window=window.id, mask=CURSOR_CHANGED_MASK
        )
        self._display.flush()

    def image(self) -> Any:
        """Return the image: `width`, `height`, `hot_x`, `hot_y`, `serial`, `argb` (4 bytes a pixel, premultiplied)."""
        return _GetCursorImage(display=self._display.display, opcode=self._opcode)
