"""What `deskside-verify` says about an export: for people, and for programs. Words from the export are made visible."""

import json
import re

from protocol.audit.export.verify_bundle import BundleVerification, SessionResult
from protocol.audit.findings import Finding, Severity, Verdict
from protocol.audit.timeline import moment, visible

_WORDS = {
    Verdict.VALID: "VALID. This export is genuine and complete, and independent witnesses have confirmed it.",
    Verdict.UNWITNESSED: "UNWITNESSED. Genuine and complete, but not confirmed by enough independent witnesses.",
    Verdict.INCOMPLETE: "INCOMPLETE. Nothing here contradicts itself, but it is not everything that happened.",
    Verdict.INVALID: "INVALID. Do not rely on this export: it was changed, or somebody broke the rules it must keep.",
}
_LABELS = {
    Severity.CONTRADICTION: "WRONG",
    Severity.MISSING: "MISSING",
    Severity.UNWITNESSED: "ALONE",
    Severity.NOTICE: "NOTE",
}
_PINNED = "It is the organisation you named with --root-id."
_NOT_PINNED = (
    "Ask the organisation for its fingerprint, over a way you trust, and compare it with this one (or run this again\n"
    "  with --root-id). Until then, anybody could have made this export under this name."
)
_LONGEST_TEXT = 400


def fingerprint(root_id: bytes) -> str:
    """Return a root id in groups of four hex digits, for two people to compare."""
    return " ".join(re.findall("....", root_id.hex()))


def as_text(found: BundleVerification) -> str:
    """Return the answer for people, safe to print."""
    lines = [_WORDS[found.verdict]]
    if found.first_bad:
        lines.append(f"First problem: {_finding(found.first_bad)}")
    if found.manifest:
        signed = f"signed by {visible(found.signer)}" if found.signer else "signed by nobody"
        lines += [
            "",
            f"Exported {moment(found.manifest.created_ms)} by {visible(found.manifest.exporter.name)}, {signed}.",
            "Fingerprint of the organisation's key:",
            f"  {fingerprint(found.root_id)}",
            f"  {_PINNED if found.root_pinned else _NOT_PINNED}",
        ]
    for session in found.sessions:
        lines += ["", *_session(session)]
    if found.findings:
        lines += ["", "Findings", *(f"  {_LABELS[item.severity]:<8}{_finding(item)}" for item in found.findings)]
    return "\n".join(lines)


def as_json(found: BundleVerification) -> str:
    """Return one JSON object; non-ASCII and control characters are escaped, so that it is safe to print."""
    sessions = [
        {
            "session": each.session,
            "ticket": each.ticket,
            "organisation": each.organisation,
            "technician": each.technician,
            "opened": _moment(each.opened_ms) or None,
            "ended": _moment(each.ended_ms) or None,
            "events": each.events,
            "witnessed": each.witnessed,
            "signatures": list(each.signatures),
        }
        for each in found.sessions
    ]
    answer = {
        "verdict": found.verdict.value,
        "root_id": found.root_id.hex(),
        "root_pinned": found.root_pinned,
        "signer": found.signer,
        "sessions": sessions,
        "findings": [_finding_fields(each) for each in found.findings],
    }
    return json.dumps(answer, indent=2)


def _session(each: SessionResult) -> list[str]:
    rows = {
        "Ticket": each.ticket,
        "Organisation": each.organisation,
        "Technician": each.technician,
        "Began": _moment(each.opened_ms),
        "Ended": _moment(each.ended_ms),
        "Events": str(each.events),
        "Witnessed": "yes" if each.witnessed else "no",
        "Signed by": ", ".join(each.signatures) or "nobody",
    }
    facts = [f"  {name + ':':<14}{visible(value) or 'not known'}" for name, value in rows.items()]
    return [f"Session {each.session}", *facts]


def _moment(t_ms: int | None) -> str:
    return moment(t_ms) if t_ms is not None else ""


def _finding(found: Finding) -> str:
    place = [
        visible(found.file),
        f"line {found.line}" if found.line is not None else "",
        f"session {found.session}" if found.session else "",
        f"event {found.lane} {found.seq}" if found.lane is not None and found.seq is not None else "",
    ]
    where = ", ".join(filter(None, place))
    return visible(found.text, _LONGEST_TEXT) + (f" ({where})" if where else "")


def _finding_fields(found: Finding) -> dict[str, object]:
    return {
        "severity": found.severity.value,
        "code": found.code,
        "text": found.text,
        "file": found.file,
        "line": found.line,
        "session": found.session,
        "lane": found.lane,
        "seq": found.seq,
    }
