"""Brings the relay what it did not get while a session ran: events in journals of sessions that ended without it."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

from protocol.audit.events import parse_event
from protocol.audit.sealed_body import stored_event
from protocol.errors import DesksideError, EnvironmentFault, PeerError
from protocol.messages.relay_api import DeliveredEvents
from protocol.messages.signaling import StoredEvent
from protocol.pairing.certificates import read_certificate
from protocol.transport.journal import (
    SUFFIX,
    JournalEvent,
    JournalHeader,
    JournalStored,
    append_to_journal,
    read_journal,
)
from technician_app.controllers.record_deposit import RecordDeposit
from technician_app.controllers.relay_api import RelayApi

BATCH_EVENTS = 50
LANES = ("C", "T")

_log = logging.getLogger(__name__)


async def deliver_late(sessions: Path, api: RelayApi, running: frozenset[str]) -> int:
    """Deliver what is left in the journals under `sessions` that belong to `api`'s relay; return how many events.

    `running` names sessions that deliver for themselves. A journal the relay refuses, or that is damaged, is logged
    and left for a person to look at; an unreachable relay ends the round quietly.
    """
    delivered = 0
    for path in await asyncio.to_thread(_journals, sessions):
        if path.name.split("-", 1)[0] in running:
            continue
        try:
            delivered += await _deliver(path, api)
        except EnvironmentFault as fault:
            _log.info("late delivery stops for now: %s", fault)
            break
        except DesksideError as error:
            _log.warning("%s was not delivered: %s (%s)", path.name, error, error.code)
    return delivered


async def _deliver(path: Path, api: RelayApi) -> int:
    header, events, stored = await asyncio.to_thread(_read, path)
    if header.relay != api.base_url:
        return 0
    await _deposit_key(path, header, api)
    delivered = 0
    for lane in LANES:
        missing = events[lane][stored[lane] :]
        for start in range(0, len(missing), BATCH_EVENTS):
            await api.deliver_events(
                header.session, DeliveredEvents(events=tuple(missing[start : start + BATCH_EVENTS]))
            )
        if missing:
            line = JournalStored(lane, len(events[lane]))
            await asyncio.to_thread(append_to_journal, path, line)
            delivered += len(missing)
    return delivered


async def _deposit_key(path: Path, header: JournalHeader, api: RelayApi) -> None:
    """Leave the key to the record at the relay if that was not done: a refusal must not keep the events here."""
    deposit = RecordDeposit(
        session=header.session,
        record_key=header.record_key,
        organisation_key=header.organisation_key,
        certificate=header.technician_certificate,
        folder=path.parent,
    )
    try:
        await deposit.deposit(api)
    except PeerError as error:
        _log.warning("the record key of %s was not deposited: %s (%s)", header.session, error, error.code)


def _journals(sessions: Path) -> list[Path]:
    return sorted(sessions.glob(f"*/*{SUFFIX}"))


def _read(path: Path) -> tuple[JournalHeader, dict[str, list[StoredEvent]], dict[str, int]]:
    """Return the header, every event as the relay keeps it, and how many of each lane it holds already."""
    header, *lines = read_journal(path)
    assert isinstance(header, JournalHeader)  # read_journal promises it
    events: dict[str, list[StoredEvent]] = {lane: [] for lane in LANES}
    stored = dict.fromkeys(LANES, 0)
    for event in _events(header, [line for line in lines if isinstance(line, JournalEvent)]):
        events[event.lane].append(event)
    for line in lines:
        if isinstance(line, JournalStored):
            stored[line.lane] = max(stored[line.lane], line.count)
    return header, events, stored


def _events(header: JournalHeader, lines: list[JournalEvent]) -> Iterator[StoredEvent]:
    signers = {"C": header.customer_key, "T": read_certificate(header.technician_certificate).signing_key}
    for line in lines:
        lane = parse_event(line.recorded.event).lane
        yield stored_event(header.record_key, line.recorded, signers[lane])
