"""Route ids: which mailbox a customer belongs to. Public: they travel in links, in file names and by voice.

Ten symbols of Crockford's base32 are a 50-bit number, two more are that number modulo 1021 (docs/protocol.md,
section 1). 1021 is prime and above 31 * 32, so every wrong symbol and every swap of neighbours changes the remainder.
"""

import re

from protocol.errors import PeerError
from protocol.pairing.entropy import Entropy, uniform_number

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no I, L, O or U."""

ROUTE_SYMBOLS = 12
SPOKEN_DIGITS = 6

_NUMBER_SYMBOLS = 10
_MODULUS = 1021
_LONGEST_TEXT = 64
_SEPARATORS = re.compile(r"[\s\-_‐‑‒–—−]+")
_LOOK_ALIKES = str.maketrans("ILO", "110")
_UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_STRICT = "[0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]"
# A look-ahead, so that a word of four letters in front of the route cannot swallow its first half.
_IN_FILE_NAME = re.compile(
    rf"(?<![0-9A-Za-z])(?=({_STRICT}{{4}})[-_ ]?({_STRICT}{{4}})[-_ ]?({_STRICT}{{4}})(?![0-9A-Za-z]))"
)


def new_route(entropy: Entropy) -> str:
    """Return a fresh route: 12 symbols without hyphens, 50 random bits and the two check symbols."""
    number = uniform_number(entropy, 32**_NUMBER_SYMBOLS)
    return _symbols(number, _NUMBER_SYMBOLS) + _symbols(number % _MODULUS, 2)


def new_spoken_route(entropy: Entropy) -> str:
    """Return a fresh spoken route: 6 digits, each of the million equally likely."""
    return f"{uniform_number(entropy, 10**SPOKEN_DIGITS):0{SPOKEN_DIGITS}d}"


def write_route(route: str) -> str:
    """Return a route as people see it, `K7QF-2MXP-PBW5`, or a spoken route as `123 456`."""
    if len(route) == SPOKEN_DIGITS:
        return f"{route[:3]} {route[3:]}"
    return f"{route[:4]}-{route[4:8]}-{route[8:]}"


def parse_route(text: str) -> str:
    """Return the 12 canonical symbols of a typed route; case, spaces, hyphens and I, L, O for 1, 1, 0 are forgiven.

    Raises:
        PeerError: `route_malformed`; the user's sentence says what to check.
    """
    return _checked(_bare(text))


def parse_route_or_spoken(text: str) -> str:
    """Return 12 canonical symbols, or the 6 digits of a spoken route, as typed by a person.

    Raises:
        PeerError: `route_malformed`; the user's sentence says what to check.
    """
    bare = _bare(text)
    if len(bare) == SPOKEN_DIGITS and all(symbol in "0123456789" for symbol in bare):
        return bare
    return _checked(bare)


def route_in_file_name(name: str) -> str | None:
    """Return the one valid route in a file name, whatever browsers and people added to it, or None.

    Nothing is corrected here: exact symbols (any case), valid check symbols, and two different routes are no route.
    """
    candidates = ("".join(found.groups()).translate(_UPPER) for found in _IN_FILE_NAME.finditer(name))
    routes = {candidate for candidate in candidates if _check_symbols_agree(candidate)}
    return routes.pop() if len(routes) == 1 else None


def _bare(text: str) -> str:
    if len(text) > _LONGEST_TEXT:
        raise _malformed(f"{len(text)} characters", "That is too long for a code. It looks like K7QF-2MXP-PBW5.")
    return _SEPARATORS.sub("", text).translate(_UPPER).translate(_LOOK_ALIKES)


def _checked(bare: str) -> str:
    unknown = sorted({symbol for symbol in bare if symbol not in ALPHABET})
    if unknown:
        raise _malformed(
            f"unknown symbols {unknown!r}",
            "There is a character in it that codes never contain. Codes use digits and the letters A to Z without U.",
        )
    if len(bare) != ROUTE_SYMBOLS:
        raise _malformed(
            f"{len(bare)} symbols",
            f"That has {len(bare)} characters. A code has 12, like K7QF-2MXP-PBW5; a spoken code has 6 digits.",
        )
    if not _check_symbols_agree(bare):
        raise _malformed("check symbols", "One character is wrong or two are swapped. Please compare it once more.")
    return bare


def _check_symbols_agree(route: str) -> bool:
    return _number(route[:_NUMBER_SYMBOLS]) % _MODULUS == _number(route[_NUMBER_SYMBOLS:])


def _number(symbols: str) -> int:
    value = 0
    for symbol in symbols:
        value = value * 32 + ALPHABET.index(symbol)
    return value


def _symbols(number: int, count: int) -> str:
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(count)))


def _malformed(detail: str, user_text: str) -> PeerError:
    return PeerError(f"route: {detail}", code="route_malformed", user_text=user_text)
