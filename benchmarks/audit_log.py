"""The log's figures: events kept durably and acknowledged a second, with and without it; proofs at 10^6 leaves."""

import asyncio
import hashlib
import secrets
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.events import NO_HASH, Event, EventType, PeerLink, actor_of, commit_body, encode_event, sign_event
from protocol.audit.log.checkpoint import Checkpoint
from protocol.audit.log.leaf import batch_leaf
from protocol.audit.log.merkle import Frontier, inclusion_nodes, inclusion_proof, leaf_hash
from protocol.messages.relay_api import DeviceEnrolment, NewTicket
from protocol.messages.signaling import StoredEvent
from relay.accounts.people import Person, Role
from relay.clock import SECOND_MS, system_clock, utc_year
from relay.log.audit_log import AuditLog
from relay.log.keys import log_keys
from relay.storage.accounts import AccountStore
from relay.storage.engine import Database
from relay.storage.events import EventStore
from relay.storage.log import LogStore, SignedHead
from relay.storage.migrate import open_data_folder
from relay.storage.organisation import OrganisationStore
from relay.storage.sessions import SessionStore
from relay.storage.tickets import TicketStore
from relay.tickets.inviting import InvitationMaker

SESSIONS = 8
DELIVERY_EVENTS = 8
DELIVERIES = 60
LEAVES = 1_000_000
PROOFS = 200


def log_figures(leaves: int = LEAVES) -> dict[str, float]:
    """Return the figures of the log: events a second, the share of them left with the log running, proof times."""
    with tempfile.TemporaryDirectory() as folder:
        with_log = asyncio.run(_events_per_second(Path(folder) / "with", logged=True))
        without = asyncio.run(_events_per_second(Path(folder) / "without", logged=False))
        proof_ms, append_ms = asyncio.run(_proof_times(Path(folder) / "large", leaves))
    return {
        "events_per_s": with_log,
        "events_per_s_without_log": without,
        "proof_build_ms": proof_ms,
        "append_ms": append_ms,
        "leaves": float(leaves),
    }


async def _events_per_second(folder: Path, *, logged: bool) -> float:
    """Return how many events a second the relay checks, keeps on disk and acknowledges, from sessions side by side."""
    database = Database(open_data_folder(folder, system_clock()))
    log = AuditLog(database, log_keys(folder), clock=system_clock)
    store = EventStore(database, log.events_kept)
    sessions = await _sessions(database)
    deliveries = [list(_deliveries(session)) for session in sessions]
    running = asyncio.get_running_loop().create_task(log.run()) if logged else None

    async def deliver(session: str, own: list[tuple[StoredEvent, ...]]) -> None:
        for events in own:
            await store.keep(session, events, system_clock())

    began = time.perf_counter()
    await asyncio.gather(*(deliver(session, own) for session, own in zip(sessions, deliveries, strict=True)))
    took = time.perf_counter() - began
    if running is not None:
        running.cancel()
        await asyncio.wait({running})
    await database.close()
    return SESSIONS * DELIVERIES * DELIVERY_EVENTS / took


async def _sessions(database: Database) -> list[str]:
    now_ms = system_clock()
    await AccountStore(database).add(Person("t", "tess", "Tess", Role.TECHNICIAN), "-", now_ms)
    organisation = OrganisationStore(database)
    await organisation.create("Acme IT", bytes(32), now_ms)
    enrolment = DeviceEnrolment(signing_key=secrets.token_bytes(32), sealing_key=bytes(32), label="A laptop")
    await organisation.enrol("d", "t", enrolment, now_ms)
    await organisation.certify("d", b"certificate", 0, 2 * now_ms)
    ticket = await TicketStore(database).create(NewTicket(subject="-", customer="-"), "t", now_ms)
    opened = []
    for _ in range(SESSIONS):
        maker = InvitationMaker.begin(secrets.token_bytes, now_ms=now_ms, spoken=False)
        invitation, _subject = await SessionStore(database).open(ticket, "t", "-", maker.invite, now_ms)
        opened.append(invitation.session)
    return opened


def _deliveries(session: str) -> Iterator[tuple[StoredEvent, ...]]:
    key = Ed25519PrivateKey.generate()
    signer = key.public_key().public_bytes_raw()
    previous, seq = NO_HASH, 0
    for _ in range(DELIVERIES):
        events = []
        for _ in range(DELIVERY_EVENTS):
            stored, previous = _event(session, key, signer, seq, previous)
            events.append(stored)
            seq += 1
        yield tuple(events)


def _event(session: str, key: Ed25519PrivateKey, signer: bytes, seq: int, previous: str) -> tuple[StoredEvent, str]:
    event = Event(
        v=1,
        log="0123456789abcdef/2026",
        sid=session,
        lane="C",
        seq=seq,
        t_ms=seq,
        mono_ms=seq,
        type=EventType.NOTE if seq else EventType.SESSION_OPEN,
        actor=actor_of(signer),
        prev=previous,
        peer=PeerLink(-1, NO_HASH),
        body=commit_body(salt=bytes(32), session=session, lane="C", seq=seq, body=b"{}"),
        req=-1,
    )
    signed = sign_event(key, encode_event(event))
    stored = StoredEvent(
        lane="C", event=signed.event, signature=signed.signature, signer=signer, sealed_body=secrets.token_bytes(80)
    )
    return stored, hashlib.sha256(signed.event).hexdigest()


async def _proof_times(folder: Path, leaves: int) -> tuple[float, float]:
    """Return the median time to build a proof, and to append one leaf durably, in a tree of `leaves` (ms)."""
    path = open_data_folder(folder, system_clock())
    keys = log_keys(folder)
    origin = keys.public.origin(utc_year(system_clock()))
    root = _fill(path, origin, leaves)
    database = Database(path)
    store = LogStore(database)
    checkpoint = Checkpoint(origin, leaves, root)
    now_ms = system_clock()
    await store.keep_checkpoint(SignedHead(checkpoint, keys.sign(checkpoint, now_ms // SECOND_MS)), now_ms)
    building = []
    for number in range(PROOFS):
        began = time.perf_counter()
        index = number * (leaves // PROOFS)
        nodes = await store.nodes(origin, {place for path in inclusion_nodes(index, leaves) for place in path})
        inclusion_proof(index, leaves, lambda level, position, nodes=nodes: nodes[level, position])  # type: ignore[misc]
        building.append(time.perf_counter() - began)
    appending = []
    for number in range(PROOFS // 4):
        leaf = batch_leaf(f"{number:032x}", "C", 0, 1, "0" * 64)
        began = time.perf_counter()
        await store.sequence(origin, [leaf], now_ms)
        appending.append(time.perf_counter() - began)
    await database.close()
    return statistics.median(building) * 1000, statistics.median(appending) * 1000


def _fill(path: Path, origin: str, leaves: int) -> bytes:
    """Write a tree of so many leaves straight into the database; return its root."""
    frontier, rows, nodes = Frontier(), [], []
    with closing(sqlite3.connect(path)) as database:
        database.execute("INSERT INTO log_tree VALUES (1, ?, 0)", (origin,))
        for number in range(leaves):
            data = b"%d" % number
            rows.append((1, number, data, "", 0, 0))
            frontier, completed = frontier.append(leaf_hash(data))
            nodes += [(1, node.level, node.index, node.hash) for node in completed]
            if len(rows) == 10_000 or number == leaves - 1:
                database.executemany("INSERT INTO log_leaf VALUES (?, ?, ?, ?, ?, ?)", rows)
                database.executemany("INSERT INTO log_node VALUES (?, ?, ?, ?)", nodes)
                rows.clear()
                nodes.clear()
        database.commit()
    return frontier.root


if __name__ == "__main__":
    for name, value in log_figures().items():
        print(f"{name}: {value:.2f}")
