"""What may be asked of the search for sessions, and the cursor that leads from page to page. Pure."""

import base64
import binascii
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from protocol.audit.events import EventType
from protocol.errors import PeerError

PAGE_SIZE = 50
MAX_TERM_CHARACTERS = 200

_CURSOR = re.compile(r"([0-9]{1,15}) ([0-9a-f]{32})", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True)
class Place:
    """Where a page ended: its last session and when that was opened (Unix ms)."""

    opened_at_ms: int
    session: str


@dataclass(frozen=True)
class SessionQuery:
    """Sessions that match everything that is not empty, newest first, from `after` on.

    Texts are folded. `opened_from_ms` is inclusive, `opened_before_ms` exclusive. `only_of` is an account id: nobody
    else's sessions are looked at.
    """

    ticket: str = ""
    technician: str = ""
    customer: str = ""
    text: str = ""
    kind: str = ""
    opened_from_ms: int | None = None
    opened_before_ms: int | None = None
    only_of: str | None = None
    after: Place | None = None


def fold(text: str) -> str:
    """Return `text` as it is searched: NFKC, without differences of case."""
    return unicodedata.normalize("NFKC", text).casefold()


def parse_kind(text: str) -> str:
    """Return `text` when it is a type of event, or empty.

    Raises:
        PeerError: neither (`invalid_request`).
    """
    if text and text not in {kind.value for kind in EventType}:
        raise _invalid("kind: there are no events of this kind.")
    return text


def parse_from(text: str) -> int | None:
    """Return the beginning of a span in Unix ms, from a date or a moment in UTC (ISO 8601); None when empty.

    Raises:
        PeerError: neither (`invalid_request`).
    """
    return _moment_ms(text, "from")


def parse_to(text: str) -> int | None:
    """Return the first millisecond after a span whose last day or moment `text` is; None when empty.

    Raises:
        PeerError: neither a date nor a moment (`invalid_request`).
    """
    moment = _moment_ms(text, "to")
    if moment is None:
        return None
    return moment + (_DAY_MS if _DAY.fullmatch(text) else 1)


def write_cursor(place: Place) -> str:
    """Return the cursor of the page after `place`."""
    return base64.urlsafe_b64encode(f"{place.opened_at_ms} {place.session}".encode()).decode().rstrip("=")


def parse_cursor(text: str) -> Place | None:
    """Return the place a cursor names; None when it is empty.

    Raises:
        PeerError: not a cursor of ours (`invalid_request`).
    """
    if not text:
        return None
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise _invalid("cursor: this is not one of this relay's.") from error
    found = _CURSOR.fullmatch(plain)
    if found is None:
        raise _invalid("cursor: this is not one of this relay's.")
    return Place(int(found[1]), found[2])


_DAY_MS = timedelta(days=1) // timedelta(milliseconds=1)


def _moment_ms(text: str, field: str) -> int | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise _invalid(f"{field}: a date like 2026-03-01 or a moment like 2026-03-01T14:00:00Z.") from error
    return since // timedelta(milliseconds=1)


def _invalid(sentence: str) -> PeerError:
    return PeerError(sentence, code="invalid_request", user_text=sentence)
