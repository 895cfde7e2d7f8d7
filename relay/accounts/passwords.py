"""Passwords: argon2id, never stored, never logged. Hashing takes some 50 ms of processor time and runs in a thread."""

import asyncio
from functools import lru_cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from protocol.errors import PeerError

MIN_PASSWORD_CHARACTERS = 10
MAX_PASSWORD_CHARACTERS = 1024

_hasher = PasswordHasher(type=Type.ID)


def check_new_password(password: str) -> None:
    """Check that `password` may be set (10..1024 characters).

    Raises:
        PeerError: too short or too long (`password_not_allowed`).
    """
    if not MIN_PASSWORD_CHARACTERS <= len(password) <= MAX_PASSWORD_CHARACTERS:
        raise PeerError(
            "password of a length that is not allowed",
            code="password_not_allowed",
            user_text=f"A password needs at least {MIN_PASSWORD_CHARACTERS} characters.",
        )


def hash_password(password: str) -> str:
    """Return the argon2id hash of `password` with its salt and parameters, as text."""
    return _hasher.hash(password)


class PasswordVerifier:
    """Checks passwords in threads, at most two at a time: argon2 needs 64 MiB for each."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(2)

    async def matches(self, password: str, stored_hash: str | None) -> bool:
        """Return whether `password` belongs to `stored_hash`.

        With None (no such account) it works equally long and says no, so that names cannot be told by the time taken.
        """
        async with self._places:
            fits = await asyncio.to_thread(_verify, stored_hash or _decoy_hash(), password)
        return fits and stored_hash is not None


def _verify(stored_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(stored_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _decoy_hash() -> str:
    return _hasher.hash("nobody's password")
