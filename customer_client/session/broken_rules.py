"""Which rule the technician's program broke when a session was stopped because of it, in words. Pure."""

from collections.abc import Mapping

from customer_client.languages import _, marked
from protocol.errors import DesksideError, PeerError
from protocol.messages.consent import Capability
from protocol.transport.link_handler import Ending, Reason

_ALLOWED_ONLY = marked("only what you have allowed, and what the record says first, may be done or asked for.")
_RECORDED = marked("what happens is recorded by both sides, signed, without gaps and without later changes.")
_ANNOUNCED = marked("a file is sent as it was announced, and only once you have said yes.")
_SAME_PROGRAM = marked("the connection leads to the same program from beginning to end.")
_NOT_TOO_MUCH = marked("nothing is sent faster or larger than was agreed.")
_UNDERSTOOD = marked("only what both programs understand may be sent.")

_RULES = {
    "not_allowed": _ALLOWED_ONLY,
    "already_asked": _ALLOWED_ONLY,
    "purpose_differs": _RECORDED,
    "event_invalid": _RECORDED,
    "event_gap": _RECORDED,
    "event_conflict": _RECORDED,
    "body_invalid": _RECORDED,
    "body_mismatch": _RECORDED,
    "seal_mismatch": _RECORDED,
    "transfer_out_of_order": _ANNOUNCED,
    "binding_failed": _SAME_PROGRAM,
    "weak_protection": _SAME_PROGRAM,
    "count_impossible": _SAME_PROGRAM,
    "too_many_messages": _NOT_TOO_MUCH,
    "frame_too_large": _NOT_TOO_MUCH,
}
"""By the code of the error; any other is about what was sent itself."""


class WithoutConsent(PeerError):
    """The technician's program did what `capability` is needed for, without it."""

    code = "not_allowed"

    def __init__(self, capability: Capability) -> None:
        super().__init__(f"{capability.value} without consent")
        self.capability = capability


def broken_rule(ending: Ending, acts: Mapping[Capability, str]) -> tuple[str, ...]:
    """Return the line of the end page about the rule that was broken; none for another ending.

    `acts` says what each permission lets the technician do, as in "use your mouse and keyboard".
    """
    error = ending.error
    if ending.reason is not Reason.PROTOCOL_BROKEN or error is None:
        return ()
    if isinstance(error, WithoutConsent) and error.capability in acts:
        words = _("The rule that was broken: nothing without your consent. Without it they tried to {act}.")
        return (words.format(act=_(acts[error.capability])),)
    return (_("The rule that was broken: {rule}").format(rule=_(_rule(error))),)


def _rule(error: DesksideError) -> str:
    return _RULES.get(error.code, _UNDERSTOOD)
