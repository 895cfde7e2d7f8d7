"""One file in an exchange: its machine, its end on this computer's disk, and how it looks to people. Network thread."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

from protocol.files.file_types import digest_words, type_words
from protocol.files.transfer import Receiving, Sending, Speed, Stage
from protocol.transport.files.offered_file import FileToSend
from protocol.transport.files.received_file import ReceivedFile
from protocol.transport.files.status import FileStatus
from protocol.transport.files.words import problem_sentence

BLOCK_BYTES = 256 * 1024
"""What is read from or written to the disk at once."""


@dataclass(eq=False)
class _Moving:
    """What both directions have in common. `offer_seq` is the signed `file.offered`, `answer_seq` what answered it."""

    offer_seq: int
    answer_seq: int = -1
    speed: Speed = field(default_factory=Speed)
    problem: str = ""

    def _status(self, machine: Sending | Receiving, *, outgoing: bool, saved_as: str) -> FileStatus:
        file, now = machine.file, time.monotonic()
        flows = machine.stage is Stage.MOVING and not machine.held
        if flows:
            self.speed.note(machine.moved_bytes, now)
        else:
            self.speed.forget()
        refused = machine.stage in (Stage.DECLINED, Stage.CANCELLED)
        return FileStatus(
            transfer=file.transfer,
            name=file.name,
            type=type_words(file.name),
            size_bytes=file.size_bytes,
            digest=digest_words(file.sha256),
            outgoing=outgoing,
            stage=machine.stage,
            moved_bytes=machine.moved_bytes,
            bytes_per_s=self.speed.bytes_per_s(machine.moved_bytes, now) if flows else 0.0,
            held_here=machine.held_here,
            held_there=machine.held_there,
            resting=machine.resting,
            waiting=machine.stage is Stage.ACCEPTED,
            problem=(self.problem or problem_sentence(machine.reason)) if refused else "",
            saved_as=saved_as,
        )


@dataclass(eq=False)
class Outgoing(_Moving):
    """A file that goes to the other computer."""

    machine: Sending = field(kw_only=True)
    source: FileToSend = field(kw_only=True)
    recorded: bool = False
    """`file.sent` is in the record: bytes may leave."""
    block: tuple[int, bytes] = (0, b"")
    """What was read ahead, and from where."""

    @property
    def status(self) -> FileStatus:
        """How it is."""
        return self._status(self.machine, outgoing=True, saved_as="")

    def in_block(self, offset: int, length: int) -> bytes:
        """Return as many of these bytes of the file as were read ahead, perhaps none."""
        start, data = self.block
        return data[offset - start : offset - start + length] if start <= offset else b""

    def read_block(self, offset: int) -> None:
        """Read ahead from `offset` (blocking).

        Raises:
            EnvironmentFault: the file has changed or cannot be read.
        """
        length = min(BLOCK_BYTES, self.machine.file.size_bytes - offset)
        self.block = (offset, self.source.read(offset, length))


@dataclass(eq=False)
class Incoming(_Moving):
    """A file that comes from the other computer."""

    machine: Receiving = field(kw_only=True)
    folder: Path = field(default_factory=Path)
    disk: ReceivedFile | None = None
    arrived: list[bytes] = field(default_factory=list)
    arrived_bytes: int = 0
    """What came and is not on disk."""
    disk_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a worker thread writes."""
    saved: Path | None = None

    @property
    def status(self) -> FileStatus:
        """How it is."""
        return self._status(self.machine, outgoing=False, saved_as=str(self.saved or self.folder))

    def take(self, data: bytes) -> None:
        """Keep bytes until they are written."""
        self.arrived.append(data)
        self.arrived_bytes += len(data)

    def take_arrived(self) -> bytes:
        """Return what came and is not on disk, to write it."""
        data = b"".join(self.arrived)
        self.forget_arrived()
        return data

    def forget_arrived(self) -> None:
        """What came and is not on disk will be sent again."""
        self.arrived.clear()
        self.arrived_bytes = 0
