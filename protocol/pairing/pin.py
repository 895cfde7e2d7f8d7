"""The PIN one person reads to the other: 8 digits nobody else learns, and a check digit against slips of the tongue.

The check digit is Damm's (H. M. Damm, 2004): every single wrong digit and every swap of neighbours is noticed, so a
mistyped PIN is corrected before it costs the one guess a PIN allows.
"""

import re
from dataclasses import dataclass, field

from protocol.errors import LocalError, PeerError
from protocol.pairing.entropy import Entropy, uniform_number

PIN_DIGITS = 8
PIN_LIFETIME_S = 600.0
"""A PIN lives ten minutes or one use, whichever ends first."""

_EIGHT_DIGITS = re.compile(r"[0-9]{8}")
_NINE_DIGITS = re.compile(r"[0-9]{9}")
_SEPARATORS = re.compile(r"[\s\-.‐‑‒–—−]+")
_LONGEST_TEXT = 64
_DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


@dataclass(frozen=True)
class Pin:
    """One PIN; `digits` are its 8 secret digits without the check digit. Its repr never shows them."""

    digits: str = field(repr=False)

    def __post_init__(self) -> None:
        if not _EIGHT_DIGITS.fullmatch(self.digits):
            raise LocalError("a PIN has exactly 8 digits")

    @property
    def shown(self) -> str:
        """The nine digits as people see and say them: `493 027 156`."""
        nine = self.digits + _check_digit(self.digits)
        return f"{nine[:3]} {nine[3:6]} {nine[6:]}"


def new_pin(entropy: Entropy) -> Pin:
    """Return a fresh PIN; each of the 10^8 is equally likely."""
    return Pin(f"{uniform_number(entropy, 10**PIN_DIGITS):0{PIN_DIGITS}d}")


def parse_pin(text: str) -> Pin:
    """Return the PIN a person typed, nine digits with or without spaces, hyphens and dots.

    Raises:
        PeerError: `pin_malformed`; the user's sentence says if digits are missing or one is wrong. No guess is spent.
    """
    bare = _SEPARATORS.sub("", text) if len(text) <= _LONGEST_TEXT else ""
    if not _NINE_DIGITS.fullmatch(bare):
        raise PeerError(
            f"PIN: {len(bare)} characters where nine digits belong",  # never the characters: they may be the secret
            code="pin_malformed",
            user_text="The code on the customer's screen has nine digits. Please ask for all nine.",
        )
    if bare[PIN_DIGITS] != _check_digit(bare[:PIN_DIGITS]):
        raise PeerError(
            "PIN: the check digit disagrees",
            code="pin_malformed",
            user_text="One digit is wrong or two are swapped. Please ask the customer to read the code again.",
        )
    return Pin(bare[:PIN_DIGITS])


def _check_digit(digits: str) -> str:
    row = "0"
    for digit in digits:
        row = _DAMM[int(row)][int(digit)]
    return row
