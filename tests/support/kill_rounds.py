"""Relays and clients killed at random moments under load, and what was acknowledged looked for afterwards."""

import asyncio
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from websockets.exceptions import WebSocketException

from protocol.audit.lanes import LaneCheck
from protocol.messages.relay_api import OpenedSession
from protocol.messages.signaling import EventsStored, StoredEvent, StoreEvents
from protocol.transport.journal import JournalEvent, read_journal
from relay.storage.engine import DATABASE_FILE
from tests.support.mailbox_client import MailboxClient
from tests.support.nursery import Nursery
from tests.support.recorded_session import SESSION, SIGNERS
from tests.support.relay_events import LaneWriter
from tests.support.relay_process import PreparedRelay, must, relay_command, running_relay

SESSIONS = 3
EVENTS_AT_ONCE = 8
LONGEST_LIFE_S = 0.4
UNDER_LOAD = 0.8
"""In so many of the rounds something is acknowledged before the time to the kill begins, however slow the computer."""
READY_WITHIN_S = 60.0


@dataclass(frozen=True)
class Killed:
    """How often something was killed, how many events it had acknowledged, and how many of those were gone."""

    kills: int
    acknowledged: int
    lost: int


@dataclass
class Deliverer:
    """A technician's client that stores the events of its session and counts those the relay has acknowledged."""

    opened: OpenedSession
    writer: LaneWriter
    acknowledged: int = 0

    async def deliver(self, url: str) -> None:
        """Deliver until the connection breaks."""
        with suppress(OSError, WebSocketException):
            async with MailboxClient(url) as client:
                await client.attach_technician(self.opened)
                while True:
                    await client.send(StoreEvents(self._next()))
                    while not isinstance(answer := await client.receive(), EventsStored):
                        pass
                    self.acknowledged = max(self.acknowledged, answer.count)

    def _next(self) -> tuple[StoredEvent, ...]:
        end = self.acknowledged + EVENTS_AT_ONCE
        self.writer.write_many(max(0, end - len(self.writer.written)))
        return tuple(self.writer.written[self.acknowledged : end])

    def lost(self, database: sqlite3.Connection) -> int:
        """Return how many acknowledged events are not on disk as they were sent."""
        rows = database.execute(
            "SELECT seq, event, signature FROM event WHERE session_id = ? AND lane = 'T' ORDER BY seq",
            (self.opened.session,),
        )
        held = {seq: (bytes(event), bytes(signature)) for seq, event, signature in rows}
        sent = self.writer.written[: self.acknowledged]
        return sum(held.get(seq) != (one.event, one.signature) for seq, one in enumerate(sent))


async def kill_relays(folder: Path, *, seed: int, count: int) -> Killed:
    """Kill a relay `count` times while clients store events; fail when its log does not fit at the end."""
    chance = random.Random(seed)
    with running_relay(folder / "relay") as relay, Nursery() as nursery:
        deliverers = [
            Deliverer(opened, LaneWriter(opened.session, "T", relay.signing_key))
            for opened in (relay.open_session() for _ in range(SESSIONS))
        ]
        relay.stop()
        lost = 0
        for _ in range(count):
            lost += await _kill_once(relay, nursery, deliverers, chance)
        assert "Everything fits." in must(relay_command("log", "check", data_dir=relay.data_dir))
    return Killed(count, sum(one.acknowledged for one in deliverers), lost)


async def _kill_once(relay: PreparedRelay, nursery: Nursery, deliverers: list[Deliverer], chance: random.Random) -> int:
    out = relay.data_dir.with_name("killed.log")
    out.unlink(missing_ok=True)
    arguments = ["serve", "--data", str(relay.data_dir), "--port", str(relay.port), "--joins-per-minute", "10000"]
    process = nursery.start("relay", arguments, out)
    await _until_written(out, b"Deskside relay ready")
    delivering = [asyncio.get_running_loop().create_task(one.deliver(relay.mailbox_url)) for one in deliverers]
    if chance.random() < UNDER_LOAD:
        before = sum(one.acknowledged for one in deliverers)
        await _until(lambda: sum(one.acknowledged for one in deliverers) > before)
    await asyncio.sleep(chance.uniform(0, LONGEST_LIFE_S))
    nursery.kill(process)
    await asyncio.gather(*delivering)
    with closing(sqlite3.connect(relay.data_dir / DATABASE_FILE)) as database:
        return sum(one.lost(database) for one in deliverers)


async def kill_clients(folder: Path, *, seed: int, count: int) -> Killed:
    """Kill `count` clients while they record; compare what their journals hold with what they had gone ahead with."""
    chance, acknowledged, lost = random.Random(seed), 0, 0
    with Nursery() as nursery:
        for number in range(count):
            own, out = folder / f"client{number}", folder / f"client{number}.out"
            process = nursery.start("client", [str(own)], out)
            await _until_written(out, b".")
            await asyncio.sleep(chance.uniform(0, LONGEST_LIFE_S / 4))
            nursery.kill(process)
            went_ahead = len(out.read_bytes())
            acknowledged += went_ahead
            lost += max(0, went_ahead - _held(own))
    return Killed(count, acknowledged, lost)


def _held(folder: Path) -> int:
    """Return how many events of an unbroken, truly signed lane the journal holds."""
    (path,) = folder.glob("*.journal")
    check = LaneCheck(SESSION, "C")
    events = [line.recorded for line in read_journal(path) if isinstance(line, JournalEvent)]
    for event in events:
        check.accept(event.event, event.signature, SIGNERS["C"], held=lambda seq: None)
    return len(events)


async def _until_written(path: Path, wanted: bytes) -> None:
    await _until(lambda: path.exists() and wanted in path.read_bytes())


async def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)
