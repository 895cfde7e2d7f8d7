"""How a session ended, in the technician's words."""

import asyncio
import logging
from dataclasses import dataclass

from protocol.errors import DesksideError
from protocol.transport.session_link import Ending, Reason

_ENDINGS = {
    Reason.ENDED_BY_TECHNICIAN: "You have ended the session.",
    Reason.STOPPED_BY_CUSTOMER: "The customer has stopped the session.",
    Reason.HANDED_OVER: "You have handed the session over.",
    Reason.LEFT: "You have left the session.",
    Reason.REMOVED: "The customer has sent you away from the session.",
    Reason.ENDED_BY_COLLEAGUE: "The session you had joined has ended.",
    Reason.CONNECTION_LOST: "The connection to the customer was lost: their program or network stopped answering.",
    Reason.PROTOCOL_BROKEN: "The customer's program did something that is not allowed, so the session was ended.",
    Reason.LOCAL_FAULT: "Something failed on this computer, so the session was ended.",
}
_NOTHING_SHARED = "nothing was shared"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """`status` says why it ended, `record` what there is to prove it."""

    status: str
    record: str


def outcome_of(work: asyncio.Task[Ending | None], *, was_live: bool) -> Outcome:
    """Return how the finished `work` ended; what nobody expected is logged as an error."""
    if work.cancelled():
        return Outcome("The session was given up before the customer allowed anything.", _NOTHING_SHARED)
    error = work.exception()
    if error is not None:
        return Outcome(_said(error), "one-sided" if was_live else _NOTHING_SHARED)
    ending = work.result()
    if ending is None:
        return Outcome("The customer did not allow the session.", _NOTHING_SHARED)
    status = _ENDINGS[ending.reason] + (f" {ending.error.user_text}" if ending.error else "")
    return Outcome(status, "signed by both sides" if ending.sealed_by_both else "one-sided: not signed by both")


def _said(error: BaseException) -> str:
    if isinstance(error, DesksideError):
        _log.warning("the session failed: %s (%s)", error, error.code)
        return error.user_text
    _log.error("the session failed", exc_info=error)
    return DesksideError.user_text
