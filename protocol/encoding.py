"""Unambiguous byte strings for hashing and signing: length-prefixed concatenation (draft-irtf-cfrg-cpace)."""

import hashlib


def prepend_length(value: bytes) -> bytes:
    """Return `value` preceded by its length as unsigned LEB128."""
    remaining, prefix = len(value), bytearray()
    while True:
        low, remaining = remaining & 0x7F, remaining >> 7
        prefix.append(low | (0x80 if remaining else 0))
        if not remaining:
            return bytes(prefix) + value


def lv_cat(*parts: bytes) -> bytes:
    """Return every part, each preceded by its length, joined: two different lists never give the same bytes."""
    return b"".join(prepend_length(part) for part in parts)


def sha256_lv(*parts: bytes) -> bytes:
    """Return SHA-256 over `lv_cat(*parts)`, 32 bytes."""
    return hashlib.sha256(lv_cat(*parts)).digest()
