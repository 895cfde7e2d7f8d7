"""Review: keys to the records, search, whole sessions, signatures, legal holds and erasure."""

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from litestar import Request, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody, QueryParameter

from protocol.messages.review_api import (
    DepositedKeys,
    FoundSessions,
    HoldChange,
    NewErasure,
    NewExport,
    NewSignature,
    ReviewedSession,
    ReviewKeys,
    SessionCare,
)
from relay.accounts.people import Person
from relay.accounts.permissions import Action, Reach, reach_of
from relay.accounts.sign_in import SignInDesk
from relay.clock import Clock
from relay.log.audit_log import AuditLog
from relay.review.acts import By
from relay.review.erasing import ErasureDesk
from relay.review.searching import (
    MAX_TERM_CHARACTERS,
    SessionQuery,
    fold,
    parse_cursor,
    parse_from,
    parse_kind,
    parse_to,
    write_cursor,
)
from relay.review.signing import SigningDesk
from relay.storage.engine import Database
from relay.storage.organisation import OrganisationStore
from relay.storage.review_acts import ReviewActStore
from relay.storage.review_index import SessionSearch
from relay.storage.review_keys import ReviewKeyStore
from relay.storage.review_sessions import ReviewStore
from relay.storage.sessions import SessionStore
from relay.web.guarding import doing
from relay.web.sessions_of import SessionAccess

AnyPerson = Request[Person, str, Any]
Term = Annotated[str, QueryParameter(max_length=MAX_TERM_CHARACTERS)]
OpenedFrom = Annotated[str, QueryParameter(name="from", max_length=40)]
OpenedTo = Annotated[str, QueryParameter(name="to", max_length=40)]


@dataclass(frozen=True)
class ReviewParts:
    """What the routes of review are made of."""

    access: SessionAccess
    search: SessionSearch
    store: ReviewStore
    acts: ReviewActStore
    keys: ReviewKeyStore
    signing: SigningDesk
    erasing: ErasureDesk
    log: AuditLog
    clock: Clock


def review_parts(
    database: Database, sign_in: SignInDesk, log: AuditLog, erasing: ErasureDesk, *, clock: Clock
) -> ReviewParts:
    """Return the parts of a relay's review."""
    store, acts = ReviewStore(database), ReviewActStore(database)
    return ReviewParts(
        access=SessionAccess(SessionStore(database)),
        search=SessionSearch(database),
        store=store,
        acts=acts,
        keys=ReviewKeyStore(database),
        signing=SigningDesk(sign_in, OrganisationStore(database), store, acts, clock),
        erasing=erasing,
        log=log,
        clock=clock,
    )


def review_routes(parts: ReviewParts) -> list[HTTPRouteHandler]:
    """Return every route of review."""
    return [*_key_routes(parts), *_reading_routes(parts), *_signing_routes(parts), *_caring_routes(parts)]


def _key_routes(parts: ReviewParts) -> list[HTTPRouteHandler]:
    @get(
        "/api/v1/review-keys",
        opt=doing(Action.READ_ORGANISATION),
        summary="Certificates of the organisation's review keys, newest first",
        tags=["review"],
    )
    async def review_keys() -> ReviewKeys:
        return ReviewKeys(await parts.keys.certificates())

    @put(
        "/api/v1/sessions/{session:str}/key",
        opt=doing(Action.DEPOSIT_KEY),
        summary="Deposit the sealed record key of a session",
        tags=["review"],
    )
    async def deposit(request: AnyPerson, session: FromPath[str], data: JSONBody[DepositedKeys]) -> DepositedKeys:
        owned = await parts.access.require(request.user, Action.DEPOSIT_KEY, session)
        return await parts.keys.deposit(owned, data, parts.clock())

    return [review_keys, deposit]


def _reading_routes(parts: ReviewParts) -> list[HTTPRouteHandler]:
    @get(
        "/api/v1/review/sessions",
        opt=doing(Action.SEARCH_SESSIONS),
        summary="Find sessions, newest first, 50 a page",
        tags=["review"],
    )
    async def find(
        request: AnyPerson,
        ticket: Term = "",
        technician: Term = "",
        customer: Term = "",
        opened_from: OpenedFrom = "",
        opened_to: OpenedTo = "",
        kind: Term = "",
        text: Term = "",
        cursor: Term = "",
    ) -> FoundSessions:
        query = SessionQuery(
            ticket=ticket.strip(),
            technician=fold(technician.strip()),
            customer=fold(customer.strip()),
            text=fold(text.strip()),
            kind=parse_kind(kind),
            opened_from_ms=parse_from(opened_from),
            opened_before_ms=parse_to(opened_to),
            after=parse_cursor(cursor),
            only_of=_only_of(request.user),
        )
        found, place = await parts.search.page(query)
        return FoundSessions(found, write_cursor(place) if place else "")

    @get(
        "/api/v1/review/sessions/{session:str}",
        opt=doing(Action.REVIEW_SESSION),
        summary="A whole session, to be verified and decrypted by the reader",
        tags=["review"],
    )
    async def show(request: AnyPerson, session: FromPath[str]) -> ReviewedSession:
        owner = await parts.access.owner(request.user, Action.REVIEW_SESSION, session)
        if request.user.id != owner.technician_id:
            # Before anything is shown: who looked is on disk even when the answer never arrives.
            await parts.acts.looked(owner.session, request.user, parts.clock())
            parts.log.events_kept(urgent=True)
        whole = await parts.store.whole(owner.session)
        certificate = await parts.log.receipts.certificate_bytes()
        return msgspec.structs.replace(
            whole, receipts=await parts.log.proofs(owner.session), log_certificate=certificate or b""
        )

    @get(
        "/api/v1/review/sessions/{session:str}/care",
        opt=doing(Action.SEARCH_SESSIONS),
        summary="Holds, erasure and who looked at a session",
        tags=["review"],
    )
    async def care(request: AnyPerson, session: FromPath[str]) -> SessionCare:
        return await parts.store.care(await parts.access.require(request.user, Action.SEARCH_SESSIONS, session))

    return [find, show, care]


def _signing_routes(parts: ReviewParts) -> list[HTTPRouteHandler]:
    @post(
        "/api/v1/review/sessions/{session:str}/signatures",
        status_code=201,
        opt=doing(Action.SIGN_SESSION),
        summary="Sign a session electronically, with the password again",
        tags=["review"],
    )
    async def sign(request: AnyPerson, session: FromPath[str], data: JSONBody[NewSignature]) -> SessionCare:
        owner = await parts.access.owner(request.user, Action.SIGN_SESSION, session)
        address = request.client.host if request.client else "unknown"
        await parts.signing.sign(request.user, owner, data, address)
        parts.log.events_kept(urgent=True)
        return await parts.store.care(owner.session)

    @post(
        "/api/v1/review/sessions/{session:str}/exports",
        status_code=201,
        opt=doing(Action.NOTE_EXPORT),
        summary="Say that a file was made of a session",
        tags=["review"],
    )
    async def note_export(request: AnyPerson, session: FromPath[str], data: JSONBody[NewExport]) -> SessionCare:
        owned = await parts.access.require(request.user, Action.NOTE_EXPORT, session)
        await parts.acts.exported(owned, By.person(request.user), data.format, data.sha256, parts.clock())
        parts.log.events_kept(urgent=True)
        return await parts.store.care(owned)

    return [sign, note_export]


def _caring_routes(parts: ReviewParts) -> list[HTTPRouteHandler]:
    @post(
        "/api/v1/review/sessions/{session:str}/hold",
        status_code=200,
        opt=doing(Action.HOLD_SESSION),
        summary="Set or lift a legal hold",
        tags=["review"],
    )
    async def hold(request: AnyPerson, session: FromPath[str], data: JSONBody[HoldChange]) -> SessionCare:
        owned = await parts.access.require(request.user, Action.HOLD_SESSION, session)
        by = By.person(request.user)
        await parts.acts.change_hold(owned, held=data.held, reason=data.reason, by=by, now_ms=parts.clock())
        parts.log.events_kept(urgent=True)
        return await parts.store.care(owned)

    @post(
        "/api/v1/review/sessions/{session:str}/erasure",
        status_code=200,
        opt=doing(Action.ERASE_SESSION),
        summary="Erase what a session left behind",
        tags=["review"],
    )
    async def erase(request: AnyPerson, session: FromPath[str], data: JSONBody[NewErasure]) -> SessionCare:
        owned = await parts.access.require(request.user, Action.ERASE_SESSION, session)
        await parts.erasing.erase(owned, by=By.person(request.user), basis=data.basis, now_ms=parts.clock())
        return await parts.store.care(owned)

    return [hold, erase]


def _only_of(person: Person) -> str | None:
    """Return whose sessions `person` may find; None for everybody's."""
    return None if reach_of(person.role, Action.SEARCH_SESSIONS) is Reach.EVERY else person.id
