"""One side's half of the chat: through the mailbox at first, then over the session's line. Runs on the network thread.

An own text is durable in this side's lane (its hash and length) before it leaves on the line. What was written before
there was a record is recorded as soon as there is one, and what may not have arrived is sent again.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from protocol.audit.events import EventType
from protocol.chat import ChatLog
from protocol.messages.chat import ChatMessage, ChatSent, EarlyChatMessage


class Keeper(Protocol):
    """What keeps the record: see `protocol.transport.record_keeper.RecordKeeper`."""

    async def write(self, type: EventType, body: Mapping[str, object], *, answers: int = -1) -> int:
        """Make an event durable and return its seq."""


class ChatExchange:
    """`changed` is called whenever a text or a mark came or went."""

    def __init__(self, changed: Callable[[], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self.log = ChatLog()
        self._changed = changed
        self._clock = clock
        self._carry: Callable[[EarlyChatMessage], object] | None = None
        self._keeper: Keeper | None = None
        self._recorded = 0
        self._early = 0
        self._off = False
        self._in_order = asyncio.Lock()

    @property
    def can_write(self) -> bool:
        """Whether a text can be written now: it leaves at once, or as soon as there is a line."""
        return not self._off

    def use_mailbox(self, carry: Callable[[EarlyChatMessage], object]) -> None:
        """Send sealed through the mailbox, before there is a session and its record."""
        self._carry = carry

    async def use_line(self, carry: Callable[[EarlyChatMessage], object], keeper: Keeper) -> None:
        """Send over the session's line from now on, recorded; and what the mailbox may have lost once more.

        Raises:
            EnvironmentFault: the disk refuses.
            SessionOver: the session has ended.
        """
        self._off = False
        if self._keeper is None:
            self._keeper, self._early = keeper, len(self.log.own())
            self.log.line_changed()
        self._carry = carry
        for mark in self.log.marks():
            carry(mark)
        await self._send_waiting()

    def stop(self) -> None:
        """Nothing can be written any more, until `use_line`."""
        self._off = True
        self._carry = None
        self._changed()

    async def write(self, text: str) -> None:
        """Send what this side's person wrote.

        Raises:
            EnvironmentFault: it cannot be sent (see `ChatLog.write`), or the disk refuses.
            SessionOver: the session has ended.
        """
        if not self._off:
            self.log.write(text, at_ms=time.time_ns() // 1_000_000, now=self._clock())
            await self._send_waiting()

    def arrived(self, message: ChatMessage) -> None:
        """Take a text or mark of the other side.

        Raises:
            PeerError: see `ChatLog.receive`.
        """
        changed = self.log.receive(message, now=self._clock())
        if isinstance(message, ChatSent) and self._carry is not None:
            self._carry(self.log.marks()[0])
        if changed:
            self._changed()

    def see(self) -> None:
        """All of it is on this side's screen."""
        seen = self.log.see()
        if seen is not None:
            if self._carry is not None:
                self._carry(seen)
            self._changed()

    async def _send_waiting(self) -> None:
        async with self._in_order:
            await self._record_own()
            for sent in self.log.waiting():
                # Read each time: the customer may have switched the chat off while the disk was waited for.
                if self._carry is not None and (self._keeper is None or sent.id <= self._recorded):
                    self._carry(sent)
                    self.log.left(sent.id)
        self._changed()

    async def _record_own(self) -> None:
        if self._keeper is None:
            return
        for sent in self.log.own()[self._recorded :]:
            data = sent.text.encode()
            body: dict[str, object] = {"id": sent.id, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            if sent.id <= self._early:
                body["before_the_session"] = True
            await self._keeper.write(EventType.CHAT_SENT, body)
            self._recorded = sent.id
