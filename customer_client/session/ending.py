"""What the customer reads when a session has ended: why, and what was done in it."""

from collections import Counter
from collections.abc import Sequence

from customer_client.languages import _, counted, marked
from customer_client.session.broken_rules import broken_rule
from customer_client.session.identity import VerifiedTechnician
from protocol.audit.events import EventType
from protocol.audit.moved_files import file_stories
from protocol.audit.session_record import HeldEvent
from protocol.messages.consent import Capability
from protocol.transport.session_link import Ending, Reason

ENDINGS = {
    Reason.ENDED_BY_TECHNICIAN: marked("The technician has ended the session."),
    Reason.STOPPED_BY_CUSTOMER: marked("You have stopped the session."),
    Reason.HANDED_OVER: marked("The technician has left, and nobody else was there any more."),
    Reason.LEFT: marked("The technician has left the session."),
    Reason.REMOVED: marked("You have sent the technician away."),
    Reason.ENDED_BY_COLLEAGUE: marked("The technician has ended the session."),
    Reason.CONNECTION_LOST: marked("The connection to the technician was lost, so the session has ended."),
    Reason.PROTOCOL_BROKEN: marked(
        "The technician's program did something that is not allowed, so the session was stopped."
    ),
    Reason.LOCAL_FAULT: marked("Something failed on this computer, so the session was stopped."),
}


_ALLOWED = {
    Capability.POINT: marked("point at your screen"),
    Capability.CONTROL: marked("use your mouse and keyboard"),
    Capability.CLIPBOARD_TO_CUSTOMER: marked("give you text to paste"),
    Capability.CLIPBOARD_TO_TECHNICIAN: marked("get text you copied"),
    Capability.FILES_TO_CUSTOMER: marked("send you files"),
    Capability.FILES_TO_TECHNICIAN: marked("ask you for files"),
    Capability.DIAGNOSTICS: marked("get the facts about this computer that you ticked"),
    Capability.VOICE: marked("talk with you"),
    Capability.CHAT: marked("write to you"),
    Capability.RECORDING: marked("record the session"),
}
"""What each permission let the technician do, besides seeing: the order is that of the sentence."""

_DONE = {
    EventType.DIAG_SENT: (marked("You sent the facts about this computer that you had ticked."), ""),
    EventType.CLIPBOARD_SENT: (
        marked("You sent text from your clipboard."),
        marked("You sent text from your clipboard {number} times."),
    ),
    EventType.CLIPBOARD_RECEIVED: (
        marked("They gave you text to paste."),
        marked("They gave you text to paste {number} times."),
    ),
}
"""What left or reached this computer besides files: said of once, and of more often (empty: the same)."""


def what_was_done(ending: Ending, technician: VerifiedTechnician, events: Sequence[HeldEvent]) -> tuple[str, ...]:
    """Return the lines of the end page; `events` is this side's lane of the record."""
    lines = [*broken_rule(ending, _ALLOWED)]
    lines += [*_what_was_allowed(_who(technician), events), *_what_was_exchanged(events)]
    lines.append(_("It was about ticket {number}.").format(number=technician.introduction.ticket))
    if ending.sealed_by_both:
        lines.append(_("Both sides have signed the record of this session."))
    else:
        lines.append(_("The other side did not sign the record; yours says so."))
    return tuple(lines)


def what_a_colleague_did(
    technician: VerifiedTechnician, events: Sequence[HeldEvent], *, sealed_by_both: bool
) -> tuple[str, ...]:
    """Return the lines of the end page about somebody who joined; `events` is this side's lane of their record."""
    who = _who(technician)
    lines = [*_what_was_allowed(_("{who} joined and").format(who=who), events), *_what_was_exchanged(events)]
    if not sealed_by_both:
        unsigned = _("{name}'s side did not sign the record of that; yours says so.")
        lines.append(unsigned.format(name=technician.name))
    return tuple(lines)


def _who(technician: VerifiedTechnician) -> str:
    return _("{name} of {organisation}").format(name=technician.name, organisation=technician.organisation)


def _what_was_allowed(who: str, events: Sequence[HeldEvent]) -> list[str]:
    granted = {held.body.get("capability") for held in events if held.event.type is EventType.CONSENT_GRANT}
    saw = Capability.SEE.value in granted
    lines = [(_("{who} could see your screen.") if saw else _("{who} could not see your screen.")).format(who=who)]
    others = [_(words) for capability, words in _ALLOWED.items() if capability.value in granted]
    if others:
        lines.append(_("You also allowed them to {what}.").format(what=_listed(others)))
    return lines


def _what_was_exchanged(events: Sequence[HeldEvent]) -> list[str]:
    happened = Counter(held.event.type for held in events)
    whole = Counter(story.offered_by == events[0].event.lane for story in file_stories(events) if story.is_whole)
    lines = []
    if whole[True]:
        lines.append(counted("You sent one file.", "You sent {number} files.", whole[True]))
    if whole[False]:
        lines.append(counted("You got one file.", "You got {number} files.", whole[False]))
    for kind, (once, often) in _DONE.items():
        if happened[kind]:
            lines.append(_(often).format(number=happened[kind]) if often and happened[kind] > 1 else _(once))
    return lines


def _listed(words: Sequence[str]) -> str:
    """Return `words` as one part of a sentence: a, b and c."""
    return _(" and ").join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
