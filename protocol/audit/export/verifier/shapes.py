"""What each kind of object must look like (docs/audit_format.md, sections 3 to 7): tables, and how to read them."""

import re
from typing import Any

from protocol.audit.export.verifier.basics import GB, MAX_MEMBERS, Json, Rule


def integer(least: int, most: int = 2**53 - 1) -> Rule:
    """Return the rule of an integer in a range."""
    return lambda value: type(value) is int and least <= value <= most


def text(most: int, least: int = 0, pattern: str = "(?s:.*)") -> Rule:
    """Return the rule of a text of `least` to `most` characters."""
    return lambda value: isinstance(value, str) and least <= len(value) <= most and bool(re.fullmatch(pattern, value))


def word(*allowed: str) -> Rule:
    """Return the rule of one of these words."""
    return lambda value: isinstance(value, str) and value in allowed


def octets(*lengths: int) -> Rule:
    """Return the rule of bytes of one of these lengths."""
    return lambda value: isinstance(value, bytes) and len(value) in lengths


def listed(each: Rule, least: int = 0, most: int = MAX_MEMBERS) -> Rule:
    """Return the rule of a list of `least` to `most` items."""
    return lambda value: isinstance(value, list) and least <= len(value) <= most and all(map(each, value))


def mapped(each: Rule) -> Rule:
    """Return the rule of an object whose keys are short texts."""
    return lambda value: (
        isinstance(value, dict) and all(len(key) <= 200 for key in value) and all(map(each, value.values()))
    )


def truth(value: Any) -> bool:
    """Return whether `value` is true or false."""
    return isinstance(value, bool)


def shaped(value: Any, shape: Json, exact: bool = True) -> bool:
    """Return whether `value` has the fields of `shape` ("?": may be missing), and no others when `exact`."""
    if not isinstance(value, dict):
        return False
    known = 0
    for name, rule in shape.items():
        field = name.removesuffix("?")
        if field not in value:
            if name is field:
                return False
            continue
        if not (shaped(value[field], rule) if isinstance(rule, dict) else rule(value[field])):
            return False
        known += 1
    return not exact or known == len(value)


# fmt: off
HEX64, SID, LINE, COUNT = text(64, pattern="[0-9a-f]{64}"), text(32, pattern="[0-9a-f]{32}"), text(200), integer(0)
LANE, MOMENT = word("C", "T"), integer(0, 253_402_300_799_999)
CAPABILITIES = ("see", "point", "control", "clipboard_to_customer", "clipboard_to_technician", "files_to_customer",
                "files_to_technician", "diagnostics", "voice", "chat", "recording")
TYPES = (
    "session.open", "identity.shown", "consent.ask", "consent.grant", "consent.deny", "consent.revoke",
    "capability.use", "control.take", "control.release", "sharing.pause", "sharing.resume", "tool.noticed",
    "input.summary", "diag.preview", "diag.sent", "diag.received", "clipboard.sent", "clipboard.received",
    "chat.sent", "chat.attached", "recording.start", "recording.segment", "recording.stop", "recording.finished",
    "file.offered", "file.accepted", "file.declined", "file.sent", "file.received", "file.cancelled", "link.path",
    "link.lost", "link.resumed", "colleague.invited", "colleague.allowed", "colleague.refused", "colleague.joined",
    "colleague.left", "session.handed_over", "session.taken", "peer.lost", "areas.hidden", "computer.compared",
    "note", "session.end", "session.seal",
)
ONLY = {
    "C": ("consent.grant", "consent.deny", "diag.preview", "diag.sent", "areas.hidden", "computer.compared",
          "tool.noticed", "colleague.allowed", "colleague.refused", "session.taken"),
    "T": ("consent.ask", "diag.received", "chat.attached", "recording.start", "recording.segment", "recording.stop",
          "recording.finished", "colleague.invited", "session.handed_over"),
}
EVENT: Json = {
    "v": integer(1, 1), "log": text(21, pattern="[0-9a-f]{16}/[0-9]{4}"), "sid": SID, "lane": LANE, "seq": COUNT,
    "t_ms": MOMENT, "mono_ms": COUNT, "type": word(*TYPES), "actor": HEX64, "prev": HEX64, "req": integer(-1),
    "peer": {"seq": integer(-1), "hash": HEX64}, "tseq?": integer(1),
    "body": {"alg": word("sha256-salted-v1"), "commit": HEX64, "len_class": integer(64, 8192)},
}
SAME_IN_OPENINGS = ("ticket", "certificate_sha256", "th", "joins")
OPENING: Json = {"ticket": LINE, "certificate_sha256": HEX64, "customer_key": HEX64, "th": HEX64,
                 "joins?": text(32, pattern="([0-9a-f]{32})?")}
OPENINGS: dict[str, Json] = {
    "C": {**OPENING, "organisation": LINE, "technician": LINE},
    "T": {**OPENING, "subject": LINE, "purpose": LINE, "capabilities": listed(word(*CAPABILITIES))},
}
ABOUT_FILE: Json = {"sha256": HEX64}
ABOUT_TEXT: Json = {"sha256": HEX64, "bytes": COUNT}
ABOUT_ONE: Json = {"capability": word(*CAPABILITIES)}
ABOUT_MANY: Json = {"capabilities": listed(word(*CAPABILITIES), 2)}
ABOUT_RECORDING: Json = {"recording": COUNT}
ABOUT_COLLEAGUE: Json = {"certificate_sha256": HEX64}
RESUMES = integer(0, 20)
SEAL: Json = {"head_C": HEX64, "n_C": COUNT, "head_T": HEX64, "n_T": COUNT, "reason": text(4000)}
BODIES: dict[str, Json] = {
    "consent.grant": {**ABOUT_ONE, "expires_in_s?": integer(0, 86400)}, "consent.deny": ABOUT_ONE,
    "consent.revoke": ABOUT_ONE, "capability.use": ABOUT_ONE,
    "clipboard.sent": ABOUT_TEXT, "clipboard.received": ABOUT_TEXT, "chat.sent": ABOUT_TEXT,
    "file.offered": {**ABOUT_FILE, "name": LINE, "size_bytes": COUNT, "asked?": truth},
    "file.accepted": ABOUT_FILE, "file.declined": ABOUT_FILE, "file.sent": ABOUT_FILE, "file.received": ABOUT_FILE,
    "file.cancelled": ABOUT_FILE,
    "recording.start": ABOUT_RECORDING, "recording.stop": ABOUT_RECORDING,
    "recording.segment": {**ABOUT_RECORDING, "segment": COUNT, "sha256": HEX64},
    "recording.finished": {**ABOUT_RECORDING, "sha256": HEX64, "bytes": COUNT, "duration_ms": COUNT},
    "link.path": {"path": LINE}, "link.lost": {"n": RESUMES}, "link.resumed": {"n": RESUMES, "path": LINE},
    "colleague.invited": ABOUT_COLLEAGUE, "colleague.allowed": ABOUT_COLLEAGUE, "colleague.refused": ABOUT_COLLEAGUE,
    "colleague.joined": {**ABOUT_COLLEAGUE, "session": SID}, "colleague.left": ABOUT_COLLEAGUE,
    "session.handed_over": {**ABOUT_COLLEAGUE, "session": SID}, "session.taken": {"session": SID},
    "areas.hidden": {"password_managers": COUNT, "notifications": COUNT, "windows": COUNT, "areas": COUNT},
    "computer.compared": {"counts": mapped(mapped(COUNT)), "incomplete": listed(LINE), "sha256": HEX64},
    "session.end": {"reason": text(4000)}, "session.seal": SEAL,
}
ANSWERS: dict[str, tuple[str, ...]] = {
    "consent.grant": ("consent.ask", "session.open"), "consent.deny": ("consent.ask", "session.open"),
    "diag.received": ("diag.sent",), "clipboard.received": ("clipboard.sent",), "file.accepted": ("file.offered",),
    "file.declined": ("file.offered",), "file.sent": ("file.accepted",), "file.received": ("file.offered",),
    "colleague.allowed": ("colleague.invited",), "colleague.refused": ("colleague.invited",),
    "colleague.joined": ("colleague.invited", "colleague.joined"),
    "colleague.left": ("colleague.invited", "colleague.left"),
}
ABOUT_SAME: dict[str, tuple[str, ...]] = {
    "sha256": ("file.accepted", "file.declined", "file.sent", "file.received"),
    "certificate_sha256": ("colleague.allowed", "colleague.refused", "colleague.joined", "colleague.left"),
}
NEEDS = {"control.take": "control", "diag.sent": "diagnostics", "recording.start": "recording"}
NEEDS_AT_CUSTOMER = {"clipboard.sent": "clipboard_to_technician", "clipboard.received": "clipboard_to_customer",
                     "file.accepted": "files_to_customer", "file.received": "files_to_customer"}
CERTIFICATE: Json = {
    "serial": text(64, 1, "[0-9A-Za-z-]*"), "technician_id": text(200, 1), "name": text(200, 1),
    "organisation": text(200, 1), "root_key": octets(32), "signing_key": octets(32), "sealing_key": octets(32),
    "roles": listed(text(40, 1), 0, 16), "not_before": integer(0, 2**53), "not_after": integer(0, 2**53),
    "signature": octets(64),
}
LOG_CERTIFICATE: Json = {
    "kind": word("log"), "serial": text(64, 1, "[0-9A-Za-z-]*"), "organisation": text(200, 1), "root_key": octets(32),
    "log": text(200, 1, "[a-z0-9]([a-z0-9.:-]*[a-z0-9])?"), "ed25519": octets(32), "ml_dsa_44": octets(0, 1312),
    "policy": text(8192), "require_receipt": truth, "not_before": integer(0, 2**53), "not_after": integer(0, 2**53),
    "signature": octets(64),
}
BATCH: Json = {"v": integer(1, 1), "kind": word("batch"), "sid": SID, "lane": LANE, "from": COUNT, "to": COUNT,
               "head": HEX64}
ACT: Json = {"v": integer(1, 1), "kind": word("erasure", "view", "export", "signature", "config", "hold"),
             "sid": text(32, pattern="([0-9a-f]{32})?"), "at_ms": MOMENT, "actor": HEX64, "document": HEX64}
SIGNATURE: Json = {
    "v": integer(1, 1), "at": text(24, 24), "certificate": text(2732), "name": text(200, 1), "record_sha256": HEX64,
    "meaning": word("performed", "reviewed", "approved", "responsible"), "sid": SID, "sig": text(88),
}
ERASURE: Json = {"kind": word("erasure"), "sid": SID, "at": text(40, 1), "by": text(200, 1), "basis": text(4000, 1),
                 "scope?": text(200)}
FILE: Json = {"name": text(120), "sha256": HEX64, "size_bytes": integer(0, GB)}
MANIFEST: Json = {
    "format": word("deskside.audit/1"), "created_ms": MOMENT, "utc_offset_min": integer(-1439, 1439), "root_key": HEX64,
    "exporter": {"name": text(200, 1), "role": word("technician", "customer", "operator", "auditor"),
                 "certificate_sha256": lambda value: value is None or HEX64(value)},
    "sessions": listed(SID, 1), "files": listed(lambda value: shaped(value, FILE)),
}
RECORD: Json = {"format": word("deskside.record/1"), "session": SID, "organisation_key": HEX64, "customer_key": HEX64,
                "technician_certificate": text(4096, 2)}
ROW: Json = {"body": lambda value: value is None or shaped(value, {"data": text(9000), "salt": text(44)}),
             "event": text(6000), "lane": LANE, "sig": text(88)}
# fmt: on
