"""Where random bytes come from: an argument, so that everything here is repeatable in a test."""

from collections.abc import Callable

Entropy = Callable[[int], bytes]
"""Returns that many unpredictable bytes; programs pass `secrets.token_bytes`."""

_WIDE_BYTES = 24


def uniform_number(entropy: Entropy, limit: int) -> int:
    """Return a number from 0 to `limit` - 1, each equally likely (for limits up to 2^64 the bias is below 2^-128)."""
    return int.from_bytes(entropy(_WIDE_BYTES), "big") % limit
