"""How far a customer has come on the way from the link to the session, as far as the relay can know. Pure."""

from enum import Enum

from relay.signaling.mailbox import MailboxRecord, may_be_claimed


class Stage(Enum):
    """What the join page may tell whoever knows the route, and nothing more; the value is what goes over the wire."""

    WAITING = "waiting"
    """Nobody has opened the link in the program yet."""

    IN_APP = "in_app"
    """Somebody has: the program shows its questions now."""

    CONNECTED = "connected"
    """Both programs have found each other and the record has begun."""

    OVER = "over"
    """It has ended, or the customer has closed the program."""


def stage_of(mailbox: MailboxRecord | None, session_state: str, now_ms: int) -> Stage | None:
    """Return how far the session of a link has come at `now_ms`; None when the page would not open either.

    `session_state` is `waiting`, `active`, `ended` or `expired`. A link that was used tells for a day longer than one
    that was not, as long as its mailbox lives.
    """
    if mailbox is None:
        return None
    if not mailbox.claimed:
        return Stage.WAITING if may_be_claimed(mailbox, spoken=False, now_ms=now_ms) else None
    if mailbox.is_over(now_ms):
        return None
    if session_state == "ended" or mailbox.closed or mailbox.customer_left or mailbox.technician_left:
        return Stage.OVER
    return Stage.CONNECTED if session_state == "active" else Stage.IN_APP
