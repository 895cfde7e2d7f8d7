"""One event of a lane: its fields, its exact bytes, its signature and the commitment to its body.

docs/protocol.md, section 6, is normative. Nothing here reads a clock or makes randomness.
"""

import hashlib
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Annotated, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from protocol.audit.canonical import decode_canonical, encode_canonical
from protocol.encoding import sha256_lv
from protocol.errors import LocalError, PeerError

MAX_EVENT_BYTES = 4096
"""The longest event (the same as in `protocol.messages.session.RecordedEvent`)."""

MAX_BODY_BYTES = 6144
"""The longest body, unpadded."""

SALT_BYTES = 32
NO_HASH = "0" * 64
"""Stands for "no event before this one"."""

NO_EVENT = -1
"""Stands for "no event" where a sequence number is expected."""

LANES = ("C", "T")
CUSTOMER, TECHNICIAN = LANES

_SIGNATURE_DOMAIN = b"deskside/audit/1 event\0"
_BODY_DOMAIN = b"deskside/audit/1 body"
_SMALLEST_CLASS = 64
_LENGTH_PREFIX_BYTES = 4
_END_OF_YEAR_9999_MS = 253_402_300_799_999


class EventType(Enum):
    """What can happen in a session and is recorded."""

    SESSION_OPEN = "session.open"
    IDENTITY_SHOWN = "identity.shown"
    CONSENT_ASK = "consent.ask"
    CONSENT_GRANT = "consent.grant"
    CONSENT_DENY = "consent.deny"
    CONSENT_REVOKE = "consent.revoke"
    CAPABILITY_USE = "capability.use"
    CONTROL_TAKE = "control.take"
    CONTROL_RELEASE = "control.release"
    SHARING_PAUSE = "sharing.pause"
    SHARING_RESUME = "sharing.resume"
    TOOL_NOTICED = "tool.noticed"
    INPUT_SUMMARY = "input.summary"
    DIAG_PREVIEW = "diag.preview"
    DIAG_SENT = "diag.sent"
    DIAG_RECEIVED = "diag.received"
    CLIPBOARD_SENT = "clipboard.sent"
    CLIPBOARD_RECEIVED = "clipboard.received"
    CHAT_SENT = "chat.sent"
    CHAT_ATTACHED = "chat.attached"
    RECORDING_START = "recording.start"
    RECORDING_SEGMENT = "recording.segment"
    RECORDING_STOP = "recording.stop"
    RECORDING_FINISHED = "recording.finished"
    FILE_OFFERED = "file.offered"
    FILE_ACCEPTED = "file.accepted"
    FILE_DECLINED = "file.declined"
    FILE_SENT = "file.sent"
    FILE_RECEIVED = "file.received"
    FILE_CANCELLED = "file.cancelled"
    LINK_PATH = "link.path"
    LINK_LOST = "link.lost"
    LINK_RESUMED = "link.resumed"
    COLLEAGUE_INVITED = "colleague.invited"
    COLLEAGUE_ALLOWED = "colleague.allowed"
    COLLEAGUE_REFUSED = "colleague.refused"
    COLLEAGUE_JOINED = "colleague.joined"
    COLLEAGUE_LEFT = "colleague.left"
    SESSION_HANDED_OVER = "session.handed_over"
    SESSION_TAKEN = "session.taken"
    PEER_LOST = "peer.lost"
    AREAS_HIDDEN = "areas.hidden"
    COMPUTER_COMPARED = "computer.compared"
    NOTE = "note"
    SESSION_END = "session.end"
    SESSION_SEAL = "session.seal"


ONLY_IN_LANE = {
    EventType.COLLEAGUE_INVITED: TECHNICIAN,
    EventType.COLLEAGUE_ALLOWED: CUSTOMER,
    EventType.COLLEAGUE_REFUSED: CUSTOMER,
    EventType.SESSION_HANDED_OVER: TECHNICIAN,
    EventType.SESSION_TAKEN: CUSTOMER,
    EventType.CONSENT_ASK: TECHNICIAN,
    EventType.CONSENT_GRANT: CUSTOMER,
    EventType.CONSENT_DENY: CUSTOMER,
    EventType.DIAG_PREVIEW: CUSTOMER,
    EventType.DIAG_SENT: CUSTOMER,
    EventType.DIAG_RECEIVED: TECHNICIAN,
    EventType.CHAT_ATTACHED: TECHNICIAN,
    EventType.AREAS_HIDDEN: CUSTOMER,
    EventType.COMPUTER_COMPARED: CUSTOMER,
    EventType.TOOL_NOTICED: CUSTOMER,
    EventType.RECORDING_START: TECHNICIAN,
    EventType.RECORDING_SEGMENT: TECHNICIAN,
    EventType.RECORDING_STOP: TECHNICIAN,
    EventType.RECORDING_FINISHED: TECHNICIAN,
}
"""Events only one party can write; all others may stand in either lane."""

_Hex64 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
_Count = Annotated[int, msgspec.Meta(ge=0)]
_EventNumber = Annotated[int, msgspec.Meta(ge=NO_EVENT)]


class PeerLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The newest event of the other lane its writer had seen; `seq` -1 and 64 zeros for none."""

    seq: _EventNumber
    hash: _Hex64


class BodyCommitment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Hides the body and fixes it: `commit` is salted, `len_class` (a power of two, 64..8192) blurs its length."""

    alg: Literal["sha256-salted-v1"]
    commit: _Hex64
    len_class: Annotated[int, msgspec.Meta(ge=_SMALLEST_CLASS, le=8192)]


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fields of one event. `t_ms` is Unix time, `mono_ms` the writer's monotonic clock, both in milliseconds.

    `tseq` stands only in a technician's `session.open`: how many sessions this device has opened, this one counted.
    """

    v: Literal[1]
    log: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}/[0-9]{4}$", max_length=21)]
    sid: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$", max_length=32)]
    lane: Literal["C", "T"]
    seq: _Count
    t_ms: Annotated[int, msgspec.Meta(ge=0, le=_END_OF_YEAR_9999_MS)]
    mono_ms: _Count
    type: EventType
    actor: _Hex64
    prev: _Hex64
    peer: PeerLink
    body: BodyCommitment
    req: _EventNumber
    tseq: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)] | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True)
class SignedEvent:
    """The exact bytes of an event and the Ed25519 signature over them."""

    event: bytes
    signature: bytes


def other_lane(lane: str) -> str:
    """Return "T" for "C" and "C" for "T"."""
    return TECHNICIAN if lane == CUSTOMER else CUSTOMER


def event_hash(event: bytes) -> str:
    """Return the SHA-256 of the event's bytes as 64 hex digits."""
    return hashlib.sha256(event).hexdigest()


def actor_of(signer: bytes) -> str:
    """Return what `actor` must say for events signed by the public key `signer` (32 bytes)."""
    return hashlib.sha256(signer).hexdigest()


def log_name(root_id: bytes, year: int) -> str:
    """Return the `log` of an organisation (`root_id` is 32 bytes) and a UTC year."""
    return f"{root_id.hex()[:16]}/{year:04d}"


def encode_event(event: Event) -> bytes:
    """Return the bytes of `event`, the ones that are signed, hashed and stored.

    Raises:
        LocalError: the event breaks a rule `parse_event` checks, or is longer than 4096 bytes.
    """
    data = encode_canonical(msgspec.to_builtins(event))
    try:
        parse_event(data)
    except PeerError as error:
        raise LocalError(f"cannot record this event: {error}") from error
    return data


def parse_event(data: bytes) -> Event:
    """Return the event `data` spells; its chain and signature are not looked at.

    Raises:
        PeerError: not canonical, a field missing, unknown or out of range, or in the wrong lane (`event_invalid`).
    """
    try:
        event = msgspec.convert(decode_canonical(data, MAX_EVENT_BYTES), Event)
    except (PeerError, msgspec.ValidationError) as error:
        raise invalid(str(error)) from error
    if (event.seq == 0) != (event.type is EventType.SESSION_OPEN):
        raise invalid("session.open must be the first event of a lane, and only the first")
    if event.tseq is not msgspec.UNSET and (event.seq, event.lane) != (0, TECHNICIAN):
        raise invalid("tseq stands only in the technician's session.open")
    if (event.seq == 0) != (event.prev == NO_HASH):
        raise invalid("prev must be 64 zeros in the first event, and only there")
    if (event.peer.seq == NO_EVENT) != (event.peer.hash == NO_HASH):
        raise invalid("peer.seq and peer.hash do not fit each other")
    if event.req > event.peer.seq:
        raise invalid("answers an event its writer had not seen")
    if event.body.len_class.bit_count() != 1:
        raise invalid("len_class is not a power of two")
    if ONLY_IN_LANE.get(event.type, event.lane) != event.lane:
        raise invalid(f"{event.type.value} cannot stand in lane {event.lane}")
    return event


def sign_event(key: Ed25519PrivateKey, event: bytes) -> SignedEvent:
    """Return `event` with the signature of `key` over the domain-separated bytes."""
    return SignedEvent(event, key.sign(_SIGNATURE_DOMAIN + event))


def verify_signature(event: bytes, signature: bytes, signer: bytes) -> None:
    """Check that the Ed25519 public key `signer` (32 bytes) signed `event`.

    Raises:
        PeerError: it did not, or `signer` is not a key (`event_invalid`).
    """
    try:
        _public_key(signer).verify(signature, _SIGNATURE_DOMAIN + event)
    except (InvalidSignature, ValueError) as error:
        raise invalid("the signature does not fit") from error


def check_signed_event(data: bytes, signature: bytes, signer: bytes, *, session: str, lane: str) -> Event:
    """Return the event after every check that needs no other event: form, session, lane, actor, signature.

    Raises:
        PeerError: one of them failed (`event_invalid`).
    """
    event = parse_event(data)
    if event.sid != session:
        raise invalid(f"belongs to session {event.sid}, not {session}")
    if event.lane != lane:
        raise invalid(f"belongs to lane {event.lane}, not {lane}")
    if event.actor != actor_of(signer):
        raise invalid("actor is not the hash of the signer's key")
    verify_signature(data, signature, signer)
    return event


def commit_body(*, salt: bytes, session: str, lane: str, seq: int, body: bytes) -> BodyCommitment:
    """Return the commitment to `body` (canonical bytes, at most 6144) under `salt` (32 bytes).

    Raises:
        LocalError: body too long or salt not 32 bytes.
    """
    if len(body) > MAX_BODY_BYTES or len(salt) != SALT_BYTES:
        raise LocalError(f"cannot commit to a body of {len(body)} bytes with a salt of {len(salt)}")
    needed = _LENGTH_PREFIX_BYTES + len(body)
    len_class = max(_SMALLEST_CLASS, 1 << (needed - 1).bit_length())
    padded = (len(body).to_bytes(_LENGTH_PREFIX_BYTES, "big") + body).ljust(len_class, b"\0")
    commit = sha256_lv(_BODY_DOMAIN, salt, session.encode(), lane.encode(), str(seq).encode(), padded)
    return BodyCommitment("sha256-salted-v1", commit.hex(), len_class)


def check_body(event: Event, salt: bytes, body: bytes) -> dict[str, object]:
    """Return the body as an object once salt and bytes open the commitment of `event`.

    Raises:
        PeerError: too long, not canonical JSON, or not what was committed to (`body_mismatch`).
    """
    if len(body) > MAX_BODY_BYTES or len(salt) != SALT_BYTES:
        raise PeerError("body or salt of the wrong length", code="body_mismatch")
    if commit_body(salt=salt, session=event.sid, lane=event.lane, seq=event.seq, body=body) != event.body:
        raise PeerError("the body is not the one the event commits to", code="body_mismatch")
    try:
        return decode_canonical(body, MAX_BODY_BYTES)
    except PeerError as error:
        raise PeerError(str(error), code="body_mismatch") from error


def invalid(detail: str) -> PeerError:
    """Return the error for an event that can never be accepted (`event_invalid`)."""
    return PeerError(f"event: {detail}", code="event_invalid")


@lru_cache(maxsize=256)
def _public_key(signer: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(signer)
