"""The diagnostics report: asked for by T, shown to the customer fact by fact, sent as ticked."""

import hashlib
from enum import Enum
from typing import Annotated, Any

import msgspec

from protocol.channels import DIAGNOSTICS
from protocol.messages.base import Count, LongText, Message, ShortText, strict_decoder

MAX_FACTS = 200


class FactStatus(Enum):
    """How collecting a fact ended. A blank is never silent."""

    OK = "ok"
    DENIED = "denied"
    UNSUPPORTED = "unsupported"
    TIMEOUT = "timeout"
    ERROR = "error"
    WITHHELD = "withheld"


class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fact as it was sent. `id` is dotted (`disk.volumes.1.free`), `group` and `label` are for people.

    `value` is text already redacted and formatted with its unit; empty unless `status` is ok. `took_ms` is how long
    collecting took. `note` says why a status is not ok.
    """

    id: Annotated[str, msgspec.Meta(pattern="^[a-z0-9_]+([.][a-z0-9_]+)*$", max_length=100)]
    group: ShortText
    label: ShortText
    status: FactStatus
    value: LongText
    note: ShortText
    took_ms: Count


def facts_digest(facts: tuple[Fact, ...]) -> str:
    """Return the SHA-256, in hex, of the facts as they travel; both lanes of the record name a report by it."""
    return hashlib.sha256(msgspec.msgpack.encode(facts)).hexdigest()


class DiagnosticsRequested(Message, frozen=True, tag="diagnostics_requested"):
    """T asks for a report. `event_seq` is T's signed `consent.ask` event for diagnostics."""

    event_seq: Count


class DiagnosticsDeclined(Message, frozen=True, tag="diagnostics_declined"):
    """The customer said no, or did not answer in 60 s (`reason`)."""

    reason: ShortText


class DiagnosticsReport(Message, frozen=True, tag="diagnostics_report"):
    """The facts the customer ticked; unticked ones arrive as `withheld` without value. `event_seq`: C's `diag.sent`."""

    collected_at_ms: Count
    facts: Annotated[tuple[Fact, ...], msgspec.Meta(max_length=MAX_FACTS)]
    event_seq: Count


DiagnosticsMessage = DiagnosticsRequested | DiagnosticsDeclined | DiagnosticsReport

_decode: Any = strict_decoder(DiagnosticsMessage, max_bytes=DIAGNOSTICS.max_bytes, what="diagnostics message")


def decode_diagnostics(data: bytes) -> DiagnosticsMessage:
    """Decode one message of the diagnostics channel (at most 64 KiB).

    Raises:
        PeerError: too long, not MessagePack, unknown message or field.
    """
    message: DiagnosticsMessage = _decode(data)
    return message
