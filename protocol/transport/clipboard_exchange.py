"""Text from one person's clipboard to the other's, one deliberate push at a time. Runs on the network thread.

Both sides use it. Each push is durable in the lane of its sender before it leaves, and in the lane of its receiver
before the clipboard changes: length and SHA-256, never the text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from protocol.audit.events import EventType
from protocol.audit.session_record import HeldEvent
from protocol.channels import CLIPBOARD, Channel
from protocol.clean_text import clean_text, utf8_size
from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.base import Message
from protocol.messages.clipboard import MAX_CLIPBOARD_BYTES, ClipboardPushed, text_digest
from protocol.messages.consent import Capability
from protocol.pairing.keys import Role

MAX_EARLY = 8
"""Pushes that may overtake the event that announces them: the two travel in streams of their own."""

NOTICE_CHARACTERS = 80
"""Of a pushed text that are shown where it arrives."""


class Record(Protocol):
    """The signed events of both lanes, as far as this module looks at them."""

    def event(self, lane: str, seq: int) -> HeldEvent | None:
        """Return the event held at `seq` of `lane`, None when there is none."""


class Keeper(Protocol):
    """What keeps the record: see `protocol.transport.record_keeper.RecordKeeper`."""

    @property
    def record(self) -> Record:
        """The events held."""

    async def write(self, type: EventType, body: Mapping[str, object], *, answers: int = -1) -> int:
        """Make an event durable and return its seq."""


@dataclass(frozen=True)
class _Direction:
    sends: Capability
    receives: Capability
    other_lane: str
    refusal: str


_DIRECTIONS = {
    Role.CUSTOMER: _Direction(
        Capability.CLIPBOARD_TO_TECHNICIAN,
        Capability.CLIPBOARD_TO_CUSTOMER,
        "T",
        "Nothing was sent: sharing is paused, or sending text is not allowed any more.",
    ),
    Role.TECHNICIAN: _Direction(
        Capability.CLIPBOARD_TO_CUSTOMER,
        Capability.CLIPBOARD_TO_TECHNICIAN,
        "C",
        "Nothing was sent: the customer does not allow you to copy text to them right now.",
    ),
}


class ClipboardExchange:
    """`allows` says whether a capability is granted at this moment; `put` gets each text that arrived, once recorded.

    `send` hands a message to the line.
    """

    def __init__(
        self,
        role: Role,
        *,
        keeper: Keeper,
        send: Callable[[Message, Channel], object],
        allows: Callable[[Capability], bool],
        put: Callable[[str], None],
    ) -> None:
        self._direction = _DIRECTIONS[role]
        self._keeper = keeper
        self._send = send
        self._allows = allows
        self._put = put
        self._early: dict[int, ClipboardPushed] = {}

    async def push(self, text: str) -> str:
        """Put `text` on the other person's clipboard, cleaned and without line feeds at its end; return what was sent.

        Raises:
            EnvironmentFault: nothing is left of it (`clipboard_empty`), it is too long (`clipboard_too_long`), it is
                not allowed now (`clipboard_not_allowed`), or the disk refuses.
            SessionOver: the session has ended.
        """
        cleaned = pushable(text)
        self._require()
        body = {"bytes": utf8_size(cleaned), "sha256": text_digest(cleaned)}
        seq = await self._keeper.write(EventType.CLIPBOARD_SENT, body)
        self._require()
        self._send(ClipboardPushed(cleaned, seq), CLIPBOARD)
        return cleaned

    async def arrived(self, message: ClipboardPushed) -> None:
        """Take a push; without a live grant it is dropped, whatever it says.

        Raises:
            PeerError: its sender's record says something else (`not_allowed`), or too many wait for their event.
            EnvironmentFault: the disk refuses.
        """
        if not self._allows(self._direction.receives):
            return
        held = self._keeper.record.event(self._direction.other_lane, message.event_seq)
        if held is None:
            if len(self._early) >= MAX_EARLY:
                raise PeerError("pushes without their events", code="not_allowed")
            self._early[message.event_seq] = message
            return
        said = (held.event.type, held.body.get("sha256"))
        if said != (EventType.CLIPBOARD_SENT, text_digest(message.text)):
            raise PeerError("a push that is not the one recorded", code="not_allowed")
        await self._take(message)

    async def recorded(self, seq: int) -> None:
        """The other side's event `seq` came: take the push that was waiting for it.

        Raises:
            PeerError, EnvironmentFault: as `arrived`.
        """
        waiting = self._early.pop(seq, None)
        if waiting is not None:
            await self.arrived(waiting)

    async def _take(self, message: ClipboardPushed) -> None:
        cleaned = clean_text(message.text)
        body = {"bytes": utf8_size(cleaned), "sha256": text_digest(cleaned)}
        await self._keeper.write(EventType.CLIPBOARD_RECEIVED, body, answers=message.event_seq)
        if cleaned and self._allows(self._direction.receives):
            self._put(cleaned)

    def _require(self) -> None:
        if not self._allows(self._direction.sends):
            raise EnvironmentFault("no live grant", code="clipboard_not_allowed", user_text=self._direction.refusal)


def pushable(text: str) -> str:
    """Return `text` as it would be sent: clean, without line feeds at its end, which would press Enter where it lands.

    Raises:
        EnvironmentFault: nothing is left of it (`clipboard_empty`), or it is too long (`clipboard_too_long`).
    """
    cleaned = clean_text(text).rstrip("\n")
    if not cleaned.strip():
        raise EnvironmentFault(
            "an empty clipboard", code="clipboard_empty", user_text="There is no text on your clipboard."
        )
    if utf8_size(cleaned) > MAX_CLIPBOARD_BYTES:
        limit = f"The text on your clipboard is too long to send. The limit is {MAX_CLIPBOARD_BYTES // 1024} kilobytes."
        raise EnvironmentFault(f"{utf8_size(cleaned)} bytes", code="clipboard_too_long", user_text=limit)
    return cleaned


def needs_preview(text: str) -> bool:
    """Return whether a person must see `text` before it is sent: several lines, or more than fits a glance."""
    return "\n" in text or len(text) > 256
