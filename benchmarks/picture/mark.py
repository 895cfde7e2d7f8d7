"""The mark every frame carries: its number in large black and white blocks, with a checksum. Pure.

A row of 32 square cells of 16 pixels: 8 that never change (so that the mark can be found on a display), 16 with the
frame's number, 8 with a CRC of it. A cell is as large as a macroblock, so a video codec keeps its brightness.
"""

CELL = 16
"""Width and height of one cell in pixels."""

SYNC = (1, 1, 1, 0, 0, 1, 0, 1)
"""The first cells, the same in every mark; 1 is white."""

NUMBER_BITS = 16
CHECK_BITS = 8
CELLS = len(SYNC) + NUMBER_BITS + CHECK_BITS
WIDTH = CELLS * CELL
NUMBERS = 1 << NUMBER_BITS
"""Frame numbers go from 0 to NUMBERS - 1."""

_CHECK_START = 0x5A
_CRC_POLYNOMIAL = 0x07
_BRIGHT = bytes(int(value >= 128) for value in range(256))
_SYNC_ROW = bytes(bit for bit in SYNC for _ in range(CELL))


def cells_of(number: int) -> tuple[int, ...]:
    """Return the mark of frame `number` (0..65535) as 32 cells, left to right, 1 for white.

    Raises:
        ValueError: the number does not fit.
    """
    if not 0 <= number < NUMBERS:
        raise ValueError(f"frame number {number} is not in 0..{NUMBERS - 1}")
    value = number << CHECK_BITS | _check_of(number)
    bits = NUMBER_BITS + CHECK_BITS
    return SYNC + tuple(value >> (bits - 1 - place) & 1 for place in range(bits))


def number_in(cells: tuple[int, ...]) -> int | None:
    """Return the frame number that 32 cells carry, or None when they are no mark."""
    if len(cells) != CELLS or cells[: len(SYNC)] != SYNC:
        return None
    value = 0
    for cell in cells[len(SYNC) :]:
        value = value << 1 | cell
    number, check = value >> CHECK_BITS, value & ((1 << CHECK_BITS) - 1)
    return number if check == _check_of(number) else None


def read_row(pixels: bytes | bytearray | memoryview) -> int | None:
    """Return the number in one row of BGRX pixels that starts at the mark's left edge and is at least WIDTH long."""
    bright = bytes(pixels[1 : WIDTH * 4 : 4]).translate(_BRIGHT)
    return number_in(tuple(bright[CELL // 2 :: CELL]))


def place_in_row(pixels: bytes | bytearray | memoryview) -> int | None:
    """Return where in one row of BGRX pixels a whole mark begins (pixels from the left), or None without one."""
    bright = bytes(pixels[1::4]).translate(_BRIGHT)
    left = bright.find(_SYNC_ROW)
    while left >= 0:
        if number_in(tuple(bright[left + CELL // 2 : left + WIDTH : CELL])) is not None:
            return left
        left = bright.find(_SYNC_ROW, left + 1)
    return None


def _check_of(number: int) -> int:
    check = _CHECK_START
    for byte in number.to_bytes(NUMBER_BITS // 8, "big"):
        check ^= byte
        for _ in range(8):
            check = (check << 1 ^ (_CRC_POLYNOMIAL if check & 0x80 else 0)) & 0xFF
    return check
