"""The technician's chat: through the sealed mailbox while the customer decides, then over the session's line.

Runs on the network thread.
"""

import hashlib
import logging
import time
from collections.abc import Callable

from protocol.audit.events import EventType
from protocol.channels import CHAT, Channel
from protocol.chat import ChatLine
from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.base import Message
from protocol.messages.chat import ChatAttached, EarlyChatMessage, decode_chat
from protocol.messages.consent import Capability
from protocol.transport.chat_exchange import ChatExchange
from technician_app.controllers.permissions import AskedPermissions, Keeper, PermissionOwner
from technician_app.controllers.session_report import TicketAttachments
from technician_app.controllers.session_state import ChatShown

_log = logging.getLogger(__name__)


class TechnicianChat(PermissionOwner):
    """Owns `chat`. `shown` gets what the window shows, None while there is nobody to write to."""

    def __init__(self, *, attachments: TicketAttachments, shown: Callable[[ChatShown | None], None]) -> None:
        self._attachments = attachments
        self._shown = shown
        self._said = ""
        self._open = False
        self._exchange = ChatExchange(self._changed)
        self._permissions: AskedPermissions | None = None
        self._keeper: Keeper
        self._send: Callable[[Message, Channel], object]

    @property
    def lines(self) -> tuple[ChatLine, ...]:
        """What was written so far, oldest first."""
        return self._exchange.log.lines

    # --- before the session

    def open_early(self, carry: Callable[[EarlyChatMessage], object]) -> None:
        """The customer knew the PIN and is being asked: whoever they are, this conversation begins with them."""
        self._open = True
        self._exchange.use_mailbox(carry)
        self._changed()

    def arrived_early(self, message: EarlyChatMessage) -> None:
        """Take what came under seal."""
        try:
            self._exchange.arrived(message)
        except PeerError as error:
            _log.warning("passed over: %s (%s)", error, error.code)

    def forget(self) -> None:
        """The attempt failed: the next one may be with somebody else."""
        self._exchange.stop()
        self._open = False
        self._exchange = ChatExchange(self._changed)
        self._shown(None)

    # --- the session

    def attach(self, send: Callable[[Message, Channel], object], keeper: Keeper, permissions: AskedPermissions) -> None:
        """Name the line, the record and the permissions of the session; it begins when `chat` is granted."""
        self._send, self._keeper, self._permissions = send, keeper, permissions
        permissions.register(self, Capability.CHAT)

    async def arrived(self, data: bytes) -> None:
        """Take a message of the chat channel; what comes after the chat was switched off is dropped.

        Raises:
            PeerError: malformed, not for a technician, or see `ChatLog.receive`.
        """
        message = decode_chat(data)
        if isinstance(message, ChatAttached):
            raise PeerError("the customer attaches nothing", code="not_allowed")
        if self._permissions is not None and self._permissions.allows(Capability.CHAT):
            self._exchange.arrived(message)

    async def permission_granted(self, capability: Capability, event_seq: int) -> None:
        """Go on over the session's line."""
        self._open = True
        await self._exchange.use_line(lambda message: self._send(message, CHAT), self._keeper)

    async def permission_ended(self, capability: Capability, reason: str) -> None:
        """Nothing can be written any more."""
        self._exchange.stop()

    # --- what the technician does

    async def write(self, text: str) -> None:
        """Send what the technician wrote.

        Raises:
            EnvironmentFault: it cannot be sent, or the disk refuses.
            SessionOver: the session has ended.
        """
        await self._exchange.write(text)

    def read(self) -> None:
        """All of it is on the screen."""
        self._exchange.see()

    async def attach_transcript(self) -> None:
        """Attach what was written to the ticket, sealed, and tell the customer.

        Raises:
            EnvironmentFault: nothing was written, there is no chat now, or the relay cannot be reached.
            SessionOver: the session has ended.
        """
        lines = self._exchange.log.lines
        if not lines or self._permissions is None or not self._permissions.allows(Capability.CHAT):
            raise EnvironmentFault(
                "no conversation to attach", code="chat_empty", user_text="There is no running conversation to attach."
            )
        content = transcript(lines).encode()
        digest = hashlib.sha256(content).hexdigest()
        await self._keeper.write(EventType.CHAT_ATTACHED, {"messages": len(lines), "sha256": digest})
        await self._attachments.transcript(content)
        self._send(ChatAttached(len(lines), digest), CHAT)
        self._said = f"{len(lines)} messages were attached to the ticket. The customer was told."
        self._changed()

    def close(self) -> None:
        """The session is over, however it went: what was written stays to be read."""
        self._exchange.stop()

    # --- inside

    def _changed(self) -> None:
        if self._open:
            log = self._exchange.log
            self._shown(ChatShown(log.lines, log.unread, self._exchange.can_write, self._said))


def transcript(lines: tuple[ChatLine, ...]) -> str:
    """Return what was written as text: one line with time (UTC, by the writer's clock) and writer, then the text."""
    return "\n".join(
        f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(line.at_ms / 1000))}Z "
        f"{'Technician' if line.mine else 'Customer'}:\n{_indented(line.text)}\n"
        for line in lines
    )


def _indented(text: str) -> str:
    """Return `text` so that none of its lines can look like the line that names a writer."""
    return "\n".join(f"    {line}" for line in text.split("\n"))
