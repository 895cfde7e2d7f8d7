"""Seeing and controlling the desktop, as far as the customer allows: joins `Permissions` to `Desktop`."""

from collections.abc import Callable

from customer_client.session.capability_owner import CapabilityOwner
from customer_client.session.desktop import Desktop
from customer_client.session.displays import DisplayDesk
from customer_client.session.hiding import HiddenTeller
from customer_client.session.permissions import Keeper, Permissions
from customer_client.session.sight import tell_what_is_missing
from protocol.messages.base import Message
from protocol.messages.consent import Capability
from protocol.messages.input import InputDescribed


class DesktopAccess(CapabilityOwner):
    """Owns `see` and `control`. That input obeys the grant at every event is enforced once more in RemoteInput."""

    def __init__(
        self,
        desktop: Desktop,
        permissions: Permissions,
        displays: DisplayDesk,
        send: Callable[[Message], object],
        keeper: Keeper,
    ) -> None:
        self._desktop = desktop
        self._displays = displays
        self._permissions = permissions
        self._send = send
        self._hidden = HiddenTeller(desktop.curtain, keeper, permissions, send)

    def obstacle(self, capability: Capability) -> str:
        """Both need a screen that is seen; control a way to inject input, and to tell the customer's own from it."""
        missing = not self._desktop.sees or (capability is Capability.CONTROL and self._desktop.input is None)
        if missing and capability is Capability.CONTROL:
            tell_what_is_missing(self._displays.view, self._desktop.input_fault)
        return "not_possible_here" if missing else ""

    def capability_granted(self, capability: Capability) -> None:
        """Describe and show the screen, or let input pass until the grant ends."""
        if capability is Capability.SEE:
            self._displays.begin()
            self._hidden.begin()
            if self._permissions.allows(Capability.SEE):
                self._desktop.start()
        elif self._desktop.input is not None:
            self._send(InputDescribed(self._desktop.input.no_secure_attention))
            until = self._permissions.granted().get(Capability.CONTROL, 0.0)
            self._desktop.input.grant(None if until == float("inf") else until)

    def capability_ended(self, capability: Capability, reason: str) -> None:
        """Capture nothing, or apply nothing and let go of everything held."""
        if capability is Capability.SEE:
            self._hidden.end()
            self._desktop.pause()
        else:
            self._desktop.revoke_control()

    def capability_suspended(self, capability: Capability, suspended: bool) -> None:
        """Pause and continue picture and input together."""
        if suspended:
            self._desktop.pause()
        elif capability is Capability.SEE:
            self._displays.changed()
            self._desktop.start()

    def cut(self, capability: Capability) -> None:
        """Stop capturing, or applying, on the calling thread."""
        if capability is Capability.SEE:
            self._desktop.block()
        else:
            self._desktop.revoke_control()
