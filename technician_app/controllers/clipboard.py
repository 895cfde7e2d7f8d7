"""The technician's side of the shared clipboard: one deliberate push at a time, both directions. Network thread."""

import itertools
from collections.abc import Callable

from protocol.channels import Channel
from protocol.messages.base import Message
from protocol.messages.clipboard import decode_clipboard
from protocol.messages.consent import Capability
from protocol.pairing.keys import Role
from protocol.transport.clipboard_exchange import ClipboardExchange, Keeper
from protocol.transport.record_keeper import unless_over
from technician_app.controllers.permissions import AskedPermissions, PermissionOwner
from technician_app.controllers.session_state import ClipboardShown


class TechnicianClipboard(PermissionOwner):
    """Owns both clipboard directions. `shown` gets each push that went or came."""

    def __init__(
        self,
        send: Callable[[Message, Channel], object],
        keeper: Keeper,
        permissions: AskedPermissions,
        *,
        shown: Callable[[ClipboardShown], None],
    ) -> None:
        self._shown = shown
        self._numbers = itertools.count(1)
        self._exchange = ClipboardExchange(
            Role.TECHNICIAN, keeper=keeper, send=send, allows=permissions.allows, put=self._put
        )
        permissions.register(self, Capability.CLIPBOARD_TO_CUSTOMER, Capability.CLIPBOARD_TO_TECHNICIAN)

    async def arrived(self, data: bytes) -> None:
        """Take a message of the clipboard channel.

        Raises:
            PeerError: malformed, or not what the customer recorded.
            EnvironmentFault: the disk refuses.
        """
        await unless_over(self._exchange.arrived(decode_clipboard(data)))

    async def recorded(self, seq: int) -> None:
        """The customer's event `seq` came.

        Raises:
            PeerError, EnvironmentFault: as `arrived`.
        """
        await unless_over(self._exchange.recorded(seq))

    async def push(self, text: str) -> None:
        """Put `text` on the customer's clipboard.

        Raises:
            EnvironmentFault: it cannot be sent, or is not allowed now; see `ClipboardExchange.push`.
            SessionOver: the session has ended.
        """
        sent = await self._exchange.push(text)
        self._shown(ClipboardShown(next(self._numbers), sent, came=False))

    def _put(self, text: str) -> None:
        self._shown(ClipboardShown(next(self._numbers), text, came=True))
