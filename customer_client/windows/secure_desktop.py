"""Whether Windows shows a desktop of its own that no program may see or press in. Any thread; some microseconds.

Windows asks for an administrator's consent, a password (Ctrl+Alt+Del) or the lock screen's on the desktop "Winlogon".
A program of the person who is signed in may not open that one: OpenInputDesktop says no, and that is how to know.
"""

import ctypes

from customer_client.windows.api import kernel32, user32
from protocol.errors import EnvironmentFault

_READ_OBJECTS = 0x1
_NAME = 2
_LONGEST_NAME = 256


def secure_desktop_is_shown() -> bool:
    """Return whether keys and mouse go to another desktop than the one this program's windows are on."""
    desktop = user32().OpenInputDesktop(0, False, _READ_OBJECTS)
    if not desktop:
        return True
    try:
        shown = _name(desktop)
    finally:
        user32().CloseDesktop(desktop)
    # A desktop one may open and that is not ours, such as a screen saver's, is as little ours to show.
    return bool(shown) and shown != _name(user32().GetThreadDesktop(kernel32().GetCurrentThreadId()))


def secure_desktop_fault() -> EnvironmentFault:
    """Return what to raise while it is shown."""
    return EnvironmentFault(
        "another desktop has the keyboard",
        code="secure_desktop",
        user_text="Windows shows a page that no program may see or answer, such as a question for permission or the "
        "lock screen. Only you can answer it. The picture comes back by itself.",
    )


def _name(desktop: int) -> str:
    """Return what the desktop of this handle is called; empty where that is not told."""
    name = ctypes.create_unicode_buffer(_LONGEST_NAME)
    told = user32().GetUserObjectInformationW(desktop, _NAME, name, ctypes.sizeof(name), None)
    return name.value if told else ""
