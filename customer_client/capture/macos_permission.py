"""Whether macOS lets this program see the screen. Written to the documented interface; not run here.

Source: Apple CoreGraphics, `CGPreflightScreenCaptureAccess` and `CGRequestScreenCaptureAccess` (macOS 10.15, 11 for
programs made for it). Without the permission macOS gives pictures of the wallpaper and our own windows, and no error:
so it is asked first. The request makes Deskside appear in the list of System Settings, switched off, and asks once.
"""

import ctypes
from typing import Any

from protocol.errors import EnvironmentFault

_LIBRARY = "/System/Library/Frameworks/CoreGraphics.framework/CoreGraphics"


def require_screen_permission(library: Any = None) -> None:
    """Return when the screen may be seen. `library` is CoreGraphics; None loads it.

    Raises:
        EnvironmentFault: `macos_screen_permission`, the person has not given it, or not started Deskside anew since.
    """
    core_graphics = library if library is not None else _load()
    if core_graphics is None or core_graphics.CGPreflightScreenCaptureAccess():
        return
    core_graphics.CGRequestScreenCaptureAccess()
    raise EnvironmentFault(
        "no Screen Recording permission",
        code="macos_screen_permission",
        # The page with what happened and the next step is in `session.troubles`.
        user_text="Your Mac does not let Deskside see the screen yet.",
    )


def _load() -> Any:
    """Return CoreGraphics with the two functions declared; None on a macOS that asks nobody (before 10.15)."""
    library = ctypes.CDLL(_LIBRARY)
    try:
        functions = (library.CGPreflightScreenCaptureAccess, library.CGRequestScreenCaptureAccess)
    except AttributeError:
        return None
    for function in functions:
        function.restype, function.argtypes = ctypes.c_bool, ()
    return library
