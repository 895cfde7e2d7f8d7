"""The customer's side of the shared clipboard: text only, each push shown, nothing by itself. Network thread."""

import asyncio
import itertools
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from customer_client.languages import _, counted
from customer_client.session.capability_owner import CapabilityOwner
from customer_client.session.permissions import Permissions
from customer_client.session.state import Pasted
from customer_client.session.view import View
from protocol.channels import Channel
from protocol.errors import DesksideError
from protocol.messages.base import Message
from protocol.messages.clipboard import decode_clipboard
from protocol.messages.consent import Capability
from protocol.pairing.keys import Role
from protocol.transport.clipboard_exchange import NOTICE_CHARACTERS, ClipboardExchange, Keeper
from protocol.transport.record_keeper import SessionOver, unless_over
from protocol.transport.tasks import create_task

NOTICE_S = 20.0
"""How long the bar says what was put on the clipboard, or sent from it."""

PATIENCE_S = 5.0
"""How long a text waits for sharing to go on after it was read."""

_log = logging.getLogger(__name__)


class CustomerClipboard(CapabilityOwner):
    """Owns both clipboard directions."""

    def __init__(
        self, send: Callable[[Message, Channel], object], keeper: Keeper, permissions: Permissions, view: View
    ) -> None:
        self._view = view
        self._numbers = itertools.count(1)
        self._notice_ends: asyncio.TimerHandle | None = None
        self._awake = asyncio.Event()
        self._awake.set()
        self._exchange = ClipboardExchange(
            Role.CUSTOMER, keeper=keeper, send=send, allows=permissions.allows, put=self._put
        )
        permissions.register(self, Capability.CLIPBOARD_TO_CUSTOMER, Capability.CLIPBOARD_TO_TECHNICIAN)

    async def arrived(self, data: bytes) -> None:
        """Take a message of the clipboard channel.

        Raises:
            PeerError: malformed, or not what the technician recorded.
            EnvironmentFault: the disk refuses.
        """
        await unless_over(self._exchange.arrived(decode_clipboard(data)))

    async def recorded(self, seq: int) -> None:
        """The technician's event `seq` came.

        Raises:
            PeerError, EnvironmentFault: as `arrived`.
        """
        await unless_over(self._exchange.recorded(seq))

    def push(self, text: str) -> None:
        """Send `text`, which the customer has just read and agreed to, as soon as sharing is not paused any more."""
        create_task(self._push(text), name="send the clipboard")

    def capability_suspended(self, capability: Capability, suspended: bool) -> None:
        """Reading the text before it is sent pauses sharing; it leaves once that is over."""
        if suspended:
            self._awake.clear()
        else:
            self._awake.set()

    async def _push(self, text: str) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._awake.wait(), PATIENCE_S)
        try:
            sent = await self._exchange.push(text)
            self.say(_("Sent to your technician: {what}").format(what=_described(sent)))
        except SessionOver:
            _log.debug("the session ended first")
        except DesksideError as error:
            _log.warning("clipboard: %s (%s)", error, error.code)
            self.say(_(error.user_text))

    def _put(self, text: str) -> None:
        self._view.update(pasted=Pasted(next(self._numbers), text))
        self.say(_("You can paste this now: {what}").format(what=_described(text)))

    def say(self, words: str) -> None:
        """Show `words` in the bar for a while."""
        if self._notice_ends is not None:
            self._notice_ends.cancel()
            self._notice_ends = None
        if self._view.state.bar is not None:
            self._view.update(bar=replace(self._view.state.bar, clipboard=words))
        if words:
            self._notice_ends = asyncio.get_running_loop().call_later(NOTICE_S, self.say, "")


def _described(text: str) -> str:
    """Return what a person recognises a text by: how it begins, and how long it is."""
    start = " ".join(text[:NOTICE_CHARACTERS].split())
    more = "\N{HORIZONTAL ELLIPSIS}" if len(text) > NOTICE_CHARACTERS else ""
    lines = text.count("\n") + 1
    size = counted("{number} character", "{number} characters", len(text))
    if lines > 1:
        size = _("{size} in {number} lines").format(size=size, number=lines)
    return f"\N{LEFT DOUBLE QUOTATION MARK}{start}{more}\N{RIGHT DOUBLE QUOTATION MARK} ({size})"
