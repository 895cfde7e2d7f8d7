"""H.264 in RTP: splits an Annex B stream into NAL units and those into payloads (RFC 6184). Pure."""

MAX_PAYLOAD_BYTES = 1200
"""Fits every path that carries WebRTC, with room for RTP, SRTP, TURN and IPv6 headers."""

FU_A = 28
NAL_TYPE_SEI = 6
NAL_TYPE_IDR = 5

_START_CODE = b"\x00\x00\x01"
_FU_HEADER_BYTES = 2


def nal_type(nal: bytes) -> int:
    """Return the type (1..31) in the header of a non-empty NAL unit."""
    return nal[0] & 0x1F


def split_annex_b(stream: bytes) -> list[bytes]:
    """Return the NAL units of an Annex B byte stream, without start codes and padding zeros (ITU-T H.264, annex B)."""
    nals = []
    start = stream.find(_START_CODE)
    while start >= 0:
        begin = start + len(_START_CODE)
        start = stream.find(_START_CODE, begin)
        # A NAL unit never ends with a zero byte: zeros here belong to the next start code or are padding.
        nal = stream[begin : start if start >= 0 else len(stream)].rstrip(b"\x00")
        if nal:
            nals.append(nal)
    return nals


def payloads_of(nals: list[bytes], max_bytes: int = MAX_PAYLOAD_BYTES) -> list[bytes]:
    """Return RTP payloads, each at most `max_bytes` (4 or more): single NAL units, or fragments (FU-A) of long ones.

    Source: RFC 6184, sections 5.6 and 5.8; works with packetization-mode 1.
    """
    payloads: list[bytes] = []
    for nal in nals:
        if len(nal) <= max_bytes:
            payloads.append(nal)
        else:
            payloads += _fragments(nal, max_bytes)
    return payloads


def _fragments(nal: bytes, max_bytes: int) -> list[bytes]:
    indicator = nal[0] & 0xE0 | FU_A
    kind = nal_type(nal)
    body = memoryview(nal)[1:]
    count = -(-len(body) // (max_bytes - _FU_HEADER_BYTES))
    fragments = []
    for index in range(count):
        # Even sizes: the last fragment is not a tiny packet.
        part = body[len(body) * index // count : len(body) * (index + 1) // count]
        start_bit = 0x80 if index == 0 else 0
        end_bit = 0x40 if index == count - 1 else 0
        fragments.append(bytes((indicator, start_bit | end_bit | kind)) + part)
    return fragments
