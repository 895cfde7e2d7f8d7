"""The customer's chat: before the session through the mailbox, then under the `chat` permission. Network thread."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from customer_client.languages import marked
from customer_client.session.capability_owner import CapabilityOwner
from customer_client.session.permissions import Keeper, Permissions
from customer_client.session.state import ChatShown
from customer_client.session.view import View
from protocol.channels import CHAT, Channel
from protocol.errors import DesksideError, PeerError
from protocol.messages.base import Message
from protocol.messages.chat import ChatAttached, EarlyChatMessage, decode_chat
from protocol.messages.consent import Capability
from protocol.transport.chat_exchange import ChatExchange
from protocol.transport.record_keeper import SessionOver
from protocol.transport.tasks import create_task

ATTACHED_WORDS = marked("What you wrote to each other was attached to your ticket.")

_log = logging.getLogger(__name__)


class CustomerChat(CapabilityOwner):
    """Owns `chat`. Made when the technician has proved who they are; `technician` is their verified name.

    `wrote` is called when the customer has sent a text.
    """

    def __init__(self, view: View, technician: str, *, wrote: Callable[[], None] = lambda: None) -> None:
        self._view = view
        self._technician = technician
        self._wrote = wrote
        self._shown = False
        self._closed = False
        self._said = ""
        self._notice = ""
        self._exchange = ChatExchange(self._changed)
        self._permissions: Permissions | None = None
        self._keeper: Keeper
        self._send: Callable[[Message, Channel], object]

    # --- before the session

    def open_early(self, carry: Callable[[EarlyChatMessage], object]) -> None:
        """Let the two write to each other through the sealed mailbox, while the customer decides."""
        self._exchange.use_mailbox(carry)
        self._changed()

    def arrived_early(self, message: EarlyChatMessage) -> None:
        """Take what came under seal; a text opens the window, because there is no bar to say so."""
        try:
            self._exchange.arrived(message)
        except PeerError as error:
            _log.warning("passed over: %s (%s)", error, error.code)
        if self._exchange.log.unread and not self._shown:
            self.show(True)

    # --- the session

    def attach(self, send: Callable[[Message, Channel], object], keeper: Keeper, permissions: Permissions) -> None:
        """Name the line, the record and the permissions of the session; it begins when `chat` is granted."""
        self._send, self._keeper, self._permissions = send, keeper, permissions
        permissions.register(self, Capability.CHAT)

    async def arrived(self, data: bytes) -> None:
        """Take a message of the chat channel; without a live grant it is dropped.

        Raises:
            PeerError: malformed, or see `ChatLog.receive`.
        """
        message = decode_chat(data)
        if self._permissions is None or not self._permissions.allows(Capability.CHAT):
            return
        if isinstance(message, ChatAttached):
            self._said = ATTACHED_WORDS
            self._changed()
            return
        unread = self._exchange.log.unread
        self._exchange.arrived(message)
        if self._exchange.log.unread > unread and not self._shown:
            self._notify(f"{self._technician} wrote: {self._exchange.log.lines[-1].text}")

    def capability_granted(self, capability: Capability) -> None:
        """Go on over the session's line."""
        create_task(
            self._guarded(self._exchange.use_line(lambda message: self._send(message, CHAT), self._keeper)),
            name="chat over the line",
        )

    def capability_ended(self, capability: Capability, reason: str) -> None:
        """Nothing can be written any more."""
        self._exchange.stop()

    # --- what the customer does

    def write(self, text: str) -> None:
        """Send what the customer wrote."""
        create_task(self._guarded(self._exchange.write(text)), name="write a chat text")
        self._wrote()

    def show(self, shown: bool) -> None:
        """Open or close the chat's window."""
        self._shown = shown
        self._changed()

    def read(self) -> None:
        """All of it is on the screen."""
        self._exchange.see()
        bar = self._view.state.bar
        if bar is not None and bar.notice and bar.notice == self._notice:
            self._notify("")

    def close(self) -> None:
        """The session is over: take everything away."""
        self._closed = True
        self._exchange.stop()
        self._view.update(chat=None)

    # --- inside

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
            self._said = ""
        except SessionOver:
            _log.debug("the session ended first")
        except DesksideError as error:
            _log.warning("chat: %s (%s)", error, error.code)
            self._said = error.user_text
        self._changed()

    def _notify(self, notice: str) -> None:
        self._notice = notice
        if self._view.state.bar is not None:
            self._view.update(bar=replace(self._view.state.bar, notice=notice))

    def _changed(self) -> None:
        if self._closed:
            return
        state, log = self._view.state, self._exchange.log
        shown = ChatShown(
            self._technician, log.lines, log.unread, self._exchange.can_write, shown=self._shown, said=self._said
        )
        bar = replace(state.bar, unread=log.unread) if state.bar is not None else None
        self._view.update(chat=shown, bar=bar)
