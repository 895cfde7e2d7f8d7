"""What happened, one plain English line per event. Every word from the file is escaped: it was written by strangers."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from protocol.audit.events import CUSTOMER, LANES, TECHNICIAN, EventType
from protocol.audit.moved_files import amount_words
from protocol.audit.proven_events import ProvenEvent, ProvenLane

_LONGEST_TEXT = 200
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_NAMES = {CUSTOMER: "Customer", TECHNICIAN: "Technician"}

CAPABILITY_WORDS = {
    "see": "seeing the screen",
    "point": "pointing at the screen",
    "control": "control",
    "clipboard_to_customer": "copying text to the customer",
    "clipboard_to_technician": "copying text to the technician",
    "files_to_customer": "sending files to the customer",
    "files_to_technician": "sending files to the technician",
    "diagnostics": "the diagnostics report",
    "voice": "talking",
    "chat": "writing",
    "recording": "recording the session",
}
"""Capabilities as people name them."""

_PHRASES = {
    EventType.SESSION_OPEN: "opened the session",
    EventType.IDENTITY_SHOWN: "was shown who is asking",
    EventType.CONSENT_ASK: "asked for {capability}",
    EventType.CONSENT_GRANT: "allowed {capability}{lasting}",
    EventType.CONSENT_DENY: "refused {capability}",
    EventType.CONSENT_REVOKE: "ended {capability}",
    EventType.CAPABILITY_USE: "used {capability}",
    EventType.CONTROL_TAKE: "noted that remote control began",
    EventType.CONTROL_RELEASE: "noted that remote control ended",
    EventType.SHARING_PAUSE: "noted that sharing was paused",
    EventType.SHARING_RESUME: "noted that sharing continued",
    EventType.TOOL_NOTICED: "noted another program for remote control",
    EventType.INPUT_SUMMARY: "counted remote input",
    EventType.DIAG_PREVIEW: "looked at the diagnostics report before sending",
    EventType.DIAG_SENT: "sent the diagnostics report",
    EventType.DIAG_RECEIVED: "received the diagnostics report",
    EventType.CLIPBOARD_SENT: "sent the text on the clipboard",
    EventType.CLIPBOARD_RECEIVED: "received text on the clipboard",
    EventType.CHAT_SENT: "wrote a message",
    EventType.CHAT_ATTACHED: "attached the conversation to the ticket",
    EventType.RECORDING_START: "began to record",
    EventType.RECORDING_SEGMENT: "noted how far the recording had come",
    EventType.RECORDING_STOP: "stopped recording",
    EventType.RECORDING_FINISHED: "finished the recording",
    EventType.FILE_OFFERED: "offered a file",
    EventType.FILE_ACCEPTED: "accepted a file",
    EventType.FILE_DECLINED: "declined a file",
    EventType.FILE_SENT: "began to send a file",
    EventType.FILE_RECEIVED: "received a file",
    EventType.FILE_CANCELLED: "noted that a file was cancelled{amount}",
    EventType.LINK_PATH: "noted which way the connection takes",
    EventType.LINK_LOST: "noted that the connection was interrupted",
    EventType.LINK_RESUMED: "noted that the connection was back",
    EventType.PEER_LOST: "lost the connection to the other side",
    EventType.AREAS_HIDDEN: "noted what is hidden on the screen",
    EventType.COMPUTER_COMPARED: "compared the computer with how it was before",
    EventType.NOTE: "wrote a note",
    EventType.SESSION_END: "ended the session",
    EventType.COLLEAGUE_INVITED: "asked whether a colleague may join",
    EventType.COLLEAGUE_ALLOWED: "allowed a colleague to join",
    EventType.COLLEAGUE_REFUSED: "did not let a colleague join",
    EventType.COLLEAGUE_JOINED: "noted that a colleague joined",
    EventType.COLLEAGUE_LEFT: "noted that a colleague left",
    EventType.SESSION_HANDED_OVER: "handed the session over to a colleague",
    EventType.SESSION_TAKEN: "noted that this technician is in charge now",
    EventType.SESSION_SEAL: "sealed the record",
}

_NOT_FOR_PEOPLE = frozenset(
    {"capability", "expires_in_s", "certificate_sha256", "customer_key", "th", "head_C", "head_T", "n_C", "n_T", "v"}
)
_NOT_TWICE = {EventType.CONSENT_ASK: frozenset({"capabilities"})}
"""Fields the phrase of an event already says."""


@dataclass(frozen=True)
class TimelineEntry:
    """One event in words. `t_ms` is Unix time by the writer's clock; `text` is safe to print."""

    t_ms: int
    lane: str
    seq: int
    text: str

    @property
    def clock(self) -> str:
        """The time of day in UTC, like 14:03:22."""
        return moment(self.t_ms)[11:19]


def moment(t_ms: int) -> str:
    """Return Unix time in ms (0 .. year 9999) as `2026-03-01 14:03:22 UTC`."""
    return datetime.fromtimestamp(t_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def visible(text: str, longest: int = _LONGEST_TEXT) -> str:
    """Return `text` on one line, at most `longest` characters of it, with nothing a terminal would act on.

    Control characters become their Unicode pictures, direction marks and other invisible characters `<U+202E>`.
    """
    shown = "".join(map(_visible_symbol, text[:longest]))
    return shown + "…" if len(text) > longest else shown


def timeline(lanes: Mapping[str, ProvenLane]) -> tuple[TimelineEntry, ...]:
    """Return both lanes as one list: an event never before one it has seen, otherwise by the writers' clocks."""
    waiting = {lane: list(lanes[lane].events.values())[::-1] for lane in LANES}
    emitted: list[ProvenEvent] = []
    reached = dict.fromkeys(LANES, -1)
    while any(waiting.values()):
        ready = [queue[-1] for lane, queue in waiting.items() if queue and _may_follow(queue[-1], waiting, reached)]
        # A record with circular links has nothing ready; it is shown all the same, by the clocks.
        candidates = ready or [queue[-1] for queue in waiting.values() if queue]
        chosen = min(candidates, key=lambda proven: proven.event.t_ms)
        waiting[chosen.event.lane].pop()
        reached[chosen.event.lane] = chosen.event.seq
        emitted.append(chosen)
    return tuple(TimelineEntry(e.event.t_ms, e.event.lane, e.event.seq, describe(e)) for e in emitted)


def describe(proven: ProvenEvent) -> str:
    """Return the event as one sentence without its time, like `Customer allowed control for 15 min`."""
    return in_words(proven.event.lane, proven.event.type, proven.body)


def in_words(lane: str, kind: EventType, body: Mapping[str, object] | None) -> str:
    """Return what an event of `lane` says in one sentence; `body` is None when it is withheld."""
    party, phrase = _NAMES[lane], _PHRASES[kind]
    if body is None:
        return f"{party} {phrase.format(capability='a permission', lasting='', amount='')} (details withheld)"
    named = body.get("capability", body.get("capabilities"))
    lasting = _lasting(body.get("expires_in_s", 0))
    words = phrase.format(capability=_capability(named), lasting=lasting, amount=_amount(body))
    details = ", ".join(
        f"{visible(name.replace('_', ' '), 40)} {_detail(value)}"
        for name, value in body.items()
        if name not in _NOT_FOR_PEOPLE | _NOT_TWICE.get(kind, frozenset())
    )
    return f"{party} {words} ({details})" if details else f"{party} {words}"


def _may_follow(proven: ProvenEvent, waiting: Mapping[str, list[ProvenEvent]], reached: Mapping[str, int]) -> bool:
    other = CUSTOMER if proven.event.lane == TECHNICIAN else TECHNICIAN
    return not waiting[other] or proven.event.peer.seq <= reached[other]


def _capability(value: object) -> str:
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return ", ".join(map(_capability, value[: len(CAPABILITY_WORDS)]))
    return CAPABILITY_WORDS.get(value, visible(value)) if isinstance(value, str) else "something"


def _lasting(seconds: object) -> str:
    if not isinstance(seconds, int) or seconds == 0:
        return " until taken back"
    return f" for {seconds // 60} min" if seconds % 60 == 0 else f" for {seconds} s"


def _amount(body: Mapping[str, object]) -> str:
    moved, size = body.get("moved_bytes"), body.get("size_bytes")
    return f" after {amount_words(moved, size)}" if isinstance(moved, int) and isinstance(size, int) else ""


def _detail(value: object) -> str:
    if isinstance(value, str):
        return f'"{visible(value)}"'
    if isinstance(value, list):
        return visible(", ".join(map(str, value)))
    return visible(str(value))


def _visible_symbol(symbol: str) -> str:
    number = ord(symbol)
    if number < 0x20:
        return chr(0x2400 + number)
    if number == 0x7F:
        return "␡"
    return f"<U+{number:04X}>" if unicodedata.category(symbol) in _HIDDEN_CATEGORIES else symbol
