"""The customer's part in a recording: allowing it, and a picture that can be recorded. Network thread.

The technician's program keeps the recording; it can only keep what it is sent, and says so in its signed record.
"""

from typing import Protocol

from customer_client.session.capability_owner import CapabilityOwner
from protocol.messages.consent import Capability


class RecordedDesktop(Protocol):
    """What a recording needs of the shared desktop."""

    @property
    def can_be_recorded(self) -> bool:
        """Whether the picture is a screen stream."""

    def record(self, recorded: bool) -> None:
        """Send a picture that can be read from many places, or no longer."""


class CustomerRecording(CapabilityOwner):
    """Owns `recording`. What is sent is the same with and without it, but for where streams begin anew."""

    def __init__(self, desktop: RecordedDesktop) -> None:
        self._desktop = desktop

    def obstacle(self, capability: Capability) -> str:
        """Standard video is not recorded."""
        return "" if self._desktop.can_be_recorded else "not_possible_here"

    def capability_granted(self, capability: Capability) -> None:
        """Begin a place to read from with the next update."""
        self._desktop.record(True)

    def capability_ended(self, capability: Capability, reason: str) -> None:
        """Go on as before."""
        self._desktop.record(False)
