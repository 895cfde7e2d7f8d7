"""The bodies the rules look into: opening, consent, end and seal. Other events carry what their writer finds useful."""

from collections.abc import Mapping
from typing import Annotated, TypeVar

import msgspec

from protocol.audit.events import CUSTOMER, NO_EVENT, TECHNICIAN, Event, EventType, invalid
from protocol.errors import PeerError
from protocol.messages.consent import Capability
from protocol.messages.resume import MAX_RESUMES

_Hex64 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
_Text = Annotated[str, msgspec.Meta(max_length=200)]
_Reason = Annotated[str, msgspec.Meta(max_length=4000)]
_SessionId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$", max_length=32)]
_Joins = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{32})?$", max_length=32)]
_Count = Annotated[int, msgspec.Meta(ge=0)]


class TechnicianOpening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """T's `session.open`: what it asks for and under which certificate. Hashes and keys are 64 hex digits."""

    ticket: _Text
    subject: _Text
    purpose: _Text
    capabilities: tuple[Capability, ...]
    certificate_sha256: _Hex64
    customer_key: _Hex64
    th: _Hex64
    joins: _Joins = ""
    """The session that is joined; left out when this is not a colleague's."""


class CustomerOpening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """C's `session.open`: whom it let in, as the certificate names them."""

    ticket: _Text
    organisation: _Text
    technician: _Text
    certificate_sha256: _Hex64
    customer_key: _Hex64
    th: _Hex64
    joins: _Joins = ""


class CapabilityNamed(msgspec.Struct, frozen=True):
    """`consent.deny`, `consent.revoke`, `capability.use`: one capability; more fields (`reason`) may follow."""

    capability: Capability


class CapabilitiesNamed(msgspec.Struct, frozen=True):
    """A `consent.ask` for several capabilities in one question, in place of `capability`."""

    capabilities: Annotated[tuple[Capability, ...], msgspec.Meta(min_length=2)]


class CapabilityGranted(msgspec.Struct, frozen=True):
    """`consent.grant`: one capability, live for `expires_in_s` seconds of C's monotonic clock, 0 until revoked."""

    capability: Capability
    expires_in_s: Annotated[int, msgspec.Meta(ge=0, le=24 * 3600)] = 0


class TextNamed(msgspec.Struct, frozen=True):
    """`clipboard.sent`, `clipboard.received`, `chat.sent`: a text by its UTF-8 length and hash, never itself."""

    bytes: _Count
    sha256: _Hex64


class LinkPath(msgspec.Struct, frozen=True):
    """`link.path`: which way the session's first connection takes (`direct`, `stun`, `turn`, `tunnel`)."""

    path: _Text


class FileNamed(msgspec.Struct, frozen=True):
    """`file.*`: a file by its SHA-256; they also say its name and size."""

    sha256: _Hex64


class FileOffered(FileNamed, frozen=True):
    """`file.offered`: `asked` when the other side had asked for a file."""

    name: _Text
    size_bytes: _Count
    asked: bool = False


class RecordingNamed(msgspec.Struct, frozen=True):
    """`recording.*`: one recording of the session, counted from 0."""

    recording: _Count


class RecordingSegment(RecordingNamed, frozen=True):
    """`recording.segment`: `sha256` is the chain head after segment `segment`: it fixes that one and all before it."""

    segment: _Count
    sha256: _Hex64


class RecordingFinished(RecordingNamed, frozen=True):
    """`recording.finished`: the whole file, by its SHA-256 and length; `duration_ms` is what it lasts."""

    sha256: _Hex64
    bytes: _Count
    duration_ms: _Count


class LinkLost(msgspec.Struct, frozen=True):
    """`link.lost`: nothing was heard for 5 s, or the connection closed, after `n` resumes."""

    n: Annotated[int, msgspec.Meta(ge=0, le=MAX_RESUMES)]


class LinkResumed(LinkLost, frozen=True):
    """`link.resumed`: the line carries again. `n` counts resumes: as before when it was the same connection."""

    path: _Text


class ColleagueNamed(msgspec.Struct, frozen=True):
    """`colleague.*`: a colleague by the SHA-256 of their certificate."""

    certificate_sha256: _Hex64


class ColleaguePresent(ColleagueNamed, frozen=True):
    """`colleague.joined`, `session.handed_over`: who, and the session of their own."""

    session: _SessionId


class SessionTakenFrom(msgspec.Struct, frozen=True):
    """`session.taken`: the technician of this record is in charge now, after the one of `session`."""

    session: _SessionId


class AreasHidden(msgspec.Struct, frozen=True):
    """`areas.hidden`: how much of the shared screen is painted over from now on, by class; never titles or places."""

    password_managers: _Count
    notifications: _Count
    windows: _Count
    areas: _Count


class ComputerCompared(msgspec.Struct, frozen=True):
    """`computer.compared`: what differs on C's computer since before the session; the details stay with the customer.

    `counts` has added, removed and changed for each kind that differs; `incomplete` names kinds that could not be
    compared wholly; `sha256` is the hash of the details.
    """

    counts: dict[_Text, dict[_Text, _Count]]
    incomplete: tuple[_Text, ...]
    sha256: _Hex64


class SessionEnded(msgspec.Struct, frozen=True):
    """`session.end`: why."""

    reason: _Reason


class Seal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`session.seal`: the two lanes as they were before both seals (hex hash of the last event, number of events)."""

    head_c: _Hex64 = msgspec.field(name="head_C")
    n_c: _Count = msgspec.field(name="n_C")
    head_t: _Hex64 = msgspec.field(name="head_T")
    n_t: _Count = msgspec.field(name="n_T")
    reason: _Reason

    def claim(self, lane: str) -> tuple[int, str]:
        """Return (count, head) the seal states for `lane`."""
        return (self.n_c, self.head_c) if lane == CUSTOMER else (self.n_t, self.head_t)

    @property
    def heads(self) -> tuple[int, str, int, str]:
        """The four values both seals must share."""
        return (self.n_c, self.head_c, self.n_t, self.head_t)


_STRUCTS: dict[EventType, type[msgspec.Struct]] = {
    EventType.CONSENT_GRANT: CapabilityGranted,
    EventType.CONSENT_DENY: CapabilityNamed,
    EventType.CONSENT_REVOKE: CapabilityNamed,
    EventType.CAPABILITY_USE: CapabilityNamed,
    EventType.CLIPBOARD_SENT: TextNamed,
    EventType.CLIPBOARD_RECEIVED: TextNamed,
    EventType.CHAT_SENT: TextNamed,
    EventType.FILE_OFFERED: FileOffered,
    EventType.FILE_ACCEPTED: FileNamed,
    EventType.FILE_DECLINED: FileNamed,
    EventType.FILE_SENT: FileNamed,
    EventType.FILE_RECEIVED: FileNamed,
    EventType.FILE_CANCELLED: FileNamed,
    EventType.RECORDING_START: RecordingNamed,
    EventType.RECORDING_SEGMENT: RecordingSegment,
    EventType.RECORDING_STOP: RecordingNamed,
    EventType.RECORDING_FINISHED: RecordingFinished,
    EventType.LINK_PATH: LinkPath,
    EventType.LINK_LOST: LinkLost,
    EventType.LINK_RESUMED: LinkResumed,
    EventType.COLLEAGUE_INVITED: ColleagueNamed,
    EventType.COLLEAGUE_ALLOWED: ColleagueNamed,
    EventType.COLLEAGUE_REFUSED: ColleagueNamed,
    EventType.COLLEAGUE_JOINED: ColleaguePresent,
    EventType.COLLEAGUE_LEFT: ColleagueNamed,
    EventType.SESSION_HANDED_OVER: ColleaguePresent,
    EventType.SESSION_TAKEN: SessionTakenFrom,
    EventType.AREAS_HIDDEN: AreasHidden,
    EventType.COMPUTER_COMPARED: ComputerCompared,
    EventType.SESSION_END: SessionEnded,
    EventType.SESSION_SEAL: Seal,
}

_QUESTIONS = (EventType.CONSENT_ASK, EventType.SESSION_OPEN)
_ANSWERS = {
    EventType.CONSENT_GRANT: _QUESTIONS,
    EventType.CONSENT_DENY: _QUESTIONS,
    EventType.DIAG_RECEIVED: (EventType.DIAG_SENT,),
    EventType.CLIPBOARD_RECEIVED: (EventType.CLIPBOARD_SENT,),
    EventType.FILE_ACCEPTED: (EventType.FILE_OFFERED,),
    EventType.FILE_DECLINED: (EventType.FILE_OFFERED,),
    EventType.FILE_SENT: (EventType.FILE_ACCEPTED,),
    EventType.FILE_RECEIVED: (EventType.FILE_OFFERED,),
    EventType.COLLEAGUE_ALLOWED: (EventType.COLLEAGUE_INVITED,),
    EventType.COLLEAGUE_REFUSED: (EventType.COLLEAGUE_INVITED,),
    # C's answers the invitation, T's notes what C said.
    EventType.COLLEAGUE_JOINED: (EventType.COLLEAGUE_INVITED, EventType.COLLEAGUE_JOINED),
    EventType.COLLEAGUE_LEFT: (EventType.COLLEAGUE_INVITED, EventType.COLLEAGUE_LEFT),
}
_ABOUT_FILES = {
    EventType.FILE_ACCEPTED,
    EventType.FILE_DECLINED,
    EventType.FILE_SENT,
    EventType.FILE_RECEIVED,
}
_ABOUT_COLLEAGUES = {
    EventType.COLLEAGUE_ALLOWED,
    EventType.COLLEAGUE_REFUSED,
    EventType.COLLEAGUE_JOINED,
    EventType.COLLEAGUE_LEFT,
}

_S = TypeVar("_S", bound=msgspec.Struct)


def read_body(struct: type[_S], body: dict[str, object]) -> _S:
    """Return `body` as `struct`.

    Raises:
        PeerError: a field is missing, of the wrong type, or (where the struct is exact) unknown (`body_invalid`).
    """
    try:
        return msgspec.convert(body, struct)
    except msgspec.ValidationError as error:
        raise PeerError(f"{struct.__name__}: {error}", code="body_invalid") from error


def check_fields(event: Event, body: dict[str, object]) -> None:
    """Check that `body` has the fields an event of this type must have.

    Raises:
        PeerError: it has not (`body_invalid`).
    """
    if event.type is EventType.SESSION_OPEN:
        read_body(CustomerOpening if event.lane == CUSTOMER else TechnicianOpening, body)
    elif event.type is EventType.CONSENT_ASK:
        if ("capability" in body) == ("capabilities" in body):
            raise PeerError("consent.ask names one capability or a list of them", code="body_invalid")
        read_body(CapabilityNamed if "capability" in body else CapabilitiesNamed, body)
    elif event.type in _STRUCTS:
        read_body(_STRUCTS[event.type], body)


def check_openings(bodies: Mapping[str, dict[str, object]], customer_key: bytes) -> None:
    """Check the `session.open` bodies known so far (by lane) against each other and the key that signs lane C.

    Raises:
        PeerError: another ticket, certificate, customer key or transcript (`openings_differ`), a field missing or
            malformed (`body_invalid`).
    """
    if any(body.get("customer_key") != customer_key.hex() for body in bodies.values()):
        raise PeerError("session.open names another customer key", code="openings_differ")
    if len(bodies) < 2:
        return
    customer = read_body(CustomerOpening, bodies[CUSTOMER])
    technician = read_body(TechnicianOpening, bodies[TECHNICIAN])
    for field in ("ticket", "certificate_sha256", "th", "joins"):
        if getattr(customer, field) != getattr(technician, field):
            raise PeerError(f"the two session.open events differ in {field}", code="openings_differ")


def check_answer(
    event: Event, body: dict[str, object] | None, answered: Event | None, answered_body: dict[str, object] | None
) -> None:
    """Check that a grant or denial answers a question about its capability, and a receipt the report that was sent.

    A file leaves only after the other side has accepted that very file.

    Whatever is None (withheld, or not part of the record) is not looked at.

    Raises:
        PeerError: it answers nothing, another kind of event, another capability or another file (`event_invalid`).
    """
    if event.type not in _ANSWERS:
        return
    if event.req == NO_EVENT:
        if event.type is EventType.DIAG_RECEIVED:
            return
        raise invalid(f"{event.type.value} answers no question")
    if answered is None:
        return
    if answered.type not in _ANSWERS[event.type]:
        raise invalid(f"{event.type.value} answers a {answered.type.value}")
    if body is None or answered_body is None:
        return
    if event.type in _ABOUT_FILES and body.get("sha256") != answered_body.get("sha256"):
        raise invalid(f"{event.type.value} is about another file than what it answers")
    if event.type in _ABOUT_COLLEAGUES and body.get("certificate_sha256") != answered_body.get("certificate_sha256"):
        raise invalid(f"{event.type.value} is about another colleague than what it answers")
    if "capability" in body:
        asked = answered_body.get("capabilities", [answered_body.get("capability")])
        if not isinstance(asked, list) or body["capability"] not in asked:
            raise invalid(f"{event.type.value} is about another capability than the question")
