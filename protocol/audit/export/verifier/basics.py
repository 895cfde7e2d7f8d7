"""Findings, and the encodings of docs/audit_format.md, section 1: each value has one spelling."""

import base64
import json
import re
import struct
import unicodedata
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Json = dict[str, Any]
Lane = dict[int, Json]
Rule = Callable[[Any], bool]

GB, ZERO = 1 << 30, "0" * 64
MAX_EVENTS, MAX_RECORD, MAX_MEMBERS, MAX_FINDINGS = 1_000_000, 64 << 20, 60_000, 200
CODES = {"wrong": 1, "missing": 2, "unwitnessed": 3, "note": 0}
FAULTS = (ValueError, KeyError, IndexError, RecursionError, struct.error)
"""What reading malformed bytes can raise; UnicodeError and JSON's errors are ValueErrors."""


class At(NamedTuple):
    """Where something was found; empty for no such place."""

    file: str = ""
    session: str = ""
    lane: str = ""
    seq: int | None = None


class Findings:
    """Everything found; the worst decides the exit code."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, At]] = []
        self.counts: Counter[str] = Counter()

    def add(self, kind: str, text: str, at: At) -> None:
        """Count a finding and keep the first 200 of each kind."""
        self.counts[kind] += 1
        self.rows += [(kind, text, at)] if self.counts[kind] <= MAX_FINDINGS else []

    @property
    def code(self) -> int:
        """The exit code."""
        return next((code for kind, code in CODES.items() if self.counts[kind]), 0)


def need(holds: object, text: str) -> None:
    """Raise ValueError unless `holds`."""
    if not holds:
        raise ValueError(text)


def b64(text: str, least: int = 0, most: int = GB) -> bytes:
    """Return what canonical base64 of `least` to `most` bytes says."""
    value = base64.b64decode(text.encode(), validate=True)
    need(base64.b64encode(value).decode() == text and least <= len(value) <= most, "not canonical base64")
    return value


def parse_json(data: bytes, most: int) -> Json:
    """Return the object that canonical JSON of at most `most` bytes says."""
    need(len(data) <= most, "too long")
    value = _decoder.decode(data.decode())
    need(isinstance(value, dict) and plain(value) and canonical(value) == data, "not canonical JSON")
    return dict(value)


def canonical(value: object) -> bytes:
    """Return the canonical JSON of `value`."""
    return _encoder.encode(value).encode()


def _pairs(pairs: list[tuple[str, Any]]) -> Json:
    need(len(dict(pairs)) == len(pairs), "a key twice")
    return dict(pairs)


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text[:20]} is not an integer")


_decoder = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=_refuse, parse_constant=_refuse)
_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def plain(value: Any, depth: int = 1) -> bool:
    """Return whether a value may stand in canonical JSON: texts in NFC, integers below 2**53, at most 4 deep."""
    if isinstance(value, str):
        return unicodedata.is_normalized("NFC", value)
    if value is None or isinstance(value, int):
        return abs(value or 0) < 2**53
    items = [*value, *value.values()] if isinstance(value, dict) else value
    return depth <= 4 and all(plain(item, depth + 1) for item in items)


def lv(*parts: bytes) -> bytes:
    """Return the parts, each behind its length as LEB128."""
    out = b""
    for part in parts:
        length = len(part)
        while length > 127:
            out, length = out + bytes([length & 127 | 128]), length >> 7
        out += bytes([length]) + part
    return out


def unpack(data: bytes, at: int = 0) -> tuple[Any, int]:
    """Return the MessagePack value at `at`, in its shortest spelling, and where it ends: all a certificate needs."""
    kind, at = data[at], at + 1
    if kind < 0x80:
        return kind, at
    if kind in (0xC2, 0xC3):
        return kind == 0xC3, at
    if 0x80 <= kind < 0xA0 or kind == 0xDC:
        count = (kind & 15) if kind != 0xDC else int.from_bytes(data[at : at + 2], "big")
        items, at = [], at + 2 * (kind == 0xDC)
        need(kind != 0xDC or 15 < count < 40, "a list of a wrong length")
        for _ in range(count * (2 if kind < 0x90 else 1)):
            item, at = unpack(data, at)
            items.append(item)
        if kind >= 0x90:
            return items, at
        need(all(isinstance(key, str) for key in items[::2]), "a field whose name is no text")
        return _pairs(list(zip(items[::2], items[1::2], strict=True))), at
    if 0xA0 <= kind < 0xC0:
        need(len(data) >= at + kind - 0xA0, "cut off")
        return data[at : at + kind - 0xA0].decode(), at + kind - 0xA0
    width, least = {0xCC: (1, 128), 0xCD: (2, 256), 0xCE: (4, 1 << 16), 0xCF: (8, 1 << 32)}.get(kind, (0, 0))
    width, least = {0xC4: (1, 0), 0xC5: (2, 256), 0xD9: (1, 32), 0xDA: (2, 256)}.get(kind, (width, least))
    number, at = int.from_bytes(data[at : at + width], "big"), at + width
    need(width and number >= least and len(data) >= at, "not the shortest MessagePack")
    if kind >= 0xCC and kind <= 0xCF:
        return number, at
    raw = data[at : at + number]
    need(len(raw) == number, "cut off")
    return (raw if kind < 0xC6 else raw.decode()), at + number


def number(digits: str) -> int:
    """Return what a decimal without leading zeros says, below 10**16."""
    need(re.fullmatch("0|[1-9][0-9]{0,15}", digits), "not a canonical number")
    return int(digits)


def signed_by(key: bytes, signature: bytes, message: bytes) -> None:
    """Raise ValueError unless the Ed25519 public key signed the message."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        raise ValueError("the signature does not fit") from None
