"""The record of a session as one file, `deskside.record/1`: lines of canonical JSON that anybody can keep and check.

Line 1 is the manifest, then lane C, then lane T, each by seq. There is one spelling of every line, so that a file with
a changed byte can never be read as the file before the change.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal

import msgspec

from protocol.audit.canonical import decode_canonical, encode_canonical
from protocol.audit.events import LANES, MAX_BODY_BYTES, MAX_EVENT_BYTES, SALT_BYTES, parse_event
from protocol.errors import LocalError, PeerError
from protocol.messages.session import RecordedEvent

FORMAT = "deskside.record/1"
MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_EVENTS = 1_000_000
MAX_CERTIFICATE_BYTES = 2048

_MAX_LINE_BYTES = 16 * 1024
_SIGNATURE_BYTES = 64
_KEY_BYTES = 32


class RecordMalformed(PeerError):
    """The bytes are not a record file; `line` says where, counted from 1."""

    code = "record_malformed"
    user_text = "This file is not a Deskside record, or it was damaged."

    def __init__(self, detail: str, *, line: int) -> None:
        super().__init__(f"line {line}: {detail}")
        self.line = line


@dataclass(frozen=True)
class Manifest:
    """Whose session it was. `organisation_key` is the root's and `customer_key` lane C's public key, 32 bytes each."""

    session: str
    organisation_key: bytes
    technician_certificate: bytes
    customer_key: bytes


@dataclass(frozen=True)
class FiledEvent:
    """One event of the file. `salt` and `body` are None together when the body is withheld; `line` counts from 1."""

    lane: str
    event: bytes
    signature: bytes
    salt: bytes | None = None
    body: bytes | None = None
    line: int = 0


@dataclass(frozen=True)
class RecordFile:
    """What a file holds: read, but not verified."""

    manifest: Manifest
    events: tuple[FiledEvent, ...]


class _ManifestLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: Literal["deskside.record/1"]
    session: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$", max_length=32)]
    organisation_key: str
    technician_certificate: str
    customer_key: str


class _BodyLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    data: str
    salt: str


class _EventLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    body: _BodyLine | None
    event: str
    lane: Literal["C", "T"]
    sig: str


def filed_event(recorded: RecordedEvent, *, with_body: bool = True) -> FiledEvent:
    """Return `recorded` as a line of the file, with its body or with the body withheld.

    Raises:
        PeerError: `recorded.event` is not an event.
    """
    lane = parse_event(recorded.event).lane
    if not with_body:
        return FiledEvent(lane, recorded.event, recorded.signature)
    return FiledEvent(lane, recorded.event, recorded.signature, recorded.salt, recorded.body)


def write_record(manifest: Manifest, events: Iterable[FiledEvent]) -> bytes:
    """Return the bytes of the record file; the events may come in any order.

    Raises:
        LocalError: the file would be too long to be read again.
        PeerError: one of `events` is not an event.
    """
    ordered = sorted(events, key=lambda filed: (LANES.index(filed.lane), parse_event(filed.event).seq))
    first: dict[str, object] = {
        "format": FORMAT,
        "session": manifest.session,
        "organisation_key": manifest.organisation_key.hex(),
        "technician_certificate": manifest.technician_certificate.hex(),
        "customer_key": manifest.customer_key.hex(),
    }
    data = b"".join(encode_canonical(line) + b"\n" for line in [first, *map(_as_line, ordered)])
    if len(data) > MAX_FILE_BYTES or len(ordered) > MAX_EVENTS:
        raise LocalError(f"a record of {len(ordered)} events and {len(data)} bytes", code="record_too_large")
    return data


def read_record(data: bytes) -> RecordFile:
    """Return what the file says, at most 64 MiB and 1,000,000 events.

    Raises:
        RecordMalformed: too long, cut off inside a line, or a line that is not exactly as specified.
    """
    if len(data) > MAX_FILE_BYTES or data.count(b"\n") > MAX_EVENTS + 1:
        raise RecordMalformed("the file is too large", line=1)
    *lines, rest = data.split(b"\n")
    if rest or not lines:
        raise RecordMalformed("the file ends inside a line", line=len(lines) + 1)
    manifest = _read_manifest(lines[0])
    events = tuple(_read_event(line, number) for number, line in enumerate(lines[1:], start=2))
    for before, after in pairwise(events):
        if (before.lane, after.lane) == ("T", "C"):
            raise RecordMalformed("an event of lane C after lane T began", line=after.line)
    return RecordFile(manifest, events)


def manifest_of(data: bytes) -> Manifest:
    """Return whose session a record file is, without reading its events.

    Raises:
        RecordMalformed: its first line is not one.
    """
    return _read_manifest(data[: max(data.find(b"\n"), 0)])


def _as_line(filed: FiledEvent) -> dict[str, object]:
    body = None
    if filed.body is not None and filed.salt is not None:
        body = {"data": _base64(filed.body), "salt": _base64(filed.salt)}
    return {"body": body, "event": _base64(filed.event), "lane": filed.lane, "sig": _base64(filed.signature)}


def _read_manifest(line: bytes) -> Manifest:
    try:
        found = msgspec.convert(decode_canonical(line, _MAX_LINE_BYTES), _ManifestLine)
        return Manifest(
            session=found.session,
            organisation_key=_from_hex(found.organisation_key, _KEY_BYTES, _KEY_BYTES),
            technician_certificate=_from_hex(found.technician_certificate, 1, MAX_CERTIFICATE_BYTES),
            customer_key=_from_hex(found.customer_key, _KEY_BYTES, _KEY_BYTES),
        )
    except (PeerError, ValueError) as error:  # msgspec's ValidationError is a ValueError
        raise RecordMalformed(f"not the first line of a Deskside record ({error})", line=1) from error


def _read_event(line: bytes, number: int) -> FiledEvent:
    try:
        found = msgspec.convert(decode_canonical(line, _MAX_LINE_BYTES), _EventLine)
        return FiledEvent(
            lane=found.lane,
            event=_from_base64(found.event, 1, MAX_EVENT_BYTES),
            signature=_from_base64(found.sig, _SIGNATURE_BYTES, _SIGNATURE_BYTES),
            salt=_from_base64(found.body.salt, SALT_BYTES, SALT_BYTES) if found.body else None,
            body=_from_base64(found.body.data, 0, MAX_BODY_BYTES) if found.body else None,
            line=number,
        )
    except (PeerError, ValueError) as error:
        raise RecordMalformed(str(error), line=number) from error


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _from_base64(text: str, shortest: int, longest: int) -> bytes:
    """Return what `text` encodes; base64 has several spellings of some values, only the plain one is accepted."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise PeerError("not base64", code="record_malformed") from error
    return _checked(value, _base64(value) == text, shortest, longest)


def _from_hex(text: str, shortest: int, longest: int) -> bytes:
    """Return what `text` encodes; `bytes.fromhex` also reads capitals and blanks, which are refused."""
    try:
        value = bytes.fromhex(text)
    except ValueError as error:
        raise PeerError("not hexadecimal", code="record_malformed") from error
    return _checked(value, value.hex() == text, shortest, longest)


def _checked(value: bytes, canonical: bool, shortest: int, longest: int) -> bytes:
    if not canonical:
        raise PeerError("not the canonical spelling of its value", code="record_malformed")
    if not shortest <= len(value) <= longest:
        raise PeerError(f"{len(value)} bytes where {shortest} to {longest} are allowed", code="record_malformed")
    return value
