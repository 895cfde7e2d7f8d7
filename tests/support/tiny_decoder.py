"""A decoder for tests of the decoder process: an update fills a rectangle, or misbehaves as told."""

import os
import socket
import struct
from dataclasses import dataclass

from protocol.errors import PeerError
from protocol.picture.geometry import Rect

_HEAD = struct.Struct("<cIHHHHHHI")
NAME = "tests.support.tiny_decoder:make"


def fill(number: int, size: tuple[int, int], rect: Rect, colour: int) -> bytes:
    """An update that makes `rect` one colour (0xRRGGBB)."""
    return _HEAD.pack(b"F", number, *size, rect.x, rect.y, rect.width, rect.height, colour)


def misbehave(way: str, number: int = 0) -> bytes:
    """An update that does what its letter says; see `TinyDecoder.apply`."""
    return _HEAD.pack(way.encode(), number, 1, 1, 0, 0, 1, 1, 0)


@dataclass(frozen=True)
class TinyUpdate:
    way: bytes
    number: int
    numbers: tuple[int, ...]


class TinyDecoder:
    def __init__(self, pixels: memoryview, max_pixels: int) -> None:
        self._pixels = pixels
        self._max_pixels = max_pixels
        self.size = (0, 0)

    def read(self, data: bytes) -> TinyUpdate:
        if len(data) != _HEAD.size:
            raise PeerError("a length that is none", code="tiny_malformed")
        way, number, *numbers = _HEAD.unpack(data)
        return TinyUpdate(way, number, tuple(numbers))

    def apply(self, update: TinyUpdate) -> tuple[Rect, ...]:
        way, (width, height, *numbers, colour) = update.way, update.numbers
        self.size = (width, height)
        rect = Rect(*numbers)
        match way:
            case b"F":
                self._fill(rect, width, colour)
            case b"Z":
                os.abort()
            case b"H":
                while True:
                    pass
            case b"M":
                bytearray(700 << 20)
            case b"O":
                os.open("/etc/hostname", os.O_RDONLY)
            case b"S":
                socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            case b"T":
                # what a process that was taken over might do to the window's memory: find its descriptor, shrink it
                for number in range(3, 64):
                    try:
                        os.ftruncate(number, 0)
                    except OSError:
                        continue
                    raise PeerError("shrunk", code="buffer_shrunk")
            case b"P":
                print("a library talks", flush=True)
            case b"L":
                for number in range(3, 64):
                    try:
                        os.write(number, b"\x07lies" * 50)
                    except OSError:
                        continue
            case b"D":
                self.size = (60000, 60000)
            case b"E":
                return (Rect(5, 5, 100, 100),)
            case _:
                raise PeerError("unknown", code="tiny_unknown")
        return (rect,)

    def _fill(self, rect: Rect, width: int, colour: int) -> None:
        row = struct.pack("<I", 0xFF000000 | colour) * rect.width
        for y in range(rect.y, rect.y + rect.height):
            start = (y * width + rect.x) * 4
            self._pixels[start : start + len(row)] = row


def make(pixels: memoryview, max_pixels: int) -> TinyDecoder:
    """Return a decoder for the decoder process."""
    return TinyDecoder(pixels, max_pixels)
