"""Every pixel of a converted picture comes from that picture, whatever its width."""

import av
import pytest

from protocol.transport.bgra import BgraPictures

GREY = 128


def grey_picture(width: int, height: int, pixel_format: str) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, pixel_format)
    for plane in frame.planes:
        plane.update(bytes([GREY]) * plane.buffer_size)
    return frame


def poison(size_bytes: int) -> None:
    """Leave memory of about this size behind that nobody would take for a grey picture."""
    left_behind = [bytearray(b"\x17" * (size_bytes + extra)) for extra in range(0, 256, 16)]
    left_behind.clear()


@pytest.mark.parametrize("height", [2, 13, 64])
@pytest.mark.parametrize("pixel_format", ["yuvj420p", "yuv420p", "yuvj422p", "yuvj444p"])
def test_no_column_is_left_out_at_any_width(pixel_format: str, height: int) -> None:
    pictures = BgraPictures()
    for width in [*range(1, 100), 900, 1366, 1920]:
        poison(width * height * 4)
        plane = pictures.convert(grey_picture(width, height, pixel_format), dst_color_range="JPEG").planes[0]
        shown_pixels = memoryview(plane)
        for row in range(height):
            shown = bytes(shown_pixels[row * plane.line_size : row * plane.line_size + width * 4])
            assert set(shown[3::4]) == {255}, f"{width}x{height}"
            assert all(abs(value - GREY) <= 3 for value in set(shown[:3])), f"{width}x{height}"
            assert shown[: width * 4] == shown[:4] * width, f"{width}x{height}"
