"""Opaque tokens: 256 random bits for the holder, SHA-256 of them for us, rules for how long they live. Pure."""

import base64
import hashlib
from dataclasses import dataclass

from protocol.errors import PeerError
from relay.clock import HOUR_MS

TOKEN_BYTES = 32
ABSOLUTE_LIFE_MS = 12 * HOUR_MS
IDLE_LIFE_MS = 2 * HOUR_MS


@dataclass(frozen=True)
class TokenUse:
    """When a token was made and last used, in Unix milliseconds."""

    created_at_ms: int
    last_used_at_ms: int


def token_text(random32: bytes) -> str:
    """Return the token made of 32 random bytes: 43 URL-safe characters."""
    return base64.urlsafe_b64encode(random32).rstrip(b"=").decode()


def token_hash(token: str) -> bytes:
    """Return what is stored instead of `token`: SHA-256, 32 bytes."""
    return hashlib.sha256(token.encode()).digest()


def expires_at_ms(use: TokenUse) -> int:
    """Return when the token stops working unless it is used: 2 h after the last use, 12 h after sign-in at most."""
    return min(use.created_at_ms + ABSOLUTE_LIFE_MS, use.last_used_at_ms + IDLE_LIFE_MS)


def check_token_lives(use: TokenUse, now_ms: int) -> None:
    """Check that the token still works at `now_ms`.

    Raises:
        PeerError: it expired (`token_expired`).
    """
    if now_ms >= expires_at_ms(use):
        raise PeerError("expired", code="token_expired", user_text="You were signed out. Please sign in again.")


def token_invalid(detail: str = "unknown token", *, user_text: str = "Please sign in.") -> PeerError:
    """Return the error for a missing, unknown or revoked token."""
    return PeerError(detail, code="token_invalid", user_text=user_text)
