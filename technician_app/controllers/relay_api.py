"""The relay's HTTP API as the technician app uses it: one method per route of docs/protocol.md, section 8.

Runs on the network thread. Every failure is a PeerError (the relay refused, or answered nonsense) or an
EnvironmentFault (the relay could not be reached, or is in trouble), with the relay's own code and sentence when it
gave one.
"""

import asyncio
import ipaddress
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.colleague_api import AwaitedColleague, ColleagueInvitations, JoinedSession, NewColleague
from protocol.messages.relay_api import (
    Account,
    Attachment,
    AttachmentContent,
    Body,
    Credentials,
    DeliveredEvents,
    Device,
    DeviceCertificates,
    DeviceEnrolment,
    NewAttachment,
    NewNote,
    NewSession,
    NewTicket,
    Note,
    OpenedSession,
    Organisation,
    Priority,
    Problem,
    SignedIn,
    StateChange,
    StoredCounts,
    Ticket,
    TicketPage,
    TicketState,
)
from protocol.messages.review_api import DepositedKeys, ReviewKeys

T = TypeVar("T")
_log = logging.getLogger(__name__)

MAX_ANSWER_BYTES = 8 * 1024 * 1024
MAX_RECORD_BYTES = 64 * 1024 * 1024
TIMEOUT = httpx.Timeout(15.0, connect=8.0)
"""Seconds; a relay that is silent for longer counts as unreachable."""
CLOSE_PATIENCE_S = 2.0
"""How long requests on their way may take when the connection is closed."""


def parse_relay_url(text: str) -> str:
    """Return the relay's base URL without a trailing slash; a bare host name becomes https.

    Raises:
        EnvironmentFault: not a web address (`relay_url_malformed`), or one that would send passwords unencrypted to
            another computer (`relay_url_insecure`).
    """
    typed = text.strip()
    candidate = (typed if "://" in typed else f"https://{typed}").rstrip("/")
    try:
        parts = urlsplit(candidate)
        host = parts.hostname or ""
        usable = parts.scheme in ("http", "https") and host and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.username or parts.query or parts.fragment or " " in candidate:
        raise EnvironmentFault(
            f"not a relay URL: {text[:100]!r}",
            code="relay_url_malformed",
            user_text="Please type your relay's address, like https://support.example.org.",
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise EnvironmentFault(
            f"unencrypted relay URL: {candidate[:100]!r}",
            code="relay_url_insecure",
            user_text="This address is not encrypted. Please use one that starts with https://.",
        )
    return candidate


def is_loopback(host: str) -> bool:
    """Say whether `host` names this computer itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class RelayApi:
    """A connection to one relay. `token` is set by `sign_in` and sent with every later request.

    `proven_root` is the root id (32 bytes) the relay has proven to have been certified under, empty when it has not.
    """

    def __init__(self, base_url: str, *, verify: ssl.SSLContext | bool = True) -> None:
        self.base_url = parse_relay_url(base_url)
        self.token = ""
        self.proven_root = b""
        self._client = httpx.AsyncClient(
            base_url=self.base_url,
            verify=verify,
            timeout=TIMEOUT,
            # a proxy is for other computers: the relay on this one is reached directly
            trust_env=not is_loopback(urlsplit(self.base_url).hostname or ""),
            headers={"Accept": "application/json"},
        )
        self._on_their_way: set[asyncio.Timeout] = set()
        self._none_on_its_way = asyncio.Event()
        self._none_on_its_way.set()

    async def close(self) -> None:
        """Close every connection, when requests on their way are done or `CLOSE_PATIENCE_S` is over.

        A request that still connects would leave its connection open: the client closes those it has.
        """
        try:
            async with asyncio.timeout(CLOSE_PATIENCE_S):
                await self._none_on_its_way.wait()
        except TimeoutError:
            for request in self._on_their_way:
                request.reschedule(0)
            await self._none_on_its_way.wait()
        finally:
            await self._client.aclose()

    async def sign_in(self, name: str, password: str) -> SignedIn:
        """Sign in; later requests carry the token. Errors: `bad_credentials`, `too_many_requests`."""
        signed_in = await self._ask("POST", "/api/v1/sign-in", SignedIn, body=Credentials(name=name, password=password))
        self.token = signed_in.token
        return signed_in

    async def sign_out(self) -> None:
        """Make the token worthless, here and at the relay."""
        try:
            await self._send("POST", "/api/v1/sign-out")
        finally:
            self.token = ""

    async def me(self) -> Account:
        """Return the account the token belongs to."""
        return await self._ask("GET", "/api/v1/me", Account)

    async def organisation(self) -> Organisation:
        """Return the organisation this relay serves."""
        return await self._ask("GET", "/api/v1/organisation", Organisation)

    async def enrol_device(self, enrolment: DeviceEnrolment) -> Device:
        """Enrol this device's public keys; the same keys again are harmless."""
        return await self._ask("PUT", "/api/v1/device", Device, body=enrolment)

    async def device(self) -> Device:
        """Return this account's device. Errors: `not_found` while none is enrolled."""
        return await self._ask("GET", "/api/v1/device", Device)

    async def certificates(self) -> DeviceCertificates:
        """Return every certificate of the organisation that is valid now, unverified."""
        return await self._ask("GET", "/api/v1/certificates", DeviceCertificates)

    async def create_ticket(self, ticket: NewTicket) -> Ticket:
        """Create a ticket."""
        return await self._ask("POST", "/api/v1/tickets", Ticket, body=ticket)

    async def tickets(
        self,
        *,
        text: str = "",
        state: TicketState | None = None,
        priority: Priority | None = None,
        sort: str = "-updated_at",
        page: int = 1,
        page_size: int = 50,
    ) -> TicketPage:
        """Return one page of the tickets that match. `sort` is a TicketSummary field, `-` before it for descending."""
        query: dict[str, str] = {"sort": sort, "page": str(page), "page_size": str(page_size)}
        if text:
            query["q"] = text
        if state is not None:
            query["state"] = state.value
        if priority is not None:
            query["priority"] = priority.value
        return await self._ask("GET", "/api/v1/tickets", TicketPage, query=query)

    async def ticket(self, number: str) -> Ticket:
        """Return the whole ticket. Errors: `not_found`."""
        return await self._ask("GET", _ticket_path(number), Ticket)

    async def add_note(self, number: str, text: str) -> Note:
        """Add a note to a ticket."""
        return await self._ask("POST", _ticket_path(number, "/notes"), Note, body=NewNote(text=text))

    async def change_state(self, number: str, state: TicketState) -> Ticket:
        """Change a ticket's state."""
        return await self._ask("PUT", _ticket_path(number, "/state"), Ticket, body=StateChange(state=state))

    async def add_attachment(self, number: str, attachment: NewAttachment) -> Attachment:
        """Attach sealed content (at most 1 MiB) to a ticket."""
        return await self._ask("POST", _ticket_path(number, "/attachments"), Attachment, body=attachment)

    async def attachment(self, number: str, attachment_id: int) -> AttachmentContent:
        """Return an attachment with its sealed content."""
        return await self._ask("GET", _ticket_path(number, f"/attachments/{attachment_id}"), AttachmentContent)

    async def open_session(self, number: str, session: NewSession) -> OpenedSession:
        """Open a session on a ticket. Errors: `ticket_closed`, `device_not_certified`."""
        return await self._ask("POST", _ticket_path(number, "/sessions"), OpenedSession, body=session)

    async def invite_colleague(self, session: str, new: NewColleague) -> AwaitedColleague:
        """Let the relay carry an invitation. Errors: `session_over`, `device_not_certified`, `too_many_requests`."""
        return await self._ask("POST", f"/api/v1/sessions/{_part(session)}/colleagues", AwaitedColleague, body=new)

    async def withdraw_colleague(self, session: str, colleague: str) -> None:
        """Take the invitation to `session` back for which the relay had opened the session `colleague`.

        One whose colleague has come, or which is over, stays as it is.
        """
        await self._send("DELETE", f"/api/v1/sessions/{_part(session)}/colleagues/{_part(colleague)}")

    async def invitations(self) -> ColleagueInvitations:
        """Return the invitations that wait for this account, unverified."""
        return await self._ask("GET", "/api/v1/invitations", ColleagueInvitations)

    async def join_invited(self, session: str) -> JoinedSession:
        """Take the technician's side of a session this account was invited to. Errors: `invitation_expired`."""
        return await self._ask("POST", f"/api/v1/invitations/{_part(session)}/join", JoinedSession)

    async def deliver_events(self, session: str, events: DeliveredEvents) -> StoredCounts:
        """Deliver events of one lane, late or again. Errors: `event_conflict`, `event_gap`, `event_invalid`."""
        return await self._ask("POST", f"/api/v1/sessions/{_part(session)}/events", StoredCounts, body=events)

    async def record(self, session: str) -> bytes:
        """Return the session's record file as the relay holds it, bodies withheld (at most 64 MiB)."""
        return await self._send("GET", f"/api/v1/sessions/{_part(session)}/record", max_bytes=MAX_RECORD_BYTES)

    async def exchange(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        kind: str = "application/octet-stream",
        query: dict[str, str] | None = None,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> bytes:
        """Send `content` of the media type `kind` as it is, and return the answer as it is (at most `max_bytes`)."""
        return await self._send(method, path, content=content, kind=kind, query=query, max_bytes=max_bytes)

    async def review_keys(self) -> ReviewKeys:
        """Return the certificates of the organisation's review keys, newest first, unverified."""
        return await self._ask("GET", "/api/v1/review-keys", ReviewKeys)

    async def deposit_key(self, session: str, keys: DepositedKeys) -> DepositedKeys:
        """Leave a session's sealed record key at the relay; return what it holds."""
        return await self._ask("PUT", f"/api/v1/sessions/{_part(session)}/key", DepositedKeys, body=keys)

    async def health(self) -> None:
        """Return when the relay says it is well."""
        await self._send("GET", "/api/v1/health")

    async def _ask(
        self, method: str, path: str, kind: type[T], *, body: Body | None = None, query: dict[str, str] | None = None
    ) -> T:
        content = await self._send(method, path, body=body, query=query)
        try:
            return msgspec.json.decode(content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _malformed(f"{method} {path}: {error}") from error

    async def _send(
        self,
        method: str,
        path: str,
        *,
        body: Body | None = None,
        content: bytes | None = None,
        kind: str = "application/json",
        query: dict[str, str] | None = None,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> bytes:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if body is not None:
            content = msgspec.json.encode(body)
        if content is not None:
            headers["Content-Type"] = kind
        try:
            async with (
                self._on_its_way(),
                self._client.stream(method, path, params=query, content=content, headers=headers) as response,
            ):
                answer = await _read(response, max_bytes)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _unreachable(self.base_url, error) from error
        if response.is_success:
            return answer
        raise _problem(response.status_code, answer)

    @asynccontextmanager
    async def _on_its_way(self) -> AsyncIterator[None]:
        """Have `close` wait for what is done inside; TimeoutError once that has lasted too long."""
        async with asyncio.timeout(None) as request:
            self._on_their_way.add(request)
            self._none_on_its_way.clear()
            try:
                yield
            finally:
                self._on_their_way.remove(request)
                if not self._on_their_way:
                    self._none_on_its_way.set()


async def _read(response: httpx.Response, max_bytes: int) -> bytes:
    answer = bytearray()
    async for chunk in response.aiter_bytes():
        answer += chunk
        if len(answer) > max_bytes:
            raise _malformed(f"an answer longer than {max_bytes} bytes")
    return bytes(answer)


def _ticket_path(number: str, rest: str = "") -> str:
    return f"/api/v1/tickets/{_part(number)}{rest}"


def _part(text: str) -> str:
    return quote(text, safe="")


def _problem(status: int, answer: bytes) -> PeerError | EnvironmentFault:
    """Return the relay's refusal as an error: below 500 it is about the request, else the relay is in trouble."""
    try:
        problem: Any = msgspec.json.decode(answer, type=Problem)
        code, sentence = problem.code, problem.detail or problem.title
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        code, sentence = "relay_unavailable", "The relay cannot answer right now. Please try again in a minute."
        if status < 500:
            return _malformed(f"status {status} without a problem document")
    kind = EnvironmentFault if status >= 500 else PeerError
    return kind(f"relay: {status} {code}", code=code, user_text=sentence)


def _malformed(detail: str) -> PeerError:
    return PeerError(
        detail,
        code="relay_answer_malformed",
        user_text="That address answered, but not as a Deskside relay does. Please check the relay's address.",
    )


def _unreachable(base_url: str, error: Exception) -> EnvironmentFault:
    _log.info("relay %s unreachable: %r", base_url, error)
    return EnvironmentFault(
        f"{base_url}: {error!r}",
        code="relay_unreachable",
        user_text="The relay cannot be reached. Please check your network connection and the relay's address.",
    )
