"""The sentences for attempts that ended, found out here or told by the other side. What a peer sends is never shown."""

from protocol.errors import PeerError
from protocol.pairing.commands import Failed

INTERFERED = "What arrived is not what the other side sent. Someone may have interfered; nothing was shared."

_TIMED_OUT = {
    "pin_expired": "The code has expired: it is valid for ten minutes. Please use a new one.",
    "no_reply": "The other side stopped answering.",
    "no_consent": "The question was not answered in time. No answer means no.",
}
_TOLD = {
    **_TIMED_OUT,
    "wrong_pin": "The code did not match. Either it was mistyped or someone interfered.",
    "certificate_untrusted": "The technician's certificate is not from the organisation the customer trusts.",
    "certificate_expired": "The technician's certificate is not valid at the moment, so the customer was not asked.",
    "certificate_malformed": "The technician's certificate could not be read, so the customer was not asked.",
    "version_unsupported": "The two programs are of different ages. Please use the newest on both sides.",
    "cancelled": "The other side cancelled.",
}


def wrong_pin() -> PeerError:
    """Return the error for a confirmation tag that does not verify."""
    return PeerError("confirmation tag differs", code="wrong_pin", user_text=_TOLD["wrong_pin"])


def interfered(code: str, detail: str) -> PeerError:
    """Return the error for a message no honest other side would have sent here."""
    return PeerError(detail, code=code, user_text=INTERFERED)


def timed_out(code: str) -> PeerError:
    """Return the error for a wait that ended: `pin_expired`, `no_reply` or `no_consent`."""
    return PeerError(code, code=code, user_text=_TIMED_OUT[code])


def told_by_peer(code: str) -> Failed:
    """Return the failure for the other side's unauthenticated hint; codes we do not know become `aborted_by_peer`."""
    if code in _TOLD:
        return Failed(code, _TOLD[code])
    return Failed("aborted_by_peer", "The other side ended this attempt. Please try again with a new code.")
