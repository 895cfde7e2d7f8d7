"""When a colleague may be invited to a session, and when they may come. Pure; times are Unix milliseconds."""

from protocol.errors import PeerError
from protocol.pairing.joining_invitation import INVITATION_LIFE_S

INVITATION_LIFE_MS = INVITATION_LIFE_S * 1000
MAX_WAITING_INVITATIONS = 8
"""Invitations to one session that may wait at a time."""

_TAKES_COLLEAGUES = frozenset({"waiting", "active"})
"""The first events of a session that runs may still be on their way."""


def check_may_invite(state: str, inviter_id: str, owner_id: str, colleague_id: str | None, waiting: int) -> str:
    """Return the colleague's account when `inviter_id` may invite them to the session of `owner_id`.

    Raises:
        PeerError: `permission_denied` (somebody else's session), `session_over`, `device_not_certified` (nobody's
            certificate, or their own), `too_many_requests`.
    """
    if inviter_id != owner_id:
        raise PeerError(
            "somebody else's session",
            code="permission_denied",
            user_text="This session belongs to another technician.",
        )
    if state not in _TAKES_COLLEAGUES:
        raise PeerError("over", code="session_over", user_text="This session has ended.")
    if colleague_id is None or colleague_id == owner_id:
        raise PeerError(
            "not a colleague's valid certificate",
            code="device_not_certified",
            user_text="This colleague's computer is not certified at the moment, so they cannot join.",
        )
    if waiting >= MAX_WAITING_INVITATIONS:
        raise PeerError(
            "too many invitations",
            code="too_many_requests",
            user_text="Several invitations to this session still wait. Please wait until one of them is answered.",
        )
    return colleague_id


def check_may_come(state: str, expires_at_ms: int, now_ms: int, *, customer_gone: bool) -> None:
    """Check that an invited colleague may take the technician's side now.

    Raises:
        PeerError: too late, the customer does not wait any more, or they have been there already
            (`invitation_expired`).
    """
    if state != "waiting" or now_ms >= expires_at_ms or customer_gone:
        raise PeerError(
            "the invitation is over",
            code="invitation_expired",
            user_text="This invitation is over. Please ask your colleague to invite you again.",
        )
