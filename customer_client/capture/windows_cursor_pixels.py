"""Turns what Windows tells of a pointer's shape into pixels with opacity. Pure.

Windows keeps a pointer as one of three: a coloured picture with opacity, a coloured picture and a mask of what is not
there, or two masks one below the other. Of the masks the first says where the screen stays, the second what is put over
it; both together mean "the opposite of the screen", which no picture with opacity can say: that becomes black with a
white rim, to be seen on any ground.
"""

_BYTES = 4
_CLEAR, _BLACK, _WHITE = bytes(4), b"\x00\x00\x00\xff", b"\xff\xff\xff\xff"


def coloured_shape(colour: bytes, mask: bytes) -> bytes:
    """Return blue, green, red and opacity, colours multiplied by it, of a coloured pointer.

    `colour` and `mask` hold 4 bytes a pixel, as many of both. A picture without any opacity has its mask count: what
    is not black there is not there.
    """
    if any(colour[3::_BYTES]):
        return _multiplied(colour)
    pixels = bytearray()
    for at in range(0, len(colour), _BYTES):
        pixels += _CLEAR if mask[at] else colour[at : at + 3] + b"\xff"
    return bytes(pixels)


def masked_shape(masks: bytes, width: int) -> bytes:
    """Return the pixels, as `coloured_shape`, of a pointer of two masks, each half of `masks` (4 bytes a pixel)."""
    half = len(masks) // 2
    stays, over = masks[:half:_BYTES], masks[half::_BYTES]
    opposite = {place for place, (stay, put) in enumerate(zip(stays, over, strict=True)) if stay and put}
    pixels = bytearray()
    for place, (stay, put) in enumerate(zip(stays, over, strict=True)):
        if not stay:
            pixels += _WHITE if put else _BLACK
        elif put:
            pixels += _BLACK
        else:
            pixels += _WHITE if _touches(place, opposite, width) else _CLEAR
    return bytes(pixels)


def _touches(place: int, others: set[int], width: int) -> bool:
    """Return whether the pixel `place` lies beside, above or below one of `others`."""
    if not others:
        return False
    column = place % width
    return (
        place - width in others
        or place + width in others
        or (column > 0 and place - 1 in others)
        or (column < width - 1 and place + 1 in others)
    )


def _multiplied(pixels: bytes) -> bytes:
    result = bytearray(pixels)
    for at in range(0, len(result), _BYTES):
        opacity = result[at + 3]
        if opacity != 0xFF:
            for channel in range(at, at + 3):
                result[channel] = (result[channel] * opacity + 127) // 255
    return bytes(result)
