"""The JSON bodies of review at the relay: keys, search, whole sessions, signatures, holds and erasure.

As in `protocol.messages.relay_api`: times are ISO 8601 in UTC with `Z` (empty: not yet), binary values base64 text.
A `document` is the act in canonical JSON; its SHA-256 stands in the organisation's log.
"""

from typing import Annotated

import msgspec

from protocol.messages.relay_api import Attachment, Body, BodyText

_Serial = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_SEALED_KEY_BYTES = 80
"""HPKE's encapsulated key (32), the record key (32) and its tag (16)."""


class ReviewKeys(Body, frozen=True):
    """GET /api/v1/review-keys: certificates of the organisation's review keys, newest first. Verify each yourself."""

    certificates: tuple[bytes, ...]


class SealedKey(Body, frozen=True):
    """A session's record key, sealed to the key of the certificate with the serial `recipient`."""

    recipient: _Serial
    sealed: Annotated[bytes, msgspec.Meta(min_length=_SEALED_KEY_BYTES, max_length=_SEALED_KEY_BYTES)]


class DepositedKeys(Body, frozen=True):
    """PUT /api/v1/sessions/{session}/key: the record key for the auditors and for the technician's own device.

    What is deposited is never replaced; the answer is what the relay holds.
    """

    review: SealedKey | None = None
    device: SealedKey | None = None


class FoundSession(Body, frozen=True):
    """One session as the relay knows it, without any body. `kinds` are the types of its events.

    `missing`: a side has seen events of the other that never reached the relay. `witness` is `logged` when the newest
    state is in the organisation's log, `witnessed` when a checkpoint with it is cosigned, empty before. `signatures`
    counts electronic signatures; `erased` names what was erased.
    """

    session: str
    ticket: str
    subject: str
    customer: str
    technician: str
    technician_id: str
    reason: str
    state: str
    opened_at: str
    ended_at: str
    customer_events: int
    technician_events: int
    kinds: tuple[str, ...]
    sealed_by_customer: bool
    sealed_by_technician: bool
    missing: bool
    witness: str
    ticket_state_at_opening: str
    joins: str
    signatures: int
    on_hold: bool
    erased: tuple[str, ...]


class FoundSessions(Body, frozen=True):
    """GET /api/v1/review/sessions: at most 50, newest first; `next` is the cursor of the following page or empty."""

    sessions: tuple[FoundSession, ...]
    next: str


class ReviewedEvent(Body, frozen=True):
    """One event exactly as delivered. `sealed_body` is empty once it was erased."""

    lane: str
    event: bytes
    signature: bytes
    signer: bytes
    sealed_body: bytes


class HoldChange(Body, frozen=True):
    """POST /api/v1/review/sessions/{session}/hold: set (`held` true) or lift a legal hold, and why."""

    held: bool
    reason: BodyText


class HoldAct(Body, frozen=True):
    """A legal hold that was set or lifted; nothing of it is ever changed."""

    at: str
    by: str
    held: bool
    reason: str
    document: bytes


class NewErasure(Body, frozen=True):
    """POST /api/v1/review/sessions/{session}/erasure: under which basis, like "GDPR Art. 17, request of 3 May"."""

    basis: BodyText


class ErasureNotice(Body, frozen=True):
    """What was erased, when, by whom and under which basis; the numbers are how many of each were deleted.

    `scope` is `session` for everything, else what retention took: `audit`, `recordings`, `diagnostics`, `chat` or
    `feedback`.
    """

    at: str
    by: str
    basis: str
    scope: str
    bodies: int
    keys: int
    attachments: int
    recordings: int
    document: bytes
    feedback: int = 0


class NewSignature(Body, frozen=True):
    """POST /api/v1/review/sessions/{session}/signatures: a signature document (protocol/audit/signatures.py).

    The password is asked for again at every signature.
    """

    document: Annotated[bytes, msgspec.Meta(max_length=6 * 1024)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]


class NewExport(Body, frozen=True):
    """POST /api/v1/review/sessions/{session}/exports: a file was made of this session; `sha256` is 64 hex digits."""

    format: Annotated[str, msgspec.Meta(pattern="^[a-z0-9./-]{1,40}$", max_length=40)]
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]


class ReviewAct(Body, frozen=True):
    """Somebody looked at a session (`view`) or took it away as a file (`export`; `detail` is its format and hash)."""

    at: str
    by: str
    role: str
    kind: str
    detail: str
    document: bytes


class SessionCare(Body, frozen=True):
    """GET /api/v1/review/sessions/{session}/care: holds, erasure and who looked, for those who may not read bodies."""

    found: FoundSession
    holds: tuple[HoldAct, ...]
    erasures: tuple[ErasureNotice, ...]
    acts: tuple[ReviewAct, ...]


class ReviewedSession(Body, frozen=True):
    """GET /api/v1/review/sessions/{session}: everything needed to verify and decrypt a session without the relay.

    `organisation_key` is the root's public key as the relay states it: pin your own. `signatures` are documents,
    `receipts` tlog-proof files. `joined` are the sessions of colleagues who joined it.
    """

    found: FoundSession
    organisation_key: bytes
    technician_certificate: bytes
    events: tuple[ReviewedEvent, ...]
    keys: DepositedKeys
    review_certificates: tuple[bytes, ...]
    receipts: tuple[bytes, ...]
    log_certificate: bytes
    attachments: tuple[Attachment, ...]
    signatures: tuple[bytes, ...]
    holds: tuple[HoldAct, ...]
    erasures: tuple[ErasureNotice, ...]
    acts: tuple[ReviewAct, ...]
    joined: tuple[str, ...]
