"""A mailbox as the database knows it, and what a party may do with it. Pure; times are Unix milliseconds."""

import hmac
from dataclasses import dataclass
from enum import Enum

from protocol.errors import PeerError
from relay.clock import HOUR_MS

CLAIMED_MAILBOX_OUTLIVES_LINK_MS = 24 * HOUR_MS


class Side(Enum):
    """The two sides of a mailbox; the value is the letter of the side's lane."""

    CUSTOMER = "C"
    TECHNICIAN = "T"

    @property
    def other(self) -> "Side":
        """The side across."""
        return Side.TECHNICIAN if self is Side.CUSTOMER else Side.CUSTOMER


class Standing(Enum):
    """What a party that proved its token may do."""

    FULL = "full"
    STORE_ONLY = "store_only"
    """Its part is over; what it recorded may still be stored."""


@dataclass(frozen=True)
class MailboxRecord:
    """One mailbox. Tokens are SHA-256 hashes; `customer_token` is None until the route was claimed."""

    mailbox: bytes
    session: str
    link_ends_at_ms: int
    spoken_ends_at_ms: int
    technician_token: bytes
    customer_token: bytes | None
    technician_left: bool
    customer_left: bool
    closed: bool

    @property
    def claimed(self) -> bool:
        """Whether a customer holds the other side."""
        return self.customer_token is not None

    def left(self, side: Side) -> bool:
        """Whether that party said it is done."""
        return self.customer_left if side is Side.CUSTOMER else self.technician_left

    def side_of(self, token_hash: bytes) -> Side | None:
        """Return the side whose token hashes to this, compared in constant time."""
        if hmac.compare_digest(self.technician_token, token_hash):
            return Side.TECHNICIAN
        if self.customer_token is not None and hmac.compare_digest(self.customer_token, token_hash):
            return Side.CUSTOMER
        return None

    def standing_of(self, side: Side, now_ms: int) -> Standing:
        """Return what the party of `side` may do at `now_ms`.

        Raises:
            PeerError: nobody came before the link ended (`route_not_open`).
        """
        if not self.claimed and not self.left(side) and (self.closed or self.is_over(now_ms)):
            raise route_not_open()
        over = self.left(side) or self.closed or self.is_over(now_ms)
        return Standing.STORE_ONLY if over else Standing.FULL

    def is_over(self, now_ms: int) -> bool:
        """Whether the mailbox has lived its time: until the link ends, or 24 h longer once it was claimed."""
        return now_ms >= self.link_ends_at_ms + (CLAIMED_MAILBOX_OUTLIVES_LINK_MS if self.claimed else 0)


def may_be_claimed(record: MailboxRecord | None, *, spoken: bool, now_ms: int) -> bool:
    """Return whether a customer may still take the other side of the mailbox by its (spoken) route."""
    if record is None or record.claimed or record.closed or record.technician_left:
        return False
    return now_ms < (record.spoken_ends_at_ms if spoken else record.link_ends_at_ms)


def route_not_open() -> PeerError:
    """Return the one error for every route that cannot be joined, whatever the reason."""
    return PeerError(
        "route not open",
        code="route_not_open",
        user_text="This code or link is not open. Check it, or ask your technician for a new one.",
    )
