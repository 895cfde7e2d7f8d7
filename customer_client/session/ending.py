"""What the customer reads when a session has ended: why, and what was done in it."""

from collections import Counter
from collections.abc import Sequence

from customer_client.session.identity import VerifiedTechnician
from protocol.audit.events import EventType
from protocol.audit.moved_files import file_stories
from protocol.audit.session_record import HeldEvent
from protocol.messages.consent import Capability
from protocol.transport.session_link import Ending, Reason

ENDINGS = {
    Reason.ENDED_BY_TECHNICIAN: "The technician has ended the session.",
    Reason.STOPPED_BY_CUSTOMER: "You have stopped the session.",
    Reason.HANDED_OVER: "The technician has left, and nobody else was there any more.",
    Reason.LEFT: "The technician has left the session.",
    Reason.REMOVED: "You have sent the technician away.",
    Reason.ENDED_BY_COLLEAGUE: "The technician has ended the session.",
    Reason.CONNECTION_LOST: "The connection to the technician was lost, so the session has ended.",
    Reason.PROTOCOL_BROKEN: "The technician's program did something that is not allowed, so the session was stopped.",
    Reason.LOCAL_FAULT: "Something failed on this computer, so the session was stopped.",
}


_ALLOWED = {
    Capability.POINT: "point at your screen",
    Capability.CONTROL: "use your mouse and keyboard",
    Capability.CLIPBOARD_TO_CUSTOMER: "give you text to paste",
    Capability.CLIPBOARD_TO_TECHNICIAN: "get text you copied",
    Capability.FILES_TO_CUSTOMER: "send you files",
    Capability.FILES_TO_TECHNICIAN: "ask you for files",
    Capability.DIAGNOSTICS: "get the facts about this computer that you ticked",
    Capability.VOICE: "talk with you",
    Capability.CHAT: "write to you",
    Capability.RECORDING: "record the session",
}
"""What each permission let the technician do, besides seeing: the order is that of the sentence."""

_DONE = {
    EventType.DIAG_SENT: ("You sent the facts about this computer that you had ticked.", ""),
    EventType.CLIPBOARD_SENT: ("You sent text from your clipboard.", "You sent text from your clipboard {} times."),
    EventType.CLIPBOARD_RECEIVED: ("They gave you text to paste.", "They gave you text to paste {} times."),
}
"""What left or reached this computer besides files: said of once, and of more often (empty: the same)."""


def what_was_done(ending: Ending, technician: VerifiedTechnician, events: Sequence[HeldEvent]) -> tuple[str, ...]:
    """Return the lines of the end page; `events` is this side's lane of the record."""
    lines = [*_what_was_allowed(technician, events), *_what_was_exchanged(events)]
    lines.append(f"It was about ticket {technician.introduction.ticket}.")
    if ending.sealed_by_both:
        lines.append("Both sides have signed the record of this session.")
    else:
        lines.append("The other side did not sign the record; yours says so.")
    return tuple(lines)


def _what_was_allowed(technician: VerifiedTechnician, events: Sequence[HeldEvent]) -> list[str]:
    granted = {held.body.get("capability") for held in events if held.event.type is EventType.CONSENT_GRANT}
    could = "could see your screen" if Capability.SEE.value in granted else "could not see your screen"
    lines = [f"{technician.name} of {technician.organisation} {could}."]
    others = [words for capability, words in _ALLOWED.items() if capability.value in granted]
    if others:
        lines.append(f"You also allowed them to {_listed(others)}.")
    return lines


def _what_was_exchanged(events: Sequence[HeldEvent]) -> list[str]:
    happened = Counter(held.event.type for held in events)
    whole = Counter(story.offered_by == events[0].event.lane for story in file_stories(events) if story.is_whole)
    lines = [f"You {verb} {_files(whole[sent])}." for verb, sent in (("sent", True), ("got", False)) if whole[sent]]
    for kind, (once, often) in _DONE.items():
        if happened[kind]:
            lines.append(often.format(happened[kind]) if often and happened[kind] > 1 else once)
    return lines


def _files(count: int) -> str:
    return "one file" if count == 1 else f"{count} files"


def _listed(words: Sequence[str]) -> str:
    """Return `words` as one part of a sentence: a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
