"""The structures have the sizes and offsets of 64-bit Windows, wherever they are looked at."""

import ctypes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_client.capture.windows_displays import display_of, with_one_primary
from customer_client.windows.structures import (
    Bitmap,
    BitmapHeader,
    CursorInfo,
    IconInfo,
    Input,
    KeyTold,
    Message,
    MonitorInfo,
    MouseTold,
    Rectangle,
    keyboard_input,
    mouse_input,
    top_down,
)


@pytest.mark.parametrize(
    ("structure", "size_bytes"),
    [
        (Rectangle, 16),
        (MonitorInfo, 104),
        (CursorInfo, 24),
        (IconInfo, 32),
        (Bitmap, 32),
        (BitmapHeader, 48),
        (Input, 40),
        (KeyTold, 24),
        (MouseTold, 32),
        (Message, 48),
    ],
)
def test_each_is_as_large_as_in_windows(structure, size_bytes):
    assert ctypes.sizeof(structure) == size_bytes


def test_the_two_kinds_of_input_lie_where_windows_looks():
    key = bytes(keyboard_input(virtual_key=0x41, scan_code=0x1E, flags=0x8, extra=7))
    assert key[:4] == b"\1\0\0\0"
    assert key[8:16] == b"\x41\0\x1e\0\x08\0\0\0"
    assert key[24:32] == b"\7\0\0\0\0\0\0\0"
    mouse = bytes(mouse_input(0x800, dx=-1, dy=2, data=-120, extra=7))
    assert mouse[8:24] == b"\xff\xff\xff\xff\2\0\0\0\x88\xff\xff\xff\0\x08\0\0"
    assert mouse[32:40] == b"\7\0\0\0\0\0\0\0"


def test_a_picture_has_its_top_row_first():
    header = top_down(640, 480)
    assert (header.size, header.width, header.height, header.bits_per_pixel) == (40, 640, -480, 32)


def monitor(name: str, left: int, top: int, right: int, bottom: int, flags: int) -> MonitorInfo:
    info = MonitorInfo(whole=Rectangle(left, top, right, bottom), flags=flags)
    for place, unit in enumerate(name.encode("utf-16-le")[::2]):
        info.device[place] = unit
    return info


def test_a_display_left_of_the_primary_one_at_150_percent():
    found = display_of(monitor("\\\\.\\DISPLAY2", -2560, 40, 0, 1480, 0), 144)
    assert (found.name, found.left, found.top, found.width, found.height) == ("DISPLAY2", -2560, 40, 2560, 1440)
    assert (found.primary, found.scale_percent) == (False, 150)


@given(st.lists(st.booleans(), min_size=1, max_size=8))
def test_exactly_one_display_is_the_primary_one(flags):
    listed = tuple(display_of(monitor(f"D{number}", 0, 0, 10, 10, int(flag)), 0) for number, flag in enumerate(flags))
    marked = [each.name for each in with_one_primary(listed) if each.primary]
    assert marked == [f"D{flags.index(True) if True in flags else 0}"]
