"""The relay's review routes as the technician app uses them (docs/protocol.md, section 8). Network thread.

Errors are those of `technician_app.controllers.relay_api.RelayApi`.
"""

from dataclasses import asdict, dataclass
from typing import TypeVar
from urllib.parse import quote

import msgspec

from protocol.errors import PeerError
from protocol.messages.review_api import (
    FoundSessions,
    HoldChange,
    NewErasure,
    NewExport,
    NewSignature,
    ReviewedSession,
    SessionCare,
)
from technician_app.controllers.relay_api import RelayApi

T = TypeVar("T")
MAX_SESSION_BYTES = 192 * 1024 * 1024
"""The longest answer with a whole session: a record of 64 MiB, its bodies sealed, everything as text."""


@dataclass(frozen=True)
class ReviewQuery:
    """What is looked for; empty means anything. `opened_from` and `opened_to` are dates like 2026-03-01, inclusive."""

    ticket: str = ""
    technician: str = ""
    customer: str = ""
    opened_from: str = ""
    opened_to: str = ""
    kind: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether every session is looked for."""
        return self == ReviewQuery()


ANYTHING = ReviewQuery()
"""Every session."""


class ReviewApi:
    """Uses the connection `api`, as whoever is signed in there."""

    def __init__(self, api: RelayApi) -> None:
        self._api = api

    async def find(self, query: ReviewQuery, cursor: str) -> FoundSessions:
        """Return a page of at most 50 sessions, newest first. Errors: `invalid_request`."""
        names = {"opened_from": "from", "opened_to": "to"}
        wanted = {names.get(name, name): value for name, value in asdict(query).items() if value}
        if cursor:
            wanted["cursor"] = cursor
        return _read(FoundSessions, await self._api.exchange("GET", _ROOT, query=wanted))

    async def session(self, session: str) -> ReviewedSession:
        """Return a whole session; the relay records that it was looked at. Errors: `not_found`, `permission_denied`."""
        return _read(ReviewedSession, await self._api.exchange("GET", _path(session), max_bytes=MAX_SESSION_BYTES))

    async def care(self, session: str) -> SessionCare:
        """Return holds, erasures and who looked. Errors: `not_found`, `permission_denied`."""
        return _read(SessionCare, await self._api.exchange("GET", _path(session, "/care")))

    async def sign(self, session: str, document: bytes, password: str) -> None:
        """Leave an electronic signature. Errors: `password_wrong`, `too_many_requests`, `signature_refused`."""
        await self._post(_path(session, "/signatures"), NewSignature(document, password))

    async def note_export(self, session: str, sha256: str) -> None:
        """Say that a `.dsaudit` file with this hash was made of a session."""
        await self._post(_path(session, "/exports"), NewExport("dsaudit", sha256))

    async def hold(self, session: str, *, held: bool, reason: str) -> None:
        """Set or lift a legal hold. Errors: `not_found`, `permission_denied`, `invalid_request`."""
        await self._post(_path(session, "/hold"), HoldChange(held, reason))

    async def erase(self, session: str, basis: str) -> None:
        """Erase what a session left behind. Errors: `session_on_hold`, `session_running`, and as `hold`."""
        await self._post(_path(session, "/erasure"), NewErasure(basis))

    async def _post(self, path: str, body: msgspec.Struct) -> None:
        content = msgspec.json.encode(body)
        await self._api.exchange("POST", path, content=content, kind="application/json")


_ROOT = "/api/v1/review/sessions"


def _read(kind: type[T], content: bytes) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PeerError(f"{kind.__name__}: {error}", code="relay_answer_malformed") from error


def _path(session: str, rest: str = "") -> str:
    return f"{_ROOT}/{quote(session, safe='')}{rest}"
