"""The structures of Win32 this program hands over or reads. Pure: laid out the same on every system.

Sources: windef.h, wingdi.h, winuser.h of the Windows SDK. `LONG` and `DWORD` are 32 bits wide there whatever the
processor, so `ctypes.c_long`, which is wider elsewhere, is not used.
"""

import ctypes

LONG, DWORD, WORD, BOOL = ctypes.c_int32, ctypes.c_uint32, ctypes.c_uint16, ctypes.c_int32
HANDLE = ctypes.c_void_p
WORD_OF_POINTER_SIZE = ctypes.c_size_t


class Point(ctypes.Structure):
    """POINT: pixels of the desktop all displays make up."""

    _fields_ = (("x", LONG), ("y", LONG))


class Rectangle(ctypes.Structure):
    """RECT: `right` and `bottom` are just outside."""

    _fields_ = (("left", LONG), ("top", LONG), ("right", LONG), ("bottom", LONG))


class MonitorInfo(ctypes.Structure):
    """MONITORINFOEXW; `size` has to be set before asking."""

    _fields_ = (
        ("size", DWORD),
        ("whole", Rectangle),
        ("work", Rectangle),
        ("flags", DWORD),
        ("device", ctypes.c_uint16 * 32),
    )


class CursorInfo(ctypes.Structure):
    """CURSORINFO; `size` has to be set before asking."""

    _fields_ = (("size", DWORD), ("flags", DWORD), ("cursor", HANDLE), ("place", Point))


class IconInfo(ctypes.Structure):
    """ICONINFO: the two bitmaps belong to whoever asked."""

    _fields_ = (
        ("is_icon", BOOL),
        ("hot_x", DWORD),
        ("hot_y", DWORD),
        ("mask", HANDLE),
        ("colour", HANDLE),
    )


class Bitmap(ctypes.Structure):
    """BITMAP: what GetObjectW tells of one."""

    _fields_ = (
        ("type", LONG),
        ("width", LONG),
        ("height", LONG),
        ("row_bytes", LONG),
        ("planes", WORD),
        ("bits_per_pixel", WORD),
        ("bits", HANDLE),
    )


class BitmapHeader(ctypes.Structure):
    """BITMAPINFOHEADER, and room for a table of colours that pictures of 32 bits do not have."""

    _fields_ = (
        ("size", DWORD),
        ("width", LONG),
        ("height", LONG),
        ("planes", WORD),
        ("bits_per_pixel", WORD),
        ("compression", DWORD),
        ("image_bytes", DWORD),
        ("x_per_meter", LONG),
        ("y_per_meter", LONG),
        ("colours_used", DWORD),
        ("colours_important", DWORD),
        ("colours", DWORD * 2),
    )


HEADER_BYTES = 40
"""Of a BITMAPINFOHEADER without the table."""


def top_down(width: int, height: int) -> BitmapHeader:
    """Return the description of a picture of blue, green, red and an unused byte, its top row first."""
    return BitmapHeader(size=HEADER_BYTES, width=width, height=-height, planes=1, bits_per_pixel=32)


class KeyboardInput(ctypes.Structure):
    """KEYBDINPUT."""

    _fields_ = (
        ("virtual_key", WORD),
        ("scan_code", WORD),
        ("flags", DWORD),
        ("time", DWORD),
        ("extra", WORD_OF_POINTER_SIZE),
    )


class MouseInput(ctypes.Structure):
    """MOUSEINPUT."""

    _fields_ = (
        ("dx", LONG),
        ("dy", LONG),
        ("data", DWORD),
        ("flags", DWORD),
        ("time", DWORD),
        ("extra", WORD_OF_POINTER_SIZE),
    )


class _Either(ctypes.Union):
    _fields_ = (("mouse", MouseInput), ("keyboard", KeyboardInput))


class Input(ctypes.Structure):
    """INPUT: `type` says which of the two it is."""

    _fields_ = (("type", DWORD), ("either", _Either))


MOUSE, KEYBOARD = 0, 1


def keyboard_input(*, virtual_key: int = 0, scan_code: int = 0, flags: int, extra: int = 0) -> Input:
    """Return an INPUT for a key, or for a UTF-16 unit in `scan_code`."""
    return Input(KEYBOARD, _Either(keyboard=KeyboardInput(virtual_key, scan_code, flags, 0, extra)))


def mouse_input(flags: int, *, dx: int = 0, dy: int = 0, data: int = 0, extra: int = 0) -> Input:
    """Return an INPUT for the mouse."""
    return Input(MOUSE, _Either(mouse=MouseInput(dx, dy, data & 0xFFFFFFFF, flags, 0, extra)))


class MouseTold(ctypes.Structure):
    """MSLLHOOKSTRUCT: what a low-level hook is told of the mouse."""

    _fields_ = (
        ("place", Point),
        ("data", DWORD),
        ("flags", DWORD),
        ("time", DWORD),
        ("extra", WORD_OF_POINTER_SIZE),
    )


class KeyTold(ctypes.Structure):
    """KBDLLHOOKSTRUCT: what a low-level hook is told of a key."""

    _fields_ = (
        ("code", DWORD),
        ("scan_code", DWORD),
        ("flags", DWORD),
        ("time", DWORD),
        ("extra", WORD_OF_POINTER_SIZE),
    )


class Message(ctypes.Structure):
    """MSG."""

    _fields_ = (
        ("window", HANDLE),
        ("number", DWORD),
        ("word", WORD_OF_POINTER_SIZE),
        ("long", ctypes.c_ssize_t),
        ("time", DWORD),
        ("place", Point),
    )
