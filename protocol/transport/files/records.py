"""What the record says about files: each act of this side before it counts, each message checked against its event."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from protocol.audit.events import EventType, other_lane
from protocol.audit.session_record import HeldEvent
from protocol.errors import PeerError
from protocol.files.transfer import OfferedFile, Receiving, Sending


class Record(Protocol):
    """The signed events of both lanes, as far as this module looks at them."""

    @property
    def lane(self) -> str:
        """This side's lane."""

    def event(self, lane: str, seq: int) -> HeldEvent | None:
        """Return the event held at `seq` of `lane`, None when there is none."""


class Keeper(Protocol):
    """What keeps the record: see `protocol.transport.record_keeper.RecordKeeper`."""

    @property
    def record(self) -> Record:
        """The events held."""

    @property
    def folder(self) -> Path:
        """A private folder of this program for what belongs to the session."""

    async def write(self, type: EventType, body: Mapping[str, object], *, answers: int = -1) -> int:
        """Make an event durable and return its seq."""


class FileRecords:
    """Writes and looks up the `file.*` events of one session. What writes may raise what the keeper does."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    @property
    def _other_lane(self) -> str:
        return other_lane(self._keeper.record.lane)

    async def offered(self, file: OfferedFile, *, asked: bool) -> int:
        """This side has chosen a file to offer, because it was `asked` or by itself."""
        return await self._keeper.write(EventType.FILE_OFFERED, _described(file) | {"asked": asked})

    async def accepted(self, file: OfferedFile, offer_seq: int) -> int:
        """The person here takes it."""
        return await self._keeper.write(EventType.FILE_ACCEPTED, _described(file), answers=offer_seq)

    async def declined(self, file: OfferedFile, offer_seq: int, reason: str) -> int:
        """It is not taken."""
        body = _described(file) | {"reason": reason}
        return await self._keeper.write(EventType.FILE_DECLINED, body, answers=offer_seq)

    async def sent(self, file: OfferedFile, accepted_seq: int) -> int:
        """Its first byte is about to leave."""
        return await self._keeper.write(EventType.FILE_SENT, _described(file), answers=accepted_seq)

    async def received(self, file: OfferedFile, offer_seq: int) -> int:
        """All of it is here and right; it is about to get its name."""
        return await self._keeper.write(EventType.FILE_RECEIVED, _described(file), answers=offer_seq)

    async def cancelled(self, transfer: Sending | Receiving, reason: str) -> None:
        """It was given up."""
        body = _described(transfer.file) | {"moved_bytes": transfer.moved_bytes, "reason": reason}
        await self._keeper.write(EventType.FILE_CANCELLED, body)

    def holds(self, *seqs: int) -> bool:
        """Return whether these events of the other side are here; a negative number stands for none."""
        return all(seq < 0 or self._keeper.record.event(self._other_lane, seq) is not None for seq in seqs)

    def check(self, seq: int, wanted: EventType, **said: object) -> None:
        """Do nothing when event `seq` of the other side is of this type and its body says the same.

        Raises:
            PeerError: it is not, or does not (`not_allowed`).
        """
        held = self._keeper.record.event(self._other_lane, seq)
        same = held is not None and all(held.body.get(name) == value for name, value in said.items())
        if held is None or held.event.type is not wanted or not same:
            raise PeerError("a message about a file without its signed event", code="not_allowed")


def _described(file: OfferedFile) -> dict[str, object]:
    return {"name": file.name, "size_bytes": file.size_bytes, "sha256": file.sha256.hex()}
