"""Identifiers that people and records carry: ticket numbers and session ids."""

import re

from protocol.errors import PeerError

_TICKET_NUMBER = re.compile(r"DS-(\d{4})-(\d{6,9})", re.ASCII)
_SESSION_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def ticket_number(year: int, ordinal: int) -> str:
    """Return the number people quote, like `DS-2026-000123`."""
    return f"DS-{year:04d}-{ordinal:06d}"


def parse_ticket_number(text: str) -> str:
    """Return `text` as a canonical ticket number; spaces around it and lower case are forgiven.

    Raises:
        PeerError: not a ticket number (`ticket_number_malformed`).
    """
    candidate = text.strip().upper()
    if not _TICKET_NUMBER.fullmatch(candidate):
        raise PeerError(
            f"not a ticket number: {candidate[:40]!r}",
            code="ticket_number_malformed",
            user_text="A ticket number looks like DS-2026-000123.",
        )
    return candidate


def session_id(random16: bytes) -> str:
    """Return the id of a session from 16 random bytes: 32 lower-case hexadecimal digits."""
    return random16.hex()


def parse_session_id(text: str) -> str:
    """Return `text` when it is a session id.

    Raises:
        PeerError: not 32 lower-case hexadecimal digits.
    """
    if not _SESSION_ID.fullmatch(text):
        raise PeerError(f"not a session id: {text[:40]!r}", code="session_id_malformed")
    return text
