"""What an H.264 sequence parameter set claims (ITU-T H.264 section 7.3.2.1.1), read before decoding.

A decoder keeps as many earlier pictures as the set says are referred to, so its memory is their number times the size.
"""

import re

from protocol.errors import PeerError

_START_CODE = re.compile(b"\x00\x00\x01")
_SPS = 7
_PROFILES_WITH_CHROMA = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_MAX_SPS_BYTES = 256
_EIGHT_BITS_4_2_0 = (1, 0, 0)
"""chroma_format_idc, bit_depth_luma_minus8, bit_depth_chroma_minus8; others take up to four times the memory."""

MAX_REFERENCE_FRAMES = 16
"""No level of the standard allows more (section A.3.1)."""

MAX_REFERENCE_PIXELS = 2 * 7680 * 4320
"""In all reference pictures of a stream together: 100 MB. Ours have one; 1080p may still have 16."""


class _BitReader:
    """Reads bits and Exp-Golomb numbers; raises PeerError at the end of the data."""

    def __init__(self, data: bytes) -> None:
        self._bits = int.from_bytes(data, "big")
        self._left = len(data) * 8

    def bits(self, count: int) -> int:
        if count > self._left:
            raise PeerError("H.264 parameter set ends early", code="picture_malformed")
        self._left -= count
        return (self._bits >> self._left) & ((1 << count) - 1)

    def unsigned(self) -> int:
        zeros = 0
        while self.bits(1) == 0:
            zeros += 1
            if zeros > 31:
                raise PeerError("H.264 number too large", code="picture_malformed")
        return (1 << zeros) - 1 + (self.bits(zeros) if zeros else 0)

    def signed(self) -> int:
        coded = self.unsigned()
        return (coded + 1) // 2 if coded & 1 else -(coded // 2)


def picture_size(access_unit: bytes, *, max_pixels: int) -> tuple[int, int] | None:
    """Return (width, height) in coded pixels of the parameter set in `access_unit`; None when it holds none.

    Raises:
        PeerError: a parameter set is malformed or claims more than `max_pixels` (`picture_too_large`), more reference
            pictures than `MAX_REFERENCE_FRAMES` or `MAX_REFERENCE_PIXELS` allow (`picture_too_large`), or another kind
            of pixels than 8-bit 4:2:0.
    """
    size: tuple[int, int] | None = None
    for start in _START_CODE.finditer(access_unit):
        begin = start.end()
        if begin < len(access_unit) and access_unit[begin] & 0x1F == _SPS:
            found = _START_CODE.search(access_unit, begin)
            size = _bounded_size(access_unit[begin + 1 : found.start() if found else len(access_unit)], max_pixels)
    return size


def _bounded_size(sps: bytes, max_pixels: int) -> tuple[int, int]:
    reader = _BitReader(sps[:_MAX_SPS_BYTES].replace(b"\x00\x00\x03", b"\x00\x00"))
    _skip_to_references(reader)
    references = reader.unsigned()
    reader.bits(1)
    width = (reader.unsigned() + 1) * 16
    height = (reader.unsigned() + 1) * 16
    height *= 1 if reader.bits(1) else 2
    if width * height > max_pixels:
        raise PeerError(f"a picture of {width}x{height} is refused", code="picture_too_large")
    if references > MAX_REFERENCE_FRAMES or references * width * height > MAX_REFERENCE_PIXELS:
        raise PeerError(f"{references} references of {width}x{height} are refused", code="picture_too_large")
    return width, height


def _skip_to_references(reader: _BitReader) -> None:
    profile = reader.bits(8)
    reader.bits(16)
    reader.unsigned()
    if profile in _PROFILES_WITH_CHROMA:
        _skip_chroma(reader)
    reader.unsigned()
    order_type = reader.unsigned()
    if order_type == 0:
        reader.unsigned()
    elif order_type == 1:
        _skip_picture_order(reader)


def _skip_chroma(reader: _BitReader) -> None:
    if (reader.unsigned(), reader.unsigned(), reader.unsigned()) != _EIGHT_BITS_4_2_0:
        raise PeerError("H.264 other than 8-bit 4:2:0 is not used by Deskside", code="picture_malformed")
    reader.bits(1)
    if reader.bits(1):
        raise PeerError("H.264 scaling lists are not used by Deskside", code="picture_malformed")


def _skip_picture_order(reader: _BitReader) -> None:
    reader.bits(1)
    reader.signed()
    reader.signed()
    for _ in range(min(reader.unsigned(), 255)):
        reader.signed()
