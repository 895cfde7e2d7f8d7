import dataclasses

from relay.clock import HOUR_MS
from relay.signaling.mailbox import MailboxRecord
from relay.tickets.way_in import Stage, stage_of

NOW = 1_000_000_000
MAILBOX = MailboxRecord(
    mailbox=bytes(32),
    session="s",
    link_ends_at_ms=NOW + HOUR_MS,
    spoken_ends_at_ms=0,
    technician_token=bytes(32),
    customer_token=None,
    technician_left=False,
    customer_left=False,
    closed=False,
)
CLAIMED = dataclasses.replace(MAILBOX, customer_token=b"\x01" * 32)


def test_a_link_that_waits_says_so_until_it_ends() -> None:
    assert stage_of(MAILBOX, "waiting", NOW) is Stage.WAITING
    assert stage_of(MAILBOX, "waiting", NOW + HOUR_MS) is None
    assert stage_of(dataclasses.replace(MAILBOX, technician_left=True), "waiting", NOW) is None
    assert stage_of(None, "", NOW) is None


def test_a_link_that_was_used_tells_how_far_the_session_is() -> None:
    assert stage_of(CLAIMED, "waiting", NOW) is Stage.IN_APP
    assert stage_of(CLAIMED, "active", NOW) is Stage.CONNECTED
    assert stage_of(CLAIMED, "ended", NOW) is Stage.OVER


def test_it_is_over_when_a_side_has_left() -> None:
    for left in ({"customer_left": True}, {"technician_left": True}, {"closed": True}):
        assert stage_of(dataclasses.replace(CLAIMED, **left), "active", NOW) is Stage.OVER


def test_nothing_is_told_once_the_mailbox_has_lived_its_time() -> None:
    assert stage_of(CLAIMED, "active", NOW + 25 * HOUR_MS) is None
