"""Files between the two sides of a session: offers and answers, recorded before they count, and the bytes themselves.

Runs on the network thread; the disk works in worker threads. Which files may be offered and taken is the programs'
business: `FilesOwner` decides, this module does what was decided, the same on both sides.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from protocol.audit.events import EventType
from protocol.channels import FILES
from protocol.errors import DesksideError, EnvironmentFault, PeerError
from protocol.files.file_types import is_blocked
from protocol.files.safe_filename import safe_filename
from protocol.files.transfer import OfferedFile, Quota, Receiving, Sending, Stage
from protocol.messages.files import (
    BulkAnswered,
    BulkMessage,
    BulkOffered,
    BulkWanted,
    FileAnswered,
    FileCancelled,
    FileOffered,
    FilePaused,
    FileReady,
    FileSaved,
    FilesMessage,
    FilesRefused,
    FilesWanted,
    decode_files,
)
from protocol.transport.files.bulk_line import BulkLine
from protocol.transport.files.inbox import files_inbox
from protocol.transport.files.moving import Incoming, Outgoing
from protocol.transport.files.offered_file import FileToSend
from protocol.transport.files.owner import FilesOwner, Surroundings
from protocol.transport.files.received_file import free_bytes
from protocol.transport.files.receiver import Receiver
from protocol.transport.files.records import FileRecords
from protocol.transport.files.sender import Sender
from protocol.transport.files.status import FileStatus
from protocol.transport.files.unfinished import UnfinishedFiles
from protocol.transport.record_keeper import unless_over
from protocol.transport.tasks import create_task

MAX_OPEN_OFFERS = 20
"""Unanswered offers of one side, at most."""

CHANGES_EVERY_S = 0.25
"""Progress is shown at most four times a second: the screen is captured, and each change travels."""

_M = TypeVar("_M", Outgoing, Incoming)
_log = logging.getLogger(__name__)


class FileExchange:
    """All files of one session on one side."""

    def __init__(self, around: Surroundings, owner: FilesOwner) -> None:
        self._around = around
        self._owner = owner
        self._files: dict[bytes, Outgoing | Incoming] = {}
        self._records = FileRecords(around.keeper)
        self._quota = Quota()
        self._inbox = files_inbox(self._records, self._handle)
        self._over = False
        self._telling: asyncio.TimerHandle | None = None
        self._resting = False
        self.line = BulkLine(
            around.role,
            lambda: around.link.bulk_keys,
            send=self._send,
            arrived=self._bytes_arrived,
            opened=self._line_opened,
            lost=self._line_lost,
            room_made=lambda: self.sender.wake(),
            failed=around.failed,
            connectivity=around.link.connectivity,
        )
        self.sender = Sender(
            self.line,
            lambda: self._active(Outgoing),
            record=lambda outgoing: self._records.sent(outgoing.machine.file, outgoing.answer_seq),
            gave_up=self._gave_up,
            may_send=owner.may_send,
        )
        self.receiver = Receiver(
            self.line,
            lambda: self._active(Incoming),
            ready=self._send,
            save=self._save,
            gave_up=self._gave_up,
            moved=self._tell_soon,
            unfinished=UnfinishedFiles(around.keeper.folder),
        )

    # --- what this side does

    async def offer(self, source: FileToSend, *, ask_seq: int = -1, request: bytes = b"") -> bytes:
        """Offer an open file, recorded first; return the transfer's name.

        Raises:
            EnvironmentFault: the disk refuses the record.
            SessionOver: the session has ended.
        """
        transfer = secrets.token_bytes(16)
        file = OfferedFile(transfer, source.name, source.size_bytes, source.sha256)
        seq = await self._records.offered(file, asked=bool(request))
        outgoing = Outgoing(offer_seq=seq, machine=Sending(file), source=source)
        outgoing.machine.resting = self._resting
        self._files[transfer] = outgoing
        self._send(
            FileOffered(transfer, file.name, file.size_bytes, file.sha256, seq, ask_seq=ask_seq, request=request)
        )
        self._tell_soon()
        return transfer

    async def accept(self, transfer: bytes, folder: Path) -> None:
        """Take an offered file into `folder`, recorded first.

        A disk without room for it declines it.
        """
        incoming = self._waiting(transfer)
        if incoming is None:
            return
        file = incoming.machine.file
        try:
            obstacle = self._quota.obstacle(file.size_bytes, await asyncio.to_thread(free_bytes, folder))
        except EnvironmentFault as fault:
            obstacle = fault.code
        if obstacle or self._waiting(transfer) is None:
            await self.decline(transfer, obstacle or "cancelled")
            return
        incoming.folder = folder
        incoming.machine.accepted()
        self._quota.reserve(transfer, file.size_bytes)
        incoming.answer_seq = await self._records.accepted(file, incoming.offer_seq)
        if incoming.machine.over:
            return
        self._send(FileAnswered(transfer, True, "", incoming.answer_seq))
        self._settled(incoming)
        self.line.want()
        self._begin_to_take()

    async def decline(self, transfer: bytes, reason: str) -> None:
        """Do not take an offered file; `reason` is a code."""
        incoming = self._waiting(transfer)
        if incoming is None:
            return
        incoming.machine.declined(reason)
        seq = await self._records.declined(incoming.machine.file, incoming.offer_seq, reason)
        self._send(FileAnswered(transfer, False, reason, seq))
        self._settled(incoming)

    def pause(self, transfer: bytes, paused: bool) -> None:
        """Hold a transfer, or let it go on."""
        moving = self._files.get(transfer)
        if moving is None or moving.machine.over or moving.machine.held_here is paused:
            return
        moving.machine.held_here = paused
        self._send(FilePaused(transfer, paused))
        self.sender.wake()
        self._tell_soon()

    def rest(self, resting: bool) -> None:
        """Sharing is paused (true): nothing moves on this side; or it goes on."""
        self._resting = resting
        for moving in self._files.values():
            moving.machine.resting = resting
        self.sender.wake()
        self._tell_soon()

    def cancel(self, transfer: bytes, reason: str = "cancelled") -> None:
        """Give a transfer up, whatever its stage."""
        moving = self._files.get(transfer)
        if moving is not None and not moving.machine.over:
            self._end(moving, reason, tell=True)

    def cancel_all(self, reason: str, *, outgoing: bool, only: Callable[[bytes], bool] = lambda _: True) -> None:
        """Give up every transfer in one direction that `only` is true for."""
        for transfer, moving in list(self._files.items()):
            if isinstance(moving, Outgoing) is outgoing and only(transfer):
                self.cancel(transfer, reason)

    def statuses(self) -> tuple[FileStatus, ...]:
        """Return how all files are, oldest first."""
        return tuple(moving.status for moving in self._files.values())

    # --- what happens around it

    async def arrived(self, data: bytes) -> None:
        """Take a message of the channel `files`.

        Raises:
            PeerError: it breaks the rules.
        """
        await self._inbox.take(decode_files(data))

    async def recorded(self) -> None:
        """The other side recorded something: messages that waited for their signed event go on.

        Raises:
            PeerError: a message breaks the rules.
        """
        await self._inbox.recorded()

    def connection_replaced(self) -> None:
        """The session goes on over another connection: the bytes follow."""
        self.line.drop()

    async def close(self) -> None:
        """The session ends: everything unfinished is given up, and recorded as far as it still can be."""
        self._over = True
        self.sender.close()
        for moving in list(self._files.values()):
            if not moving.machine.over:
                self._end(moving, "session_end", tell=False, record=False)
                await unless_over(self._records.cancelled(moving.machine, "session_end"))
        if self._telling is not None:
            self._telling.cancel()
            self._tell()
        await self.receiver.close()
        await self.line.close()

    # --- messages

    async def _handle(self, message: FilesMessage) -> None:
        match message:
            case FileOffered():
                await self._offer_arrived(message)
            case FileAnswered():
                self._answer_arrived(message)
            case FileReady():
                self.sender.ready(message)
            case FilePaused(transfer=transfer, paused=paused):
                self._pause_arrived(transfer, paused)
            case FileCancelled(transfer=transfer, reason=reason):
                moving = self._known(transfer)
                if not moving.machine.over:
                    self._end(moving, reason, tell=False)
            case FileSaved(transfer=transfer, event_seq=seq):
                self._saved_there(transfer, seq)
            case FilesWanted():
                self._owner.wanted(message)
            case FilesRefused():
                self._owner.refused(message)
            case BulkWanted() | BulkOffered() | BulkAnswered():
                self.line.received(message)

    async def _offer_arrived(self, offer: FileOffered) -> None:
        said = {"name": offer.name, "size_bytes": offer.size_bytes, "sha256": offer.sha256.hex()}
        self._records.check(offer.event_seq, EventType.FILE_OFFERED, **said, asked=bool(offer.request))
        if offer.transfer in self._files:
            raise PeerError("a transfer offered twice", code="transfer_out_of_order")
        file = OfferedFile(offer.transfer, safe_filename(offer.name), offer.size_bytes, offer.sha256)
        incoming = Incoming(offer_seq=offer.event_seq, machine=Receiving(file))
        incoming.machine.resting = self._resting
        unanswered = len(self._active(Incoming))
        self._files[offer.transfer] = incoming
        if is_blocked(offer.name) or is_blocked(file.name):
            await self.decline(offer.transfer, "blocked_type")
        elif unanswered >= MAX_OPEN_OFFERS:
            await self.decline(offer.transfer, "too_many")
        else:
            self._owner.offered(incoming, offer)
            self._tell_soon()

    def _answer_arrived(self, answer: FileAnswered) -> None:
        outgoing = self._own(answer.transfer)
        wanted = EventType.FILE_ACCEPTED if answer.accepted else EventType.FILE_DECLINED
        self._records.check(answer.event_seq, wanted, sha256=outgoing.machine.file.sha256.hex())
        if outgoing.machine.over:
            return
        if answer.accepted:
            outgoing.machine.accepted()
            outgoing.answer_seq = answer.event_seq
            self.line.want()
        else:
            outgoing.machine.declined(answer.reason)
            outgoing.source.close()
        self._settled(outgoing)

    def _pause_arrived(self, transfer: bytes, paused: bool) -> None:
        moving = self._known(transfer)
        moving.machine.held_there = paused
        self.sender.wake()
        self._tell_soon()

    def _saved_there(self, transfer: bytes, seq: int) -> None:
        outgoing = self._own(transfer)
        self._records.check(seq, EventType.FILE_RECEIVED, sha256=outgoing.machine.file.sha256.hex())
        outgoing.machine.saved()
        outgoing.source.close()
        self._settled(outgoing)

    # --- bytes

    def _bytes_arrived(self, message: BulkMessage) -> None:
        self.receiver.arrived(message)
        self.sender.arrived(message)

    def _line_opened(self, number: int) -> None:
        self.sender.line_opened(number)
        self._begin_to_take()
        self._tell_soon()

    def _line_lost(self) -> None:
        self.sender.line_lost()
        self.receiver.line_lost()
        self._tell_soon()

    def _begin_to_take(self) -> None:
        if self.line.connection is not None:
            self.receiver.begin()

    async def _save(self, incoming: Incoming) -> None:
        """Record that the whole file is here and right, give it its name, and say so."""
        assert incoming.disk is not None
        file = incoming.machine.file
        seq = await self._records.received(file, incoming.offer_seq)
        saved = await asyncio.to_thread(incoming.disk.keep)
        if incoming.machine.over:  # cancelled at the very last moment
            await asyncio.to_thread(saved.unlink, missing_ok=True)
            return
        incoming.saved = saved
        incoming.machine.saved()
        self._send(FileSaved(file.transfer, seq))
        self._settled(incoming)

    def _gave_up(self, moving: Outgoing | Incoming, error: DesksideError) -> None:
        """A file cannot go on: because of this computer, or because the other side broke the protocol."""
        _log.info("a transfer is given up: %s (%s)", error, error.code)
        if error.user_text != type(error).user_text:
            moving.problem = error.user_text  # better than the general words for its code
        self.cancel(moving.machine.file.transfer, error.code)
        if isinstance(error, PeerError):
            self._around.failed(error)

    # --- inside

    def _end(self, moving: Outgoing | Incoming, reason: str, *, tell: bool, record: bool = True) -> None:
        if not moving.machine.cancelled(reason):
            return
        transfer = moving.machine.file.transfer
        if tell:
            self._send(FileCancelled(transfer, reason))
        if isinstance(moving, Outgoing):
            moving.source.close()
        else:
            self._quota.used(transfer, moving.machine.moved_bytes)
            self.receiver.discard(moving)
        if record:
            create_task(unless_over(self._records.cancelled(moving.machine, reason)), name="record a cancelled file")
        self.sender.forget(moving)
        self._settled(moving)

    def _settled(self, moving: Outgoing | Incoming) -> None:
        if all(each.machine.over or each.answer_seq < 0 for each in self._files.values()):
            self.line.need_no_more()
        self._owner.settled(moving.status)
        self._tell_soon()

    def _active(self, kind: type[_M]) -> list[_M]:
        return [each for each in self._files.values() if isinstance(each, kind) and not each.machine.over]

    def _waiting(self, transfer: bytes) -> Incoming | None:
        """Return the incoming file that waits for an answer; None when it does not, or not any more."""
        moving = self._files.get(transfer)
        waits = isinstance(moving, Incoming) and moving.machine.stage is Stage.OFFERED
        return moving if waits and isinstance(moving, Incoming) else None

    def _known(self, transfer: bytes) -> Outgoing | Incoming:
        moving = self._files.get(transfer)
        if moving is None:
            raise PeerError("an unknown transfer", code="transfer_out_of_order")
        return moving

    def _own(self, transfer: bytes) -> Outgoing:
        moving = self._known(transfer)
        if not isinstance(moving, Outgoing):
            raise PeerError("the sender of a file answers itself", code="transfer_out_of_order")
        return moving

    def _send(self, message: FilesMessage) -> None:
        self._around.link.send(message, FILES)

    def _tell_soon(self) -> None:
        if self._telling is None and not self._over:
            self._telling = asyncio.get_running_loop().call_later(CHANGES_EVERY_S, self._tell)

    def _tell(self) -> None:
        self._telling = None
        statuses = self.statuses()
        self._owner.changed(statuses)
        if any(status.stage is Stage.MOVING for status in statuses) and not self._over:
            self._tell_soon()
