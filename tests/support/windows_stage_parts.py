"""What `windows_stage` puts on the desktop and lets run beside it. Runs in Windows (wine)."""

import asyncio
import ctypes
import threading
import time
from collections.abc import Callable
from typing import Any

from customer_client.input.ledger import EventKind
from customer_client.input.windows_hands import WindowsHands
from customer_client.watchdog.guard import WatchdogGuard
from customer_client.windows.api import load
from protocol.errors import EnvironmentFault

EDIT_PLACE = (600, 80, 500, 60)
"""Of the edit control: left, top, width, height."""

_EDIT_STYLE = 0x90000000
"""WS_VISIBLE | WS_POPUP."""

_EVERYTHING = 0x10000000
"""GENERIC_ALL."""


def colour_at(pixels: Any, stride: int, x: int, y: int) -> str:
    """Return the colour of a picture there, as `#rrggbb`."""
    blue, green, red = bytes(pixels[y * stride + x * 4 : y * stride + x * 4 + 3])
    return f"#{red:02x}{green:02x}{blue:02x}"


def edit_control() -> int:
    """Return a new edit control of Windows, as most programs have them."""
    create: Any = load("user32").CreateWindowExW
    create.restype = ctypes.c_void_p
    create.argtypes = (
        ctypes.c_uint32,
        ctypes.c_wchar_p,
        ctypes.c_wchar_p,
        ctypes.c_uint32,
        *(ctypes.c_int32,) * 4,
        *(ctypes.c_void_p,) * 4,
    )
    return int(create(0, "EDIT", "", _EDIT_STYLE, *EDIT_PLACE, None, None, None, None))


def on_another_desktop(look: Callable[[], Any]) -> Any:
    """Return what `look` returns on a thread whose desktop is not the one that is shown; the code of what it raises."""
    library: Any = load("user32")
    library.CreateDesktopW.restype = ctypes.c_void_p
    found: list[Any] = []

    def run() -> None:
        desktop = library.CreateDesktopW(ctypes.c_wchar_p("Elsewhere"), None, None, 0, _EVERYTHING, None)
        library.SetThreadDesktop(ctypes.c_void_p(desktop))
        try:
            found.append(look())
        except EnvironmentFault as fault:
            found.append(fault.code)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def watch(words: list[str], *, hang_s: float = 0.0, panic_s: float = 0.0) -> None:
    """Be watched over; `words` gets what is told.

    Hold a key and hang until it is let go, at most `hang_s`; or wait at most `panic_s` for the panic keys.
    """

    async def watched() -> None:
        guard = WatchdogGuard(
            block=lambda: words.append("block"),
            stop=lambda: words.append("stop"),
            released=lambda: words.append("released"),
            lost=lambda: words.append("lost"),
        )
        await asyncio.to_thread(guard.ready.wait, 30.0)
        words.append("ready")
        hands = WindowsHands()
        number = hands.knows("F24") or 0
        if hang_s:
            guard.going_down(EventKind.KEY_DOWN, number)
            hands.key(number, True)
            hung_until = time.monotonic() + hang_s
            while "released" not in words and time.monotonic() < hung_until:
                time.sleep(0.05)
        end = time.monotonic() + panic_s
        while time.monotonic() < end and "stop" not in words:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        guard.close()

    asyncio.run(watched())
