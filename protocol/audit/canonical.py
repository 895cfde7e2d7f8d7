"""The one JSON spelling of a value: what is signed is bytes, so every value must have exactly one encoding.

UTF-8 in NFC, keys sorted by code point, no spaces, only the escapes JSON demands, integers only, no duplicate keys.
A verifier that accepts two spellings of one value accepts changed bytes (docs/protocol.md, section 6).
"""

import json
import re
import unicodedata
from collections.abc import Mapping

from protocol.errors import LocalError, PeerError

MAX_DEPTH = 4
"""Objects and arrays inside each other, the outermost counted."""

_LARGE_NUMBER = re.compile(rb"[0-9]{16}")

INTEGER_LIMIT = 2**53
"""Integers are strictly between minus and plus this, so that every JSON reader keeps them exact."""


def encode_canonical(value: Mapping[str, object]) -> bytes:
    """Return the canonical bytes of the object `value` (strings, integers, booleans, None, lists and objects of them).

    Raises:
        LocalError: a float, an integer of 2**53 or more, a text not in NFC, nested deeper than 4 (`not_canonical`).
    """
    fault = _fault(value, 1)
    if fault:
        raise LocalError(f"cannot encode: {fault}", code="not_canonical")
    return _spell(value)


def decode_canonical(data: bytes, max_bytes: int) -> dict[str, object]:
    """Return the object `data` spells canonically, at most `max_bytes` long.

    Raises:
        PeerError: longer, not JSON, not an object, or spelled in any other way (`not_canonical`).
    """
    if len(data) > max_bytes:
        raise _refused(f"{len(data)} bytes, at most {max_bytes} allowed")
    try:
        value = _decoder.decode(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _refused(str(error)[:200]) from error
    if not isinstance(value, dict):
        raise _refused("not an object")
    fault = "" if _is_simple(data) else _fault(value, 1)
    if fault:
        raise _refused(fault)
    if _spell(value) != data:
        raise _refused("not the canonical spelling of this value")
    return value


def in_normal_form(value: Mapping[str, object]) -> dict[str, object]:
    """Return `value` with every text in it in NFC: macOS file names and typed accents arrive in other forms."""
    return {unicodedata.normalize("NFC", key): _normalised(item) for key, item in value.items()}


def _normalised(value: object) -> object:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        return in_normal_form(value)
    if isinstance(value, list | tuple):
        return [_normalised(item) for item in value]
    return value


def _is_simple(data: bytes) -> bool:
    """Return whether these bytes, if they are spelled canonically, cannot spell a value without a canonical form.

    Most events are like this, and looking at each value in them is what reading them would cost most.
    """
    shallow = data.count(b"{") + data.count(b"[") <= MAX_DEPTH
    return shallow and data.isascii() and b"\\u" not in data and not _LARGE_NUMBER.search(data)


def _spell(value: object) -> bytes:
    return _encoder.encode(value).encode("utf-8")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key appears twice")
    return found


def _number(text: str) -> object:
    raise ValueError(f"not an integer: {text[:20]}")


def _fault(value: object, depth: int) -> str:
    """Return why `value` has no canonical spelling, empty when it has one."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return "" if -INTEGER_LIMIT < value < INTEGER_LIMIT else "an integer of 2**53 or more"
    if isinstance(value, str):
        return _text_fault(value)
    if not isinstance(value, Mapping | list | tuple):
        return f"a {type(value).__name__} has no canonical form"
    if depth > MAX_DEPTH:
        return f"nested deeper than {MAX_DEPTH}"
    if isinstance(value, Mapping):
        return next(filter(None, (_entry_fault(key, item, depth) for key, item in value.items())), "")
    return next(filter(None, (_fault(item, depth + 1) for item in value)), "")


def _entry_fault(key: object, item: object, depth: int) -> str:
    if not isinstance(key, str):
        return "a key that is not text"
    return _text_fault(key) or _fault(item, depth + 1)


def _text_fault(text: str) -> str:
    if text.isascii():
        return ""
    if any("\ud800" <= symbol <= "\udfff" for symbol in text):
        return "a text with half a surrogate pair"
    return "" if unicodedata.is_normalized("NFC", text) else "a text that is not in NFC"


def _refused(detail: str) -> PeerError:
    return PeerError(f"canonical JSON: {detail}", code="not_canonical")


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_constant=_number)
_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
