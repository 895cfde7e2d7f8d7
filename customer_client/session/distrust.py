"""How any failure is shown: in red where somebody may be deceiving the customer. Pure."""

import logging
from typing import Any

from customer_client.protection.alarms import alarm_of
from customer_client.session.state import Page
from protocol.errors import DesksideError

_log = logging.getLogger(__name__)


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
