"""The technician's words for each permission: its name, why it is asked for, and how asking for it ended."""

from collections.abc import Sequence

from protocol.messages.consent import Capability

NAMES = {
    Capability.SEE: "See the screen",
    Capability.POINT: "Point and draw on the screen",
    Capability.CONTROL: "Use mouse and keyboard",
    Capability.CLIPBOARD_TO_CUSTOMER: "Copy text to the customer",
    Capability.CLIPBOARD_TO_TECHNICIAN: "Copy text from the customer",
    Capability.FILES_TO_CUSTOMER: "Send files to the customer",
    Capability.FILES_TO_TECHNICIAN: "Get files from the customer",
    Capability.DIAGNOSTICS: "Read facts about the computer",
    Capability.VOICE: "Talk with each other",
    Capability.CHAT: "Write to each other",
    Capability.RECORDING: "Record the session",
}

_REASONS = {
    Capability.SEE: "To see what you see while we work on this ticket.",
    Capability.POINT: "To show you where to look or click.",
    Capability.CONTROL: "To work on your computer for this ticket.",
    Capability.CLIPBOARD_TO_CUSTOMER: "To give you text you can paste.",
    Capability.CLIPBOARD_TO_TECHNICIAN: "To get text you have copied, such as an error message.",
    Capability.FILES_TO_CUSTOMER: "To give you a file for this ticket.",
    Capability.FILES_TO_TECHNICIAN: "To get a file for this ticket.",
    Capability.DIAGNOSTICS: "To find the cause of the trouble.",
    Capability.VOICE: "To talk while we work.",
    Capability.CHAT: "To write to each other while we work.",
    Capability.RECORDING: "So that what was done can be looked at again.",
}

_REFUSALS = {
    "declined": "The customer did not allow it.",
    "no_answer": "The customer did not answer.",
    "not_possible_here": "The customer's computer cannot do that.",
    "no_sound": "The customer's computer has no microphone and no loudspeaker that Deskside can use.",
    "too_late": "The customer's answer came too late.",
    "see_ended": "The customer does not share the screen any more.",
    "expired": "The time the customer had allowed is over.",
    "view_only_yet": "For the first two minutes the customer only lets you see: somebody had called them.",
    "taken_back": "The customer has taken it back.",
    "held_by_colleague": "A colleague has mouse and keyboard now. Ask again when they have given them back.",
    "not_in_charge": "Only the colleague in charge of the session can do that.",
    "view_only": "You were invited to watch.",
    "no_receipt": "The log has not confirmed the session yet. Ask again in a moment.",
}
_OF_CONTROL = {
    "not_possible_here": "The customer's computer does not let anybody control it.",
    "taken_back": "The customer has taken control back.",
    "expired": "Control has expired.",
}
_QUIET = {"", "given_back", "session_end", "done"}


def listed(capabilities: Sequence[Capability]) -> str:
    """Return the names of `capabilities` as one part of a sentence."""
    return "; ".join(NAMES[capability].lower() for capability in capabilities)


def reason_to_ask(capabilities: tuple[Capability, ...]) -> str:
    """Return the sentence the customer reads beside the question."""
    return _REASONS[capabilities[0]] if len(capabilities) == 1 else "To work on this ticket with you."


def outcome_sentence(capability: Capability, reason: str) -> str:
    """Return what the technician reads when a request was refused or a permission ended; empty when nothing."""
    if reason in _QUIET:
        return ""
    if capability is Capability.CONTROL and reason in _OF_CONTROL:
        return _OF_CONTROL[reason]
    return f"{NAMES[capability]}: {_REFUSALS.get(reason, _REFUSALS['declined'])}"
