"""What the customer reads when a session has ended: why, and what was done in it."""

from collections.abc import Sequence

from customer_client.session.identity import VerifiedTechnician
from protocol.audit.events import EventType
from protocol.audit.session_record import HeldEvent
from protocol.messages.consent import Capability
from protocol.transport.session_link import Ending, Reason

ENDINGS = {
    Reason.ENDED_BY_TECHNICIAN: "The technician has ended the session.",
    Reason.STOPPED_BY_CUSTOMER: "You have stopped the session.",
    Reason.CONNECTION_LOST: "The connection to the technician was lost, so the session has ended.",
    Reason.PROTOCOL_BROKEN: "The technician's program did something that is not allowed, so the session was stopped.",
    Reason.LOCAL_FAULT: "Something failed on this computer, so the session was stopped.",
}


def what_was_done(ending: Ending, technician: VerifiedTechnician, events: Sequence[HeldEvent]) -> tuple[str, ...]:
    """Return the lines of the end page; `events` is this side's lane of the record."""
    happened = {held.event.type for held in events}
    granted = {held.body.get("capability") for held in events if held.event.type is EventType.CONSENT_GRANT}
    could = "see your screen"
    if Capability.CONTROL.value in granted:
        could += ", and use your mouse and keyboard after you allowed it"
    lines = [f"{technician.name} of {technician.organisation} could {could}."]
    if EventType.DIAG_SENT in happened:
        lines.append("You sent the facts about this computer that you had ticked.")
    if EventType.CLIPBOARD_SENT in happened:
        lines.append("You sent text from your clipboard.")
    if EventType.CLIPBOARD_RECEIVED in happened:
        lines.append("They gave you text to paste.")
    lines.append(f"It was about ticket {technician.introduction.ticket}.")
    if ending.sealed_by_both:
        lines.append("Both sides have signed the record of this session.")
    else:
        lines.append("The other side did not sign the record; yours says so.")
    return tuple(lines)
