"""Keeps a running session's record: durable here first, then to the other party, then to the relay.

Runs on the network thread; the disk is waited for in a worker thread, one event at a time, so order is kept.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from protocol.audit.events import Event, EventType
from protocol.audit.findings import Finding
from protocol.audit.sealed_body import stored_event
from protocol.audit.session_record import SessionRecord
from protocol.errors import DesksideError
from protocol.messages.session import RecordedEvent
from protocol.messages.signaling import StoredEvent
from protocol.transport.journal import Journal, JournalEvent, JournalStored
from protocol.transport.receipts import Receipts, as_note, receipts_folder
from protocol.transport.tasks import create_task

LANES = ("C", "T")
DELIVERY_INTERVAL_S = 1.0
_BATCH_BYTES = 12 * 1024
_log = logging.getLogger(__name__)


class SessionOver(DesksideError):
    """The session has ended; only its seal may still be recorded. What wanted to record something else is too late."""

    code = "session_over"
    user_text = "The session has ended."


async def unless_over(work: Awaitable[None]) -> None:
    """Await `work`; when the session ends under its hands, that is the end of the work and no fault."""
    try:
        await work
    except SessionOver:
        _log.debug("the session ended first")


class RecordKeeper:
    """One session's record on this side. `signers` are the public keys of the two lanes.

    `send` hands an own event to the other party; `store` hands events to the relay and says whether it is connected.
    """

    def __init__(
        self,
        *,
        record: SessionRecord,
        journal: Journal,
        record_key: bytes,
        signers: Mapping[str, bytes],
        store: Callable[[tuple[StoredEvent, ...]], bool],
        receipts: Receipts | None = None,
        root_id: bytes = b"",
    ) -> None:
        self.record = record
        self.receipts = receipts or Receipts()
        """What the log of the organisation `root_id` proves about this session."""
        self.log_finding: Callable[[str], None] = lambda sentence: None
        """Tells the person of this side that something about the log does not hold."""
        self.send: Callable[[RecordedEvent], None] = lambda recorded: None
        self._journal = journal
        self._record_key = record_key
        self._signers = signers
        self._store = store
        self._lock = asyncio.Lock()
        self._frozen = False
        self._kept: dict[str, list[RecordedEvent]] = {lane: [] for lane in LANES}
        self._stored = dict.fromkeys(LANES, 0)
        self._stored_changed = asyncio.Event()
        self.receipts.found = self._found_in_log
        folder = receipts_folder(journal.path.parent, record.session, record.lane)
        self.receipts.attend(record, folder=folder, root_id=root_id, unix_now=time.time)

    @property
    def folder(self) -> Path:
        """Where the journal is: a private folder of this program."""
        return self._journal.path.parent

    async def write(self, type: EventType, body: Mapping[str, object], *, answers: int = -1) -> int:
        """Record what is about to happen on this side; return its seq once it is on disk and on its way.

        Raises:
            EnvironmentFault: the disk refuses; the act must not go ahead.
            SessionOver: the session has ended and only its seal may follow.
        """
        async with self._lock:
            if self._frozen and type not in (EventType.SESSION_SEAL, EventType.PEER_LOST):
                raise SessionOver(f"{type.value} after the end of the session")
            recorded = self.record.append(
                type,
                body,
                t_ms=time.time_ns() // 1_000_000,
                mono_ms=time.monotonic_ns() // 1_000_000,
                answers=answers,
            )
            await self._keep(self.record.lane, recorded)
            self._frozen = self._frozen or type is EventType.SESSION_END
            self.send(recorded)
            return self.record.count(self.record.lane) - 1

    async def receive(self, recorded: RecordedEvent) -> tuple[Event, dict[str, object]]:
        """Check an event of the other party's lane and make it durable; return it and its body.

        Raises:
            PeerError: it does not continue the lane honestly.
            EnvironmentFault: the disk refuses.
        """
        async with self._lock:
            lane = "T" if self.record.lane == "C" else "C"
            before = self.record.count(lane)
            event, body = self.record.accept(recorded)
            if self.record.count(lane) > before:
                await self._keep(lane, recorded)
            return event, body

    async def _keep(self, lane: str, recorded: RecordedEvent) -> None:
        await asyncio.to_thread(self._journal.append, JournalEvent(lane, recorded))
        self._kept[lane].append(recorded)
        self.receipts.look_again()

    def _found_in_log(self, finding: Finding) -> None:
        """Say and record that the log contradicts itself or this record: that is what the log is kept for."""
        _log.warning("log: %s (%s)", finding.text, finding.code)
        self.log_finding(finding.text)
        create_task(unless_over(self._note(finding)), name="note a finding about the log")

    async def _note(self, finding: Finding) -> None:
        await self.write(*as_note(finding))

    def relay_stored(self, lane: str, count: int) -> None:
        """The relay says it holds the first `count` events of `lane`."""
        count = min(count, len(self._kept[lane]))
        if count > self._stored[lane]:
            self._stored[lane] = count
            self._stored_changed.set()

    @property
    def everything_stored(self) -> bool:
        """Whether the relay holds every event this side knows."""
        return all(self._stored[lane] >= len(self._kept[lane]) for lane in LANES)

    async def deliver_forever(self) -> None:
        """Offer the relay what it does not hold yet, every second, until cancelled."""
        while True:
            self.deliver()
            await asyncio.sleep(DELIVERY_INTERVAL_S)

    def deliver(self) -> None:
        """Offer the relay one batch of each lane of what it does not hold yet."""
        for lane in LANES:
            batch = self._batch(lane)
            if batch:
                self._store(batch)

    async def deliver_everything(self, timeout: float) -> bool:
        """Deliver until the relay holds all or `timeout` seconds have passed; return whether it holds all.

        When it does, the receipts of the seals are waited for, too.
        """
        try:
            async with asyncio.timeout(timeout):
                while not self.everything_stored:
                    self._stored_changed.clear()
                    self.deliver()
                    try:
                        await asyncio.wait_for(self._stored_changed.wait(), DELIVERY_INTERVAL_S)
                    except TimeoutError:
                        continue
        except TimeoutError:
            _log.info("the relay does not hold the whole record yet; it stays on this computer")
        if self.everything_stored:
            await self.receipts.wait_for_seals()
        return self.everything_stored

    def close(self) -> None:
        """Note what the relay holds and close the journal; it stays on disk."""
        for lane, count in self._stored.items():
            self._journal.append(JournalStored(lane, count))
        self._journal.close()

    def remove(self) -> None:
        """Close and delete the journal: the relay and the other party hold everything."""
        self._journal.remove()

    def _batch(self, lane: str) -> tuple[StoredEvent, ...]:
        batch: list[StoredEvent] = []
        size = 0
        for seq in range(self._stored[lane], len(self._kept[lane])):
            event = stored_event(self._record_key, self._kept[lane][seq], self._signers[lane])
            size += len(event.event) + len(event.sealed_body) + 160
            if batch and size > _BATCH_BYTES:
                break
            batch.append(event)
        return tuple(batch)
