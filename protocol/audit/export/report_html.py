"""`report.html`: one page without scripts that tells a manager what happened, for each session of an export.

Every word that comes from a record is made visible and escaped. The page says what held when it was made; whether the
files beside it still say the same, `verify.py` tells.
"""

from collections.abc import Iterable, Iterator
from html import escape

from protocol.audit.events import CUSTOMER, TECHNICIAN
from protocol.audit.export.examine import ExaminedSession
from protocol.audit.export.facts import Allowed, SessionFacts, session_facts
from protocol.audit.export.local_time import duration, local_moment, offset_name
from protocol.audit.export.manifest import Role
from protocol.audit.export.report_style import STYLE
from protocol.audit.findings import Finding, Severity
from protocol.audit.log.proof import ProvenLeaf
from protocol.audit.moved_files import FileStory
from protocol.audit.timeline import CAPABILITY_WORDS, moment, visible

MOST_LINES = 2_000
"""Events of one session the page lists; report.csv has them all."""

_SIDES = {CUSTOMER: "the customer", TECHNICIAN: "the technician"}
_ROLES = {
    "technician": "the technician",
    "customer": "the customer",
    "operator": "the relay's operator, who cannot read details",
    "auditor": "an auditor",
}
_MEANINGS = {
    "performed": "I performed this session",
    "reviewed": "I reviewed this record",
    "approved": "I approve this record",
    "responsible": "I am responsible for this session",
}


def html_beginning(
    sessions: int, *, exported_by: str, role: Role, signed: bool, created_ms: int, utc_offset_min: int
) -> str:
    """Return what stands before the `html_section`s of so many sessions; `HTML_ENDING` stands behind them.

    Times are Unix ms, shown in UTC and in local time.
    """
    who = f"{_text(exported_by)} ({_ROLES[role]})"
    head = [
        "<h1>Support sessions</h1>",
        f"<p>{sessions} session(s), exported by {who} on {_Times(utc_offset_min).both(created_ms)}. ",
        "The export is signed. " if signed else "Nobody signed the export. ",
        "This page says what held then. To be sure that nothing was changed since, run <code>python3 verify.py</code> "
        "or <code>deskside-verify</code> on the file this page came in.</p>",
    ]
    return f"{_HEAD}{STYLE}</style></head><body><main>{''.join(head)}"


def html_section(one: ExaminedSession, findings: tuple[Finding, ...], utc_offset_min: int) -> str:
    """Return the part of the page about one session, with what was found about it."""
    return "".join(_session(one, findings, _Times(utc_offset_min)))


HTML_ENDING = "</main></body></html>\n"

_HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Support sessions</title><style>'
)


class _Times:
    """Times as the page shows them."""

    def __init__(self, utc_offset_min: int) -> None:
        self.zone = offset_name(utc_offset_min)
        self._offset = utc_offset_min

    def both(self, t_ms: int | None) -> str:
        if t_ms is None:
            return "not known"
        return f"{moment(t_ms)} <span class=local>({local_moment(t_ms, self._offset)})</span>"

    def clock(self, t_ms: int) -> str:
        return f"<span class=clock>{moment(t_ms)[11:19]}</span>"

    def local_clock(self, t_ms: int) -> str:
        return f"<span class=clock>{local_moment(t_ms, self._offset)[11:19]}</span>"


def _session(one: ExaminedSession, findings: tuple[Finding, ...], times: _Times) -> Iterator[str]:
    found, facts = one.verification, session_facts(one.verification.lanes)
    yield f"<section><h2>{_text(facts.ticket or found.session or 'A session')}</h2>"
    if facts.subject:
        yield f"<p class=subject>{_text(facts.subject)}</p>"
    yield _facts(one, facts, times)
    yield _trust(one, findings)
    yield _table("What the customer allowed", ("What", "From", "Until", "For", "Ended by"), _allowed(facts, times))
    yield _table("Files", ("Name", "Bytes", "Offered by", "What became of it", "SHA-256"), map(_file, facts.files))
    yield _electronic_signatures(one, times)
    yield _timeline(one, times)
    yield "</section>"


def _facts(one: ExaminedSession, facts: SessionFacts, times: _Times) -> str:
    found = one.verification
    lasted = "not known"
    if found.opened_ms is not None and found.ended_ms is not None:
        lasted = duration(found.ended_ms - found.opened_ms)
    messages = f"{facts.messages[CUSTOMER]} from the customer, {facts.messages[TECHNICIAN]} from the technician"
    rows = {
        "Technician": f"{_text(found.technician)}, {_text(found.organisation)}",
        "On whose computer": f"the customer of {_text(facts.ticket)}" if facts.ticket else "not known",
        "Why": _text(facts.purpose) or "not known",
        "Began": times.both(found.opened_ms),
        "Ended": times.both(found.ended_ms),
        "Lasted": lasted,
        "Ended because": _text(facts.reason.replace("_", " ")) or "not known",
        "Messages": messages,
        "Session": f"<code>{_text(found.session)}</code>",
        "Organisation's fingerprint": f"<code>{found.root_id.hex()}</code>",
    }
    cells = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows.items())
    return f"<table class=facts>{cells}</table>"


def _trust(one: ExaminedSession, findings: tuple[Finding, ...]) -> str:
    """Say in plain words how far the record can be relied on, and list what is wrong or missing."""
    severities = {found.severity for found in findings}
    if Severity.CONTRADICTION in severities:
        lines = [("bad", "Do not rely on this record: it was changed, or somebody broke the rules it must keep.")]
    elif Severity.MISSING in severities:
        lines = [("gap", "Both sides' signatures hold as far as the record goes, but it is not everything.")]
    else:
        lines = [("good", "Both sides signed every event, nothing was changed, and nothing is missing.")]
    lines.append(("good", _witnesses(one)) if one.witnessed else ("gap", _unwitnessed(one.proven)))
    for erasure, is_proven in one.erasures:
        proof = "The log proves it." if is_proven else "No proof of the log says so."
        lines.append(("gap", f"Erased on {erasure.at} by {erasure.by} under: {erasure.basis}. {proof}"))
    wanted = [found for found in findings if found.severity is not Severity.UNWITNESSED and found.code != "erased"]
    lines += [("note" if found.severity is Severity.NOTICE else "gap", _finding(found)) for found in wanted]
    return "<ul class=trust>" + "".join(f"<li class={kind}>{_text(words, 400)}</li>" for kind, words in lines) + "</ul>"


def _witnesses(one: ExaminedSession) -> str:
    seen = ", ".join(f"{name} on {moment(unix_s * 1000)}" for name, unix_s in one.cosigned.items() if unix_s < 1 << 37)
    return f"It stood in the organisation's log, and independent witnesses have confirmed that: {seen}."


def _unwitnessed(proven: tuple[ProvenLeaf, ...]) -> str:
    if proven:
        return "It stands in the organisation's log, but not enough independent witnesses have confirmed it to its end."
    return "There is no proof with it that it stood in the organisation's log, so no witness confirms it."


def _finding(found: Finding) -> str:
    if found.lane is None or found.seq is None:
        return found.text
    return f"{found.text} (event {found.seq} of {_SIDES.get(found.lane, found.lane)})"


def _allowed(facts: SessionFacts, times: _Times) -> Iterator[tuple[str, ...]]:
    for each in facts.allowed:
        yield (_capability(each), times.both(each.from_ms), times.both(each.until_ms), _how_long(each), each.why)


def _capability(each: Allowed) -> str:
    return _text(CAPABILITY_WORDS.get(each.capability, each.capability))


def _how_long(each: Allowed) -> str:
    return "not known" if each.until_ms is None else duration(each.until_ms - each.from_ms)


def _file(each: FileStory) -> tuple[str, ...]:
    sha256 = f"<code>{_text(each.sha256)}</code>"
    return (_text(each.name), f"{each.size_bytes:,}", _SIDES[each.offered_by], each.outcome, sha256)


def _electronic_signatures(one: ExaminedSession, times: _Times) -> str:
    rows = (
        (_text(each.name), _MEANINGS[each.meaning.value], times.both(each.at_ms), f"<code>{each.record_sha256}</code>")
        for each in one.signatures
    )
    return _table("Electronic signatures", ("Signed by", "Meaning", "When", "On the record with SHA-256"), rows)


def _timeline(one: ExaminedSession, times: _Times) -> str:
    entries = one.verification.timeline
    rows = (
        (times.clock(each.t_ms), times.local_clock(each.t_ms), f"{each.lane} {each.seq}", _text(each.text, 2000))
        for each in entries[:MOST_LINES]
    )
    title = "Everything that was recorded"
    if len(entries) > MOST_LINES:
        title += f" (the first {MOST_LINES} of {len(entries)}; report.csv has all)"
    return _table(title, ("UTC", times.zone, "Event", "What happened"), rows)


def _table(title: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table under a heading; nothing when it has no rows. Cells are HTML already."""
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    if not lines:
        return ""
    head = "".join(f"<th>{each}</th>" for each in heads)
    return f"<h3>{title}</h3><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def _text(text: str, longest: int = 300) -> str:
    return escape(visible(text, longest))
