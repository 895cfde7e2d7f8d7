"""Short numbers in an update: 7 bits to a byte, the lowest first, the highest bit set in all but the last. Pure."""

from protocol.errors import PeerError

_MORE = 0x80


def pack_numbers(*numbers: int) -> bytes:
    """Return `numbers`, none of them below 0, one after the other."""
    packed = bytearray()
    for number in numbers:
        while number >= _MORE:
            packed.append(number & 0x7F | _MORE)
            number >>= 7
        packed.append(number)
    return bytes(packed)


def take_number(data: bytes, at: int, *, most: int) -> tuple[int, int]:
    """Return the number that begins at `at` of `data`, and where the next thing begins.

    Raises:
        PeerError: `picture_malformed`: it does not end, is above `most`, or has bytes it does not need.
    """
    number = shift = 0
    while at < len(data):
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if number > most or (byte == 0 and shift):
            break
        if byte < _MORE:
            return number, at
        shift += 7
        if shift > most.bit_length():
            break
    raise PeerError("a number that does not end or is too large", code="picture_malformed")
