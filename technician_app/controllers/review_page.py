"""What the page of one reviewed session shows, in plain words. Pure. Times are Unix ms.

Texts come from strangers: whoever shows them does it as plain text (`models.received_text`).
"""

import re
from dataclasses import dataclass, field
from enum import Enum

from protocol.audit.events import CUSTOMER, LANES, TECHNICIAN, EventType
from protocol.audit.export.facts import SessionFacts, session_facts
from protocol.audit.export.local_time import duration
from protocol.audit.findings import Finding, Severity
from protocol.audit.joined_sessions import joined_sessions
from protocol.audit.joined_sessions import joins as joins_of
from protocol.audit.timeline import CAPABILITY_WORDS, in_words, moment, timeline
from protocol.messages.review_api import FoundSession, SessionCare
from technician_app.controllers.review_evidence import Evidence
from technician_app.controllers.review_status import Tone, Words, status_of

SIDES = {CUSTOMER: "customer", TECHNICIAN: "technician"}
MEANINGS = {
    "performed": "I performed this session",
    "reviewed": "I reviewed this record",
    "approved": "I approve this record",
    "responsible": "I am responsible for this session",
}


class Group(Enum):
    """Kinds of events as the filter names them."""

    CONSENT = "Consent"
    CONTROL = "Control and screen"
    FILES = "Files"
    CLIPBOARD = "Clipboard"
    CHAT = "Chat"
    DIAGNOSTICS = "Diagnostics"
    RECORDING = "Recording"
    COLLEAGUES = "Colleagues"
    CONNECTION = "Connection"
    SESSION = "Beginning and end"


_GROUPS = {
    "consent": Group.CONSENT,
    "capability": Group.CONSENT,
    "control": Group.CONTROL,
    "sharing": Group.CONTROL,
    "tool": Group.CONTROL,
    "input": Group.CONTROL,
    "areas": Group.CONTROL,
    "diag": Group.DIAGNOSTICS,
    "computer": Group.DIAGNOSTICS,
    "clipboard": Group.CLIPBOARD,
    "chat": Group.CHAT,
    "recording": Group.RECORDING,
    "file": Group.FILES,
    "link": Group.CONNECTION,
    "peer": Group.CONNECTION,
    "colleague": Group.COLLEAGUES,
}
_EVERYTHING = "session"
"""What the relay calls the erasure of all a session left behind."""

_HASH = re.compile("[0-9a-f]{32}|[0-9a-f]{64}")
_HANDED_OVER = (EventType.SESSION_HANDED_OVER, EventType.SESSION_TAKEN)


def group_of(kind: EventType) -> Group:
    """Return the group an event belongs to."""
    if kind in _HANDED_OVER:
        return Group.COLLEAGUES
    return _GROUPS.get(kind.value.partition(".")[0], Group.SESSION)


@dataclass(frozen=True)
class TimelineRow:
    """One line of the timeline. `group` None: something is missing here, and `text` says what (`seq` the first).

    `wrong`: the event contradicts something. `session`: a colleague's session the event is about.
    """

    t_ms: int
    lane: str
    seq: int
    group: Group | None
    text: str
    wrong: bool = False
    session: str = ""

    @property
    def clock(self) -> str:
        """The time of day in UTC."""
        return moment(self.t_ms)[11:19]


@dataclass(frozen=True)
class ConsentBar:
    """One thing that was allowed; `until_ms` is the session's last moment when no end is recorded."""

    words: str
    from_ms: int
    until_ms: int
    detail: str


@dataclass(frozen=True)
class SessionPage:
    """Everything the page shows. `evidence` is None for who may see no record (`SessionCare` alone)."""

    session: str
    title: str
    subject: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    status: tuple[Words, ...] = ()
    rows: tuple[TimelineRow, ...] = ()
    bars: tuple[ConsentBar, ...] = ()
    span_ms: tuple[int, int] = (0, 0)
    files: tuple[tuple[str, ...], ...] = ()
    findings: tuple[Finding, ...] = ()
    signatures: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    joins: str = ""
    recordings: tuple[int, ...] = ()
    chat: tuple[str, ...] = ()
    locked: bool = False
    recorded: bool = False
    """Looking at this session is recorded."""
    own: bool = False
    """It is the reader's own session."""
    from_file: bool = False
    on_hold: bool = False
    """A legal hold keeps it."""
    erased: bool = False
    """All it left behind was erased; what is shown proves only that it happened."""
    evidence: Evidence | None = field(default=None, repr=False)


def page_of(evidence: Evidence, found: FoundSession | None = None) -> SessionPage:
    """Return the page of a session. `found` is what the relay says beside the record, None for one from a file."""
    verification = evidence.examined.verification
    lanes, facts = verification.lanes, session_facts(verification.lanes)
    rows = _rows(evidence)
    times = [row.t_ms for row in rows] or [0]
    return SessionPage(
        session=evidence.session,
        title=verification.ticket or facts.ticket or (found.ticket if found else "") or "A session",
        subject=facts.subject or (found.subject if found else ""),
        facts=_facts(evidence, facts, found),
        status=_status(evidence, found),
        rows=rows,
        bars=tuple(_bars(facts, max(times))),
        span_ms=(min(times), max(times)),
        files=tuple(
            (each.name, f"{each.size_bytes:,} bytes", f"from the {SIDES[each.offered_by]}", each.outcome, each.sha256)
            for each in facts.files
        ),
        findings=evidence.findings,
        signatures=tuple(
            f"{each.name}: {MEANINGS[each.meaning.value]}, {moment(each.at_ms)}"
            for each in evidence.examined.signatures
        ),
        joined=tuple(each.session for each in joined_sessions(lanes)) if lanes else (),
        joins=joins_of(lanes) if lanes else "",
        locked=not evidence.readable and not evidence.examined.erasures,
        from_file=found is None,
        on_hold=found is not None and found.on_hold,
        erased=found is not None and _EVERYTHING in found.erased,
        evidence=evidence,
    )


def care_page(care: SessionCare) -> SessionPage:
    """Return the page for who may care for a session without reading its record."""
    found = care.found
    facts = (
        ("Technician", found.technician),
        ("On whose computer", found.customer),
        ("Why", found.reason),
        ("Began", _moment(found.opened_at)),
        ("Ended", _moment(found.ended_at) or "not known"),
        ("Session", found.session),
    )
    note = Words("Your role sees that there is a record, and not what it says.", Tone.PLAIN)
    return SessionPage(
        found.session,
        found.ticket,
        found.subject,
        facts,
        (note, *status_of(found)),
        history=history_of(care),
        on_hold=found.on_hold,
        erased=_EVERYTHING in found.erased,
    )


def history_of(care: SessionCare) -> tuple[str, ...]:
    """Return what was done with a session after it ended, oldest first, as the relay tells it."""
    told = [(each.at, f"{each.by} ({each.role}) {_ACTS.get(each.kind, each.kind)}") for each in care.acts]
    told += [
        (each.at, f"{each.by} {'set' if each.held else 'lifted'} a legal hold: {each.reason}") for each in care.holds
    ]
    told += [(each.at, f"{each.by} erased ({each.scope}) under: {each.basis}") for each in care.erasures]
    return tuple(f"{_moment(at)}  {text}" for at, text in sorted(told, key=lambda act: act[0]))


def _moment(at: str) -> str:
    """Return a moment the relay states, as people read it; empty when there is none."""
    return f"{at[:19].replace('T', ' ')} UTC" if at else ""


_ACTS = {"view": "looked at this session", "export": "took this session away as a file"}


def _rows(evidence: Evidence) -> tuple[TimelineRow, ...]:
    lanes = evidence.examined.verification.lanes
    if not lanes:
        return ()
    wrong = {(each.lane, each.seq) for each in evidence.findings if each.severity is Severity.CONTRADICTION}
    rows: list[TimelineRow] = []
    newest = dict.fromkeys(LANES, -1)
    for entry in timeline(lanes):
        if entry.seq > newest[entry.lane] + 1:
            rows.append(_gap(entry.t_ms, entry.lane, newest[entry.lane] + 1, entry.seq - 1))
        newest[entry.lane] = entry.seq
        proven = lanes[entry.lane].events[entry.seq]
        session = str((proven.body or {}).get("session", ""))
        text = in_words(entry.lane, proven.event.type, _without_hashes(proven.body)).split(" ", 1)[1]
        place = (entry.lane, entry.seq)
        group = group_of(proven.event.type)
        rows.append(TimelineRow(entry.t_ms, *place, group, text[:1].upper() + text[1:], place in wrong, session))
    last_ms = rows[-1].t_ms if rows else 0
    for found in evidence.findings:
        if found.code in ("tail_missing", "log_knows_more") and found.lane is not None and found.seq is not None:
            rows.append(_gap(last_ms, found.lane, newest[found.lane] + 1, found.seq))
            newest[found.lane] = found.seq
    return tuple(rows)


def _without_hashes(body: dict[str, object] | None) -> dict[str, object] | None:
    """Return a body without its hashes and ids: they stand with the proof, the timeline is for reading."""
    if body is None:
        return None
    return {name: value for name, value in body.items() if not (isinstance(value, str) and _HASH.fullmatch(value))}


def _gap(t_ms: int, lane: str, first: int, last: int) -> TimelineRow:
    which = f"Event {first} is" if first >= last else f"Events {first} to {last} are"
    return TimelineRow(t_ms, lane, first, None, f"{which} missing here")


def _facts(evidence: Evidence, facts: SessionFacts, found: FoundSession | None) -> tuple[tuple[str, str], ...]:
    verification = evidence.examined.verification
    opened, ended = verification.opened_ms, verification.ended_ms
    lasted = duration(ended - opened) if opened is not None and ended is not None else "not known"
    who = ", ".join(filter(None, (verification.technician, verification.organisation))) or "not proven"
    return (
        ("Technician", who),
        ("On whose computer", found.customer if found else f"the customer of {facts.ticket or 'an unknown ticket'}"),
        ("Why", facts.purpose or (found.reason if found else "") or "not known"),
        ("Began", moment(opened) if opened is not None else "not known"),
        ("Ended", moment(ended) if ended is not None else "not known"),
        ("Lasted", lasted),
        ("Ended because", facts.reason.replace("_", " ") or "not known"),
        ("Messages", _messages(facts) if evidence.readable else "not known"),
    )


def _messages(facts: SessionFacts) -> str:
    return f"{facts.messages[CUSTOMER]} from the customer, {facts.messages[TECHNICIAN]} from the technician"


def _status(evidence: Evidence, found: FoundSession | None) -> tuple[Words, ...]:
    """Say in plain words how far the record can be relied on; locked details are no fault of it."""
    findings = [each for each in evidence.findings if each.code != "bodies_withheld"]
    severities = {each.severity for each in findings}
    if Severity.CONTRADICTION in severities:
        said = [Words("Do not rely on this record: it was changed, or somebody broke its rules.", Tone.BAD)]
    elif Severity.MISSING in severities:
        said = [Words("Genuine as far as it goes, but it is not everything that happened.", Tone.WARN)]
    elif not evidence.readable:
        what = "has been erased" if evidence.examined.erasures else "was not checked"
        said = [Words(f"Every signature holds and no event is missing; what they say {what}.", Tone.PLAIN)]
    else:
        said = [Words("Genuine and complete: both sides signed every event.", Tone.GOOD)]
    seals = [lane for lane in LANES if (held := evidence.examined.verification.lanes.get(lane)) and held.seal]
    sealed = {0: "Sealed by nobody", 1: f"Sealed by the {SIDES[seals[0]]} only" if seals else ""}
    said.append(Words(sealed.get(len(seals), "Sealed by both"), Tone.GOOD if len(seals) == 2 else Tone.WARN))
    if evidence.examined.witnessed:
        names = ", ".join(evidence.examined.cosigned) or "witnesses"
        said.append(Words(f"Confirmed by {names}", Tone.GOOD))
    else:
        logged = bool(evidence.examined.proven)
        said.append(Words("In the log, not witnessed to its end" if logged else "No proof of the log", Tone.WARN))
    for erased, proven in evidence.examined.erasures:
        proof = "The log proves it." if proven else "No proof of the log says so."
        said.append(Words(f"Erased on {erased.at[:10]} by {erased.by} under: {erased.basis}. {proof}", Tone.WARN))
    if not evidence.readable and not evidence.examined.erasures:
        said.append(Words("Details are locked", Tone.PLAIN))
    if found is not None and found.on_hold:
        said.append(Words("On legal hold", Tone.PLAIN))
    count = len(evidence.examined.signatures)
    if count:
        said.append(Words(f"{count} electronic signature{'s' if count > 1 else ''}", Tone.GOOD))
    return tuple(said)


def _bars(facts: SessionFacts, last_ms: int) -> list[ConsentBar]:
    bars = []
    for each in facts.allowed:
        words = CAPABILITY_WORDS.get(each.capability, each.capability)
        until_ms = last_ms if each.until_ms is None else each.until_ms
        lasted = duration(until_ms - each.from_ms)
        bars.append(ConsentBar(words[:1].upper() + words[1:], each.from_ms, until_ms, f"{lasted}; {each.why}"))
    return bars
