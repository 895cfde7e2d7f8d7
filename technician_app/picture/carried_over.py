"""What is shown of the old picture until one of double or half its size covers it. Pure; one thread at a time.

On a thin line the customer's side sends the picture at half the width and height, and at rest at full size again. The
old picture stays meanwhile, each pixel doubled or every second one left out, instead of a black one.
"""

from protocol.picture.pixels import BYTES_PER_PIXEL

Size = tuple[int, int]


def carried_over(pixels: bytes, size: Size, new_size: Size) -> bytearray | None:
    """Return `pixels` (BGRX rows without gaps) at `new_size`.

    None unless one size is half of the other, rounded up.
    """
    if new_size == _halved(size):
        return _every_second(pixels, size, new_size)
    if size == _halved(new_size):
        return _doubled(pixels, size, new_size)
    return None


def _halved(size: Size) -> Size:
    return (-(-size[0] // 2), -(-size[1] // 2))


def _every_second(pixels: bytes, size: Size, new_size: Size) -> bytearray:
    words, stride = memoryview(pixels).cast("I"), size[0]
    made = bytearray(new_size[0] * new_size[1] * BYTES_PER_PIXEL)
    into = memoryview(made).cast("I")
    for row in range(new_size[1]):
        into[row * new_size[0] : (row + 1) * new_size[0]] = words[row * 2 * stride : (row * 2 + 1) * stride : 2]
    return made


def _doubled(pixels: bytes, size: Size, new_size: Size) -> bytearray:
    words, (width, height) = memoryview(pixels).cast("I"), new_size
    made = bytearray(width * height * BYTES_PER_PIXEL)
    into = memoryview(made).cast("I")
    for row in range(height):
        start = row * width
        if row % 2:
            into[start : start + width] = into[start - width : start]
        else:
            source = words[row // 2 * size[0] : (row // 2 + 1) * size[0]]
            into[start : start + width : 2] = source
            into[start + 1 : start + width : 2] = source[: width // 2]
    return made
