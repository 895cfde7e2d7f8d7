"""The windows of a macOS desktop, by CGWindowListCopyWindowInfo. Written to the documented interface; not run here.

Titles need the permission to record the screen, which capturing needs as well. Bounds are points; a display's pictures
are taken in points too (mss), so no scale is applied. Banners belong to the program "Notification Center".
"""

import os
from typing import Any

from customer_client.redaction.system_window_watch import SeenWindow
from protocol.picture.geometry import Rect, between

_ON_SCREEN_ONLY = 1
_NO_WINDOW = 0
_BANNERS = frozenset({"notification center", "usernoted"})


def listed() -> tuple[SeenWindow, ...]:
    """Return the windows that are shown, the topmost first."""
    import Quartz  # type: ignore[import-not-found,unused-ignore]  # comes with pynput, on macOS only

    found: Any = Quartz.CGWindowListCopyWindowInfo(_ON_SCREEN_ONLY, _NO_WINDOW) or ()
    front = next((entry for entry in found if entry.get("kCGWindowLayer") == 0), None)
    seen = (_seen(entry, is_front=entry is front) for entry in found)
    return tuple(window for window in seen if window is not None)


def _seen(entry: Any, *, is_front: bool) -> SeenWindow | None:
    rect = _rect(entry.get("kCGWindowBounds", {}))
    if rect is None:
        return None
    program = str(entry.get("kCGWindowOwnerName", ""))
    return SeenWindow(
        id=int(entry["kCGWindowNumber"]),
        title=str(entry.get("kCGWindowName", "")),
        window_class="",
        program=program,
        rect=rect,
        has_keyboard=is_front,
        own=int(entry.get("kCGWindowOwnerPID", 0)) == os.getpid(),
        notification=program.casefold() in _BANNERS,
    )


def _rect(bounds: Any) -> Rect | None:
    left, top = int(bounds.get("X", 0)), int(bounds.get("Y", 0))
    return between(left, top, left + int(bounds.get("Width", 0)), top + int(bounds.get("Height", 0)))
