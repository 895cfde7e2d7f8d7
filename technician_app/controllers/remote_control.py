"""The technician's mouse and keyboard on the customer's computer: sent only while control is granted.

Runs on the network thread.
"""

from collections.abc import Callable

from protocol.audit.events import EventType
from protocol.channels import INPUT, POINTER, Channel
from protocol.messages.base import Message
from protocol.messages.consent import Capability
from protocol.messages.input import AllReleased, InputMessage, PointerMoved
from technician_app.controllers.permissions import AskedPermissions, Keeper, PermissionOwner


class RemoteControl(PermissionOwner):
    """Owns `control`: records when it was taken and released, and drops input while it is not granted."""

    def __init__(
        self, permissions: AskedPermissions, keeper: Keeper, send: Callable[[Message, Channel], object]
    ) -> None:
        self._permissions = permissions
        self._keeper = keeper
        self._send = send
        self._pointer_seq = 0
        permissions.register(self, Capability.CONTROL)

    def send_input(self, message: InputMessage) -> None:
        """Send one input event if control is granted, else drop it."""
        if self._permissions.allows(Capability.CONTROL):
            self._send(message, INPUT)

    def send_pointer(self, x: int, y: int) -> None:
        """Move the customer's pointer if control is granted."""
        if self._permissions.allows(Capability.CONTROL):
            self._pointer_seq += 1
            self._send(PointerMoved(self._pointer_seq, x, y), POINTER)

    async def permission_granted(self, capability: Capability, event_seq: int) -> None:
        """Record that control is taken."""
        await self._keeper.write(EventType.CONTROL_TAKE, {"capability": capability.value}, answers=event_seq)

    def giving_back(self, capability: Capability) -> None:
        """Let go of every key first."""
        self._send(AllReleased(), INPUT)

    async def permission_ended(self, capability: Capability, reason: str) -> None:
        """Record that control is released."""
        await self._keeper.write(EventType.CONTROL_RELEASE, {"reason": reason})
