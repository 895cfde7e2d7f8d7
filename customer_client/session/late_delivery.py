"""Hands the relay what an earlier session could not, and then removes it from this computer. Network thread.

A customer has no account: the right to store events lies in the journal, readable only by them, and lasts as long as
the session's mailbox, a day or two. What the relay does not take any more stays: nobody else may have it.
"""

import asyncio
import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from customer_client.session.traces import remove_empty
from customer_client.trust import Trust
from protocol.audit.events import LANES, parse_event
from protocol.audit.sealed_body import stored_event
from protocol.errors import DesksideError, EnvironmentFault
from protocol.messages.signaling import (
    AttachMailbox,
    EventsStored,
    FromRelay,
    MailboxAttached,
    Refused,
    StoredEvent,
)
from protocol.pairing.certificates import read_certificate
from protocol.transport.journal import SUFFIX, JournalEvent, JournalHeader, lock_file, read_journal
from protocol.transport.mailbox_client import MailboxClient
from protocol.transport.receipts import receipts_folder
from protocol.transport.tasks import cancelled, create_task
from protocol.version import PROTOCOL_VERSION

WITHIN_S = 20.0
"""How long one journal is tried at a time."""

_BATCH_EVENTS = 32
_BATCH_BYTES = 12 * 1024

_log = logging.getLogger(__name__)


async def deliver_late(folder: Path, trust: Trust) -> int:
    """Deliver and remove the journals in `folder` that belong to the relay of `trust`; return how many went.

    Those of a session that runs now, here or in another copy of the program, are left alone.
    """
    gone = 0
    for path in await asyncio.to_thread(_journals, folder):
        try:
            gone += await _deliver(path, trust)
        except (DesksideError, OSError) as error:
            _log.warning("%s was not delivered: %s", path.name, error)
    remove_empty(folder)
    return gone


async def _deliver(path: Path, trust: Trust) -> bool:
    """Deliver one journal and remove it; return whether it went.

    Raises:
        PeerError: it is damaged.
        EnvironmentFault: the relay cannot be reached, or does not take it.
        OSError: the disk refuses.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if not lock_file(descriptor):
            return False
        header, events = await asyncio.to_thread(_read, path)
        if header.relay != trust.relay or not header.token:
            return False
        await _Delivery(header, events).run(trust)
    finally:
        os.close(descriptor)
    await asyncio.to_thread(_remove, path, header)
    return True


@dataclass
class _Delivery:
    """The events of one journal on their way; each lane is sent from where the relay says it is."""

    header: JournalHeader
    events: dict[str, list[StoredEvent]]
    _stored: dict[str, int] = field(default_factory=dict)
    _refused: str = ""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, trust: Trust) -> None:
        """Return when the relay has everything.

        Raises:
            EnvironmentFault: it has not, after 20 s, or refuses (`late_delivery_failed`).
        """
        first = AttachMailbox(self.header.mailbox, self.header.token, PROTOCOL_VERSION)
        client = MailboxClient(
            trust.relay,
            first,
            received=self._received,
            connected_changed=lambda connected: None,
            organisation=trust.root_id,
        )
        running = create_task(client.run(), name="late delivery", awaited=True)
        running.add_done_callback(self._ended)
        try:
            async with asyncio.timeout(WITHIN_S):
                await self._everything(client)
        except TimeoutError as error:
            raise _failed("the relay does not answer") from error
        finally:
            await client.close()
            await cancelled(running, patience_s=1.0)

    async def _everything(self, client: MailboxClient) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._refused:
                raise _failed(self._refused)
            missing = {lane: self.events[lane][self._stored.get(lane, 0) :] for lane in LANES}
            if not any(missing.values()):
                return
            client.store(_batch(next(events for events in missing.values() if events)))

    def _ended(self, running: asyncio.Task[None]) -> None:
        error = None if running.cancelled() else running.exception()
        if error is not None:
            self._refused = str(error)
        self._changed.set()

    def _received(self, message: FromRelay) -> None:
        match message:
            case MailboxAttached(stored_customer=customer, stored_technician=technician):
                self._stored = {"C": customer, "T": technician}
            case EventsStored(lane=lane, count=count):
                self._stored[lane] = count
            case Refused(code=code):
                self._refused = code
            case _:
                return
        self._changed.set()


def _batch(events: Sequence[StoredEvent]) -> tuple[StoredEvent, ...]:
    """Return as many of `events` as one frame holds, at least one."""
    batch: list[StoredEvent] = []
    size = 0
    for event in events[:_BATCH_EVENTS]:
        size += len(event.event) + len(event.sealed_body) + 160
        if batch and size > _BATCH_BYTES:
            break
        batch.append(event)
    return tuple(batch)


def _journals(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*-C{SUFFIX}"))


def _remove(path: Path, header: JournalHeader) -> None:
    path.unlink()
    receipts = receipts_folder(path.parent, header.session, header.lane)
    if not any(receipts.glob("*.refused")):  # else they prove that the log is not right
        shutil.rmtree(receipts, ignore_errors=True)


def _read(path: Path) -> tuple[JournalHeader, dict[str, list[StoredEvent]]]:
    """Return the header of a journal and its events by lane, as the relay keeps them.

    Raises:
        PeerError: it is damaged.
    """
    header, *lines = read_journal(path)
    assert isinstance(header, JournalHeader)  # read_journal promises it
    events: dict[str, list[StoredEvent]] = {lane: [] for lane in LANES}
    for event in _events(header, [line for line in lines if isinstance(line, JournalEvent)]):
        events[event.lane].append(event)
    return header, events


def _events(header: JournalHeader, lines: Sequence[JournalEvent]) -> Iterator[StoredEvent]:
    signers = {"C": header.customer_key, "T": read_certificate(header.technician_certificate).signing_key}
    for line in lines:
        lane = parse_event(line.recorded.event).lane
        yield stored_event(header.record_key, line.recorded, signers[lane])


def _failed(detail: str) -> EnvironmentFault:
    return EnvironmentFault(
        detail,
        code="late_delivery_failed",
        user_text="The record of an earlier session could not be handed over. It stays on this computer.",
    )
