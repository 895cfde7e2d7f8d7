import hashlib
from dataclasses import replace

import pytest

from protocol.errors import PeerError
from relay.signaling.mailbox import (
    CLAIMED_MAILBOX_OUTLIVES_LINK_MS,
    MailboxRecord,
    Side,
    Standing,
    may_be_claimed,
)

TECHNICIAN_TOKEN, CUSTOMER_TOKEN = (hashlib.sha256(name).digest() for name in (b"T", b"C"))
OPEN = MailboxRecord(
    mailbox=bytes(32),
    session="0" * 32,
    link_ends_at_ms=1000,
    spoken_ends_at_ms=500,
    technician_token=TECHNICIAN_TOKEN,
    customer_token=None,
    technician_left=False,
    customer_left=False,
    closed=False,
)
CLAIMED = replace(OPEN, customer_token=CUSTOMER_TOKEN)


def test_a_route_is_open_until_it_ends_is_claimed_or_withdrawn() -> None:
    assert may_be_claimed(OPEN, spoken=False, now_ms=999)
    assert not may_be_claimed(OPEN, spoken=False, now_ms=1000)
    assert may_be_claimed(OPEN, spoken=True, now_ms=499)
    assert not may_be_claimed(OPEN, spoken=True, now_ms=500)
    for gone in (None, CLAIMED, replace(OPEN, closed=True), replace(OPEN, technician_left=True)):
        assert not may_be_claimed(gone, spoken=False, now_ms=0)


def test_a_token_opens_its_own_side_only() -> None:
    assert OPEN.side_of(TECHNICIAN_TOKEN) is Side.TECHNICIAN
    assert OPEN.side_of(CUSTOMER_TOKEN) is None
    assert CLAIMED.side_of(CUSTOMER_TOKEN) is Side.CUSTOMER
    assert CLAIMED.side_of(bytes(32)) is None


def test_nobody_waits_in_a_mailbox_whose_link_ended_unclaimed() -> None:
    assert OPEN.standing_of(Side.TECHNICIAN, 999) is Standing.FULL
    with pytest.raises(PeerError) as caught:
        OPEN.standing_of(Side.TECHNICIAN, 1000)
    assert caught.value.code == "route_not_open"


def test_a_claimed_mailbox_outlives_its_link_by_a_day() -> None:
    assert CLAIMED.standing_of(Side.CUSTOMER, 1000 + CLAIMED_MAILBOX_OUTLIVES_LINK_MS - 1) is Standing.FULL
    assert CLAIMED.standing_of(Side.CUSTOMER, 1000 + CLAIMED_MAILBOX_OUTLIVES_LINK_MS) is Standing.STORE_ONLY


def test_who_left_may_only_store_and_the_other_stays() -> None:
    left = replace(CLAIMED, customer_left=True)
    assert left.standing_of(Side.CUSTOMER, 0) is Standing.STORE_ONLY
    assert left.standing_of(Side.TECHNICIAN, 0) is Standing.FULL
    assert replace(CLAIMED, closed=True).standing_of(Side.TECHNICIAN, 0) is Standing.STORE_ONLY
