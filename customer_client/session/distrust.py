"""What the customer's program finds out by itself about who cannot be trusted, and how any failure is shown. Pure."""

import logging
from typing import Any

from customer_client.protection.alarms import alarm_of
from customer_client.session.state import Page
from customer_client.trust import Trust
from protocol.errors import DesksideError, PeerError
from protocol.messages.signaling import MailboxClaimed

_log = logging.getLogger(__name__)


def check_organisation(claimed: MailboxClaimed, trust: Trust) -> None:
    """Check, before a PIN is shown, that the relay serves the organisation this program trusts.

    A relay may state what it likes: the key exchange holds the organisation as well. This only says sooner, and in
    words, what would look like a wrong PIN. A relay that has no organisation yet states nothing.

    Raises:
        PeerError: it serves another one (`organisation_mismatch`).
    """
    if claimed.organisation and claimed.organisation != trust.root_id:
        raise PeerError(
            f"the relay serves {claimed.organisation.hex()}, trusted is {trust.root_id.hex()}",
            code="organisation_mismatch",
            user_text="This support server belongs to another organisation. Nothing was shared.",
        )


def shown_problem(error: BaseException) -> dict[str, Any]:
    """Return what of the view changes when `error` ended everything: in red where somebody may be deceiving."""
    known = error if isinstance(error, DesksideError) else DesksideError()
    if known is error:
        _log.warning("the session failed: %s (%s)", error, known.code)
    else:
        _log.error("the session failed", exc_info=error)
    return {
        "page": Page.PROBLEM,
        "text": known.user_text,
        "alarm": alarm_of(known.code),
        "next_step": "Nothing is shared now. Ask your technician for a new code and start again.",
        "question": None,
        "bar": None,
        "pin": "",
    }
