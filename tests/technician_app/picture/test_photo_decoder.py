import random
from contextlib import suppress
from fractions import Fraction
from typing import Any

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import PeerError
from technician_app.picture.photo_decoder import PhotoDecoder, require_baseline

WIDTH, HEIGHT = 40, 24


def plain_jpeg(width: int = WIDTH, height: int = HEIGHT, codec_name: str = "mjpeg") -> bytes:
    codec: Any = av.CodecContext.create(codec_name, "w")
    codec.width, codec.height, codec.pix_fmt = width, height, "yuvj420p"
    codec.time_base = Fraction(1, 25)
    frame = av.VideoFrame(width, height, "yuvj420p")
    chosen = random.Random(5)
    for plane in frame.planes:
        plane.update(chosen.randbytes(plane.buffer_size))
    data = b"".join(bytes(packet) for packet in codec.encode(frame))
    # FFmpeg writes a comment, which ours never has.
    comment = data.index(b"\xff\xfe")
    length = int.from_bytes(data[comment + 2 : comment + 4], "big")
    return data[:comment] + data[comment + 2 + length :]


JPEG = plain_jpeg()


def test_a_photo_of_the_announced_size_is_decoded() -> None:
    frame = PhotoDecoder().decode(JPEG, WIDTH, HEIGHT)
    assert (frame.width, frame.height, frame.format.name) == (WIDTH, HEIGHT, "bgra")


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"\xff\xd8",
        plain_jpeg(width=WIDTH + 8),
        JPEG.replace(b"\xff\xc0", b"\xff\xc2"),
        JPEG.replace(b"\xff\xc0", b"\xff\xc3"),
        JPEG[:-2],
        JPEG + b"\0",
        JPEG[:-2] + JPEG[JPEG.index(b"\xff\xda") :],
        JPEG[:2] + b"\xff\xe1\x00\x08Exif\0\0" + JPEG[2:],
        JPEG.replace((HEIGHT).to_bytes(2, "big") + WIDTH.to_bytes(2, "big"), b"\xff\xff\xff\xff"),
    ],
    ids=["empty", "start", "size", "progressive", "lossless", "cut", "padded", "two_scans", "exif", "huge"],
)
def test_anything_but_one_baseline_picture_of_that_size_is_refused(wrong: bytes) -> None:
    with pytest.raises(PeerError):
        require_baseline(wrong, WIDTH, HEIGHT)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 2**31), st.integers(1, 30))
def test_a_damaged_photo_raises_only_peer_error(seed: int, changes: int) -> None:
    chosen, damaged = random.Random(seed), bytearray(JPEG)
    for _ in range(changes):
        damaged[chosen.randrange(len(damaged))] = chosen.randrange(256)
    with suppress(PeerError):
        PhotoDecoder().decode(bytes(damaged), WIDTH, HEIGHT)
