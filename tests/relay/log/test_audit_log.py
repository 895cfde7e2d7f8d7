"""The log of a relay in one process: batches, acts, checkpoints, witnesses, receipts, and a disk that was changed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from protocol.audit.events import EventType
from protocol.audit.log.checkpoint import parse_checkpoint
from protocol.audit.log.leaf import act_leaf
from protocol.audit.log.merkle import verify_consistency
from protocol.audit.log.note import parse_note
from protocol.audit.log.policy import NO_WITNESSES, parse_policy
from protocol.audit.log.proof import verify_proof
from protocol.errors import EnvironmentFault
from relay.log.audit_log import AuditLog
from relay.log.keys import log_keys, log_name_for
from tests.support.logging_relay import YEAR, LoggingRelay, running, signed_size, until


@pytest.fixture
async def relay(tmp_path: Path) -> AsyncIterator[LoggingRelay]:
    made = LoggingRelay(tmp_path / "data")
    await made.open()
    yield made
    await made.database.close()


async def test_what_begins_is_logged_at_once_and_the_rest_within_a_minute(relay: LoggingRelay) -> None:
    await relay.write(3)
    await relay.log._sequencer.sequence_once()
    assert [(leaf.first, leaf.end) for leaf in await relay.leaves()] == [(0, 3)], "the opening is urgent"
    await relay.write(2)
    await relay.log._sequencer.sequence_once()
    assert len(await relay.leaves()) == 1, "nothing urgent, and its minute is not over"
    relay.clock.advance(ms=60_000)
    await relay.log._sequencer.sequence_once()
    assert [(leaf.first, leaf.end) for leaf in await relay.leaves()] == [(0, 3), (3, 5)]
    for type in (EventType.CONTROL_TAKE, EventType.SESSION_SEAL):
        await relay.write(1, type)
        await relay.log._sequencer.sequence_once()
    assert [leaf.end for leaf in await relay.leaves()] == [3, 5, 6, 7]


async def test_256_events_do_not_wait_for_their_minute(relay: LoggingRelay) -> None:
    await relay.write(1)
    await relay.log._sequencer.sequence_once()
    for _ in range(4):
        await relay.write(64)
    await relay.log._sequencer.sequence_once()
    assert [(leaf.first, leaf.end) for leaf in await relay.leaves()] == [(0, 1), (1, 257)]


async def test_what_a_crash_left_unlogged_is_logged_by_the_next_run(relay: LoggingRelay) -> None:
    await relay.write(4)
    again = AuditLog(relay.database, relay.keys, clock=relay.clock)
    task = asyncio.get_running_loop().create_task(again.run())
    await until(lambda: signed_size(relay))
    task.cancel()
    await asyncio.wait({task})
    assert [(leaf.first, leaf.end) for leaf in await relay.leaves()] == [(0, 4)]


async def test_an_act_is_answered_with_its_place_when_it_is_on_disk(relay: LoggingRelay) -> None:
    async with running(relay):
        acts = [
            relay.log.append(act_leaf("view", sid=relay.session, at_ms=number, actor="ab" * 32, document=b"viewed"))
            for number in range(20)
        ]
        appended = await asyncio.wait_for(asyncio.gather(*acts), 30)
        assert sorted(one.index for one in appended) == list(range(20))
        assert {one.origin for one in appended} == {"support.example.com/audit/2027"}
        await until(lambda: signed_size(relay))
    assert (await relay.check()).faults == ()


async def test_everybody_can_check_that_the_log_only_grows(relay: LoggingRelay) -> None:
    async with running(relay):
        await relay.write(2)
        await until(lambda: signed_size(relay))
        first = parse_checkpoint(parse_note(await relay.log.checkpoint(YEAR)))
        await relay.write(1, EventType.CONTROL_TAKE)

        async def has_grown() -> bool:
            return await signed_size(relay) > first.size

        await until(has_grown)
        second = parse_checkpoint(parse_note(await relay.log.checkpoint(YEAR)))
        proof = await relay.log.consistency(YEAR, first.size, second.size)
    verify_consistency(first.size, second.size, first.root, second.root, proof)


async def test_proofs_of_a_session_hold_under_its_certificate(relay: LoggingRelay) -> None:
    await relay.certify()
    async with running(relay):
        await relay.write(2)
        await until(lambda: signed_size(relay))
        proofs = await relay.log.proofs(relay.session)
    proven = [verify_proof(proof, relay.keys.public, NO_WITNESSES) for proof in proofs]
    assert [(one.leaf.sid, one.index) for one in proven] == [(relay.session, 0)]
    assert parse_policy("quorum none\n") == NO_WITNESSES


async def test_the_new_year_begins_a_new_tree(relay: LoggingRelay) -> None:
    async with running(relay):
        await relay.write(2)
        await until(lambda: signed_size(relay))
        relay.clock.advance(hours=24 * 365)
        await relay.write(1, EventType.SESSION_SEAL)

        async def is_there() -> bool:
            return len(await relay.store.origins()) == 2

        await until(is_there)
    assert await relay.store.origins() == ["support.example.com/audit/2027", "support.example.com/audit/2028"]


CHANGES = [
    ("UPDATE event SET event = CAST(event || ' ' AS BLOB) WHERE seq = 2", 2),
    ("DELETE FROM event WHERE seq = 3", 3),
    ("UPDATE event SET event = (SELECT event FROM event WHERE seq = 1) WHERE seq = 4", 4),
    ("UPDATE event SET signature = zeroblob(64) WHERE seq = 1", 1),
    ("DELETE FROM event WHERE seq = 5", 5),
    ("UPDATE log_leaf SET leaf = CAST(replace(leaf, '\"to\":6', '\"to\":5') AS BLOB)", None),
    ("UPDATE log_leaf SET leaf = CAST(leaf || ' ' AS BLOB)", None),
    ("DELETE FROM log_leaf", None),
    ("UPDATE log_checkpoint SET root = zeroblob(32)", None),
    ("UPDATE log_node SET hash = zeroblob(32) WHERE level = 0", None),
]


@pytest.mark.parametrize(("change", "seq"), CHANGES, ids=[change for change, _ in CHANGES])
@pytest.mark.allow_error_logs
async def test_whoever_changes_the_disk_is_found_out_with_the_place(
    relay: LoggingRelay, change: str, seq: int | None
) -> None:
    async with running(relay):
        await relay.write(6)
        await until(lambda: signed_size(relay))
    assert (await relay.check()).faults == ()
    async with relay.database.writing() as session:
        await session.execute(text("PRAGMA defer_foreign_keys = ON"))
        for name in list(await session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))):
            await session.execute(text(f"DROP TRIGGER {name}"))
        await session.execute(text("DELETE FROM event_body"))
        await (await session.connection()).exec_driver_sql(change)
    report = await relay.check()
    assert report.faults
    if seq is not None:
        assert (report.faults[0].session, report.faults[0].lane, report.faults[0].seq) == (relay.session, "C", seq)


@pytest.mark.allow_error_logs
async def test_a_log_that_was_set_back_signs_nothing_more(relay: LoggingRelay) -> None:
    async with running(relay):
        await relay.write(2)
        await until(lambda: signed_size(relay))
    async with relay.database.writing() as session:
        for table in ("log_leaf", "log_node"):
            await session.execute(text(f"DROP TRIGGER {table}_no_delete"))
            await session.execute(text(f"DELETE FROM {table}"))
    with pytest.raises(EnvironmentFault) as refused:
        await relay.log._publisher.publish(relay.keys.public.origin(YEAR))
    assert refused.value.code == "log_set_back"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_leaf SET leaf = x'00'",
        "DELETE FROM log_leaf",
        "INSERT OR REPLACE INTO log_leaf SELECT * FROM log_leaf",
        "UPDATE log_checkpoint SET size = 5",
        "DELETE FROM log_node",
        "DELETE FROM log_tree",
    ],
)
async def test_sql_itself_refuses_to_change_the_log(relay: LoggingRelay, statement: str) -> None:
    async with running(relay):
        await relay.write(2)
        await until(lambda: signed_size(relay))
    with pytest.raises(Exception, match="the log is never changed"):
        async with relay.database.writing() as session:
            await session.execute(text(statement))


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("https://support.example.com", "support.example.com"),
        ("https://SUPPORT.example.com:8443", "support.example.com"),
        ("http://127.0.0.1:8460", ""),
        ("http://[2001:db8::1]:8460", ""),
        ("http://192.0.2.7", ""),
        ("http://localhost:8460", ""),
    ],
)
def test_a_log_is_called_by_the_name_people_reach_the_relay_by(origin: str, name: str) -> None:
    assert log_name_for(origin) == name


def test_a_log_without_a_name_is_called_by_its_key_and_keeps_that(tmp_path: Path) -> None:
    keys = log_keys(tmp_path)
    assert keys.name.startswith("deskside-")
    assert log_keys(tmp_path, "other.example.com").public == keys.public
    assert (tmp_path / "log-keys.json").stat().st_mode & 0o777 == 0o600
