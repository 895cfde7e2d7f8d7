"""What a session's link tells its side, and how a session ends: the interface between the transport and the programs.

All is called on the network thread.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from protocol.audit.events import Event
from protocol.channels import Channel
from protocol.errors import DesksideError
from protocol.messages.diagnostics import DiagnosticsMessage
from protocol.messages.session import ControlMessage
from protocol.transport.outage import Outage
from protocol.transport.reconnector import Replacement


class Reason(Enum):
    """Why a session ended."""

    ENDED_BY_TECHNICIAN = "ended_by_technician"
    STOPPED_BY_CUSTOMER = "stopped_by_customer"
    HANDED_OVER = "handed_over"
    """The technician left, a colleague goes on in a session of their own."""
    LEFT = "left"
    """A colleague who had joined left; the session they had joined goes on."""
    REMOVED = "removed"
    """The customer sent this technician away; others stay."""
    ENDED_BY_COLLEAGUE = "ended_by_colleague"
    """The technician in charge ended the session for everybody."""
    CONNECTION_LOST = "connection_lost"
    PROTOCOL_BROKEN = "protocol_broken"
    LOCAL_FAULT = "local_fault"


@dataclass(frozen=True)
class Ending:
    """How a session ended: `reason`, whether both sides signed the seal, and the error that ended it, if one did."""

    reason: Reason
    sealed_by_both: bool
    error: DesksideError | None = None


class LinkHandler(Protocol):
    """What a side does with what arrives. All are called on the network thread, after the binding."""

    async def control_arrived(self, message: ControlMessage) -> None:
        """Handle any control message that is not the link's own business."""

    async def diagnostics_arrived(self, message: DiagnosticsMessage) -> None:
        """Handle a message of the diagnostics channel."""

    async def feature_arrived(self, channel: Channel, data: bytes) -> None:
        """Handle a message of a feature's own channel that survives, such as clipboard or chat.

        Raises:
            PeerError: nothing uses this channel here (`not_allowed`).
        """

    async def recorded(self, event: Event, body: dict[str, object]) -> None:
        """The other party recorded an event; it is checked and on disk here."""

    def fast_arrived(self, channel: Channel, data: bytes) -> None:
        """Handle a message of the input, pointer, cursor or picture channel at once."""

    def stability_changed(self, unstable: bool) -> None:
        """Nothing was heard for 2.5 s (true), or something is again (false)."""

    def outage_goes_on(self, outage: Outage | None) -> None:
        """Nothing is heard, or what is heard is of no use; called several times a second, with None when it is over."""

    def connection_replaced(self, replacement: Replacement) -> None:
        """The session goes on over a new connection: send the picture on it, or read it from there."""

    def round_trip_measured(self, rtt_ms: float) -> None:
        """A heartbeat came back."""

    async def about_to_end(self) -> None:
        """The session is ending: stop everything and record what is left to record."""
