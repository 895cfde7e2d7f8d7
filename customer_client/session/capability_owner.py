"""What a feature on the customer's computer is told about the permission it acts under."""

from protocol.messages.consent import Capability


class CapabilityOwner:
    """The feature behind one or more capabilities, to inherit from: what is not overridden does nothing.

    Called on the network thread, where it must not wait.
    """

    def obstacle(self, capability: Capability) -> str:
        """Return why this computer cannot offer it now, as a short code (`not_possible_here`); empty when it can."""
        return ""

    def capability_granted(self, capability: Capability) -> None:
        """The grant is recorded and told: begin (when sharing is paused, not before `capability_suspended` says so)."""

    def capability_ended(self, capability: Capability, reason: str) -> None:
        """It was taken or given back, expired (`expired`, `see_ended`) or the session ends: stop before returning."""

    def capability_suspended(self, capability: Capability, suspended: bool) -> None:
        """Sharing was paused (true) or goes on; only called for what is granted and rests meanwhile."""

    def cut(self, capability: Capability) -> None:
        """Stop at once; called on any thread, perhaps more than once, and followed by `capability_ended`."""
