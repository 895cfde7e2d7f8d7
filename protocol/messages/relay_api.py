"""The JSON bodies of the relay's HTTP API, read and written by the relay and by the technician app alike.

Paths and rules are in docs/protocol.md, "HTTP". Times are ISO 8601 in UTC with `Z`; binary values are base64 text
(msgspec's `bytes`). Errors are RFC 9457 problem documents (`Problem`).
"""

from enum import Enum
from typing import Annotated

import msgspec

from protocol.messages.base import LongText
from protocol.messages.signaling import StoredEvent

RequiredText = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
BodyText = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A JSON object with exactly these fields."""


class Problem(msgspec.Struct, frozen=True):
    """RFC 9457: `code` is stable for programs, `detail` is one sentence for a person."""

    title: str
    status: int
    detail: str
    code: str
    type: str = "about:blank"


class Credentials(Body, frozen=True):
    """POST /api/v1/sign-in."""

    name: RequiredText
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]


class Account(Body, frozen=True):
    """A person who works with this relay. `role` is `technician`, `lead`, `auditor` or `administrator`."""

    id: str
    name: str
    display_name: str
    role: str


class SignedIn(Body, frozen=True):
    """The opaque token for `Authorization: Bearer`, and when it stops working."""

    token: str
    expires_at: str
    account: Account


class Organisation(Body, frozen=True):
    """The organisation of this relay; `root_id` is `org_root_id`, the SHA-256 of its root public key, in hex."""

    name: str
    root_key: bytes
    root_id: str


class RelayIdentity(Body, frozen=True):
    """GET /api/v1/identity, for everybody: the organisation of this relay, and the protocol version it speaks."""

    organisation: str
    root_id: str
    protocol: int


class DeviceEnrolment(Body, frozen=True):
    """PUT /api/v1/device: the public keys of this technician's device (Ed25519 to sign, X25519 to receive)."""

    signing_key: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    sealing_key: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    label: RequiredText


class Device(Body, frozen=True):
    """An enrolled device. `certificate` is empty while the organisation has not certified it."""

    id: str
    signing_key: bytes
    sealing_key: bytes
    label: str
    status: str
    certificate: bytes


class DeviceCertificates(Body, frozen=True):
    """GET /api/v1/certificates: every certificate that is valid now, to seal attachments to. Verify each yourself."""

    certificates: tuple[bytes, ...]


class TicketState(Enum):
    """Where a ticket stands. A session needs `new`, `open` or `pending`."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    SOLVED = "solved"
    CLOSED = "closed"


class Priority(Enum):
    """How urgent a ticket is."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class NewTicket(Body, frozen=True):
    """POST /api/v1/tickets."""

    subject: RequiredText
    customer: RequiredText
    description: LongText = ""
    priority: Priority = Priority.NORMAL


class TicketSummary(Body, frozen=True):
    """One row of the ticket list."""

    number: str
    subject: str
    customer: str
    state: TicketState
    priority: Priority
    created_at: str
    updated_at: str


class TicketPage(Body, frozen=True):
    """GET /api/v1/tickets: one page (`page` from 1) of `total` tickets that match."""

    tickets: tuple[TicketSummary, ...]
    total: int
    page: int
    page_size: int


class NewNote(Body, frozen=True):
    """POST /api/v1/tickets/{number}/notes."""

    text: BodyText


class Note(Body, frozen=True):
    """A note on a ticket. `kind` is `note`, `state` or `session`."""

    id: int
    at: str
    author: str
    kind: str
    text: str


class StateChange(Body, frozen=True):
    """PUT /api/v1/tickets/{number}/state."""

    state: TicketState


class NewAttachment(Body, frozen=True):
    """POST /api/v1/tickets/{number}/attachments: `content` is sealed (docs/protocol.md, "Sealed attachments")."""

    kind: RequiredText
    name: RequiredText
    content: Annotated[bytes, msgspec.Meta(max_length=1024 * 1024)]
    session: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{32})?$", max_length=32)] = ""
    """The session it comes from, with which it is erased; empty: none."""


class Attachment(Body, frozen=True):
    """An attachment's description; its sealed content is at .../attachments/{id}."""

    id: int
    at: str
    author: str
    kind: str
    name: str
    size_bytes: int
    sha256: str


class AttachmentContent(Body, frozen=True):
    """GET /api/v1/tickets/{number}/attachments/{id}."""

    attachment: Attachment
    content: bytes


class NewSession(Body, frozen=True):
    """POST /api/v1/tickets/{number}/sessions: open a session, for a reason the customer will read."""

    reason: RequiredText
    spoken: bool = False


class OpenedSession(Body, frozen=True):
    """A session that waits for its customer. `token` attaches the technician's side of `mailbox`."""

    session: str
    ticket: str
    subject: str
    reason: str
    route: str
    link: str
    spoken_route: str
    mailbox: bytes
    token: str
    expires_at: str


class SessionSummary(Body, frozen=True):
    """One session of a ticket. `state` is `waiting`, `active`, `ended` or `expired`."""

    session: str
    technician: str
    reason: str
    state: str
    opened_at: str
    ended_at: str
    customer_events: int
    technician_events: int
    recordings: int = 0
    """How many recordings of it the relay holds, whole or in part."""


class SurveyAnswer(Body, frozen=True):
    """What the customer of a session answered afterwards: 1 to 5 stars and a few words."""

    session: str
    at: str
    stars: int
    text: str


class Ticket(Body, frozen=True):
    """GET /api/v1/tickets/{number}: the whole ticket."""

    number: str
    subject: str
    customer: str
    description: str
    state: TicketState
    priority: Priority
    created_at: str
    updated_at: str
    created_by: str
    notes: tuple[Note, ...]
    attachments: tuple[Attachment, ...]
    sessions: tuple[SessionSummary, ...]
    surveys: tuple[SurveyAnswer, ...] = ()


class DeliveredEvents(Body, frozen=True):
    """POST /api/v1/sessions/{session}/events: events of one lane, late or again."""

    events: tuple[StoredEvent, ...]


class StoredCounts(Body, frozen=True):
    """How many events of each lane are on disk."""

    customer: int
    technician: int


class SessionReceipts(Body, frozen=True):
    """GET /api/v1/sessions/{session}/receipts: a tlog-proof for each leaf of the log that is about the session.

    `certificate` is the log's (`protocol.audit.log.certificate`), empty when the organisation gave it none.
    """

    certificate: bytes
    proofs: tuple[bytes, ...]
