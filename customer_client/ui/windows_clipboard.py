"""The clipboard of Windows, as Unicode text. GUI thread only; waits at most a tenth of a second for other programs."""

import ctypes
import time
import tkinter as tk
from collections.abc import Iterator
from contextlib import contextmanager

from customer_client.windows.api import kernel32, last_error, user32
from protocol.errors import EnvironmentFault

SECRET_FORMATS = ("ExcludeClipboardContentFromMonitorProcessing", "Clipboard Viewer Ignore")
"""Password managers put these formats beside what nobody else should keep or send."""

_UNICODE_TEXT = 13
_MOVEABLE = 0x0002
_ATTEMPTS, _BETWEEN_S = 10, 0.01


def put_windows_text(window: tk.Misc, text: str) -> None:
    """Make `text` what is pasted on this computer from now on; `window` is who owns it.

    Raises:
        EnvironmentFault: `clipboard_busy`, another program does not let go of it.
    """
    data = as_windows_keeps_it(text)
    with _opened(window.winfo_id()):
        user32().EmptyClipboard()
        memory = _global_memory(data)
        if not user32().SetClipboardData(_UNICODE_TEXT, memory):
            kernel32().GlobalFree(memory)  # else it is Windows' own now
            raise _busy(f"SetClipboardData failed with {last_error()}")


def windows_text(window: tk.Misc) -> str | None:
    """Return the text on the clipboard with line feeds as line ends; None when there is none.

    Raises:
        EnvironmentFault: `clipboard_busy`.
    """
    if not user32().IsClipboardFormatAvailable(_UNICODE_TEXT):
        return None
    with _opened(window.winfo_id()):
        memory = user32().GetClipboardData(_UNICODE_TEXT)
        address = kernel32().GlobalLock(memory) if memory else None
        if not address:
            return None
        try:
            return as_we_keep_it(ctypes.string_at(address, kernel32().GlobalSize(memory)))
        finally:
            kernel32().GlobalUnlock(memory)


def windows_clipboard_is_secret() -> bool:
    """Return whether a password manager has marked what is on the clipboard."""
    formats = [user32().RegisterClipboardFormatW(name) for name in SECRET_FORMATS]
    return any(user32().IsClipboardFormatAvailable(number) for number in formats)


def as_windows_keeps_it(text: str) -> bytes:
    """Return `text` in UTF-16 with the line ends of Windows and a zero at the end; half surrogates are replaced."""
    lines = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return f"{lines}\0".encode("utf-16-le", "replace")


def as_we_keep_it(data: bytes) -> str:
    """Return the text of the clipboard's memory, which may go on behind the zero that ends it."""
    text = data[: len(data) - len(data) % 2].decode("utf-16-le", "replace")
    return text.partition("\0")[0].replace("\r\n", "\n")


def _global_memory(data: bytes) -> int:
    memory: int | None = kernel32().GlobalAlloc(_MOVEABLE, len(data))
    address = kernel32().GlobalLock(memory) if memory else None
    if not memory or not address:
        raise _busy(f"no memory for {len(data)} bytes")
    ctypes.memmove(address, data, len(data))
    kernel32().GlobalUnlock(memory)
    return memory


@contextmanager
def _opened(window: int) -> Iterator[None]:
    """Hold the clipboard, which one program at a time may."""
    for _attempt in range(_ATTEMPTS):
        if user32().OpenClipboard(window):
            break
        time.sleep(_BETWEEN_S)
    else:
        raise _busy(f"OpenClipboard failed with {last_error()}")
    try:
        yield
    finally:
        user32().CloseClipboard()


def _busy(detail: str) -> EnvironmentFault:
    return EnvironmentFault(
        detail,
        code="clipboard_busy",
        user_text="Another program is using your clipboard right now. Please try again.",
    )
