"""What somebody who is root on the relay's computer does to the rows of its record, and whether the check names it.

The triggers are dropped first, then rows are edited, dropped, inserted, exchanged or cut off at the end. All of it is
undone afterwards, so that one database serves for any number of changes.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from protocol.audit.events import parse_event
from relay.log.check import LogCheck
from relay.storage.log_reading import LogReader
from tests.support.logging_relay import LoggingRelay, running, signed_size, until

BATCHES = (7, 5, 9, 1, 6)
EVENTS = sum(BATCHES)


@dataclass(frozen=True)
class Row:
    """One event as it lies on the disk."""

    seq: int
    event: bytes
    signature: bytes
    signer: bytes


Rows = list[Row]
Change = Callable[[Rows, random.Random], int]
"""Changes the rows and returns the seq at which an honest reader must stop."""


@dataclass(frozen=True)
class Tampering:
    """How many changes were made, how many nobody noticed, and how many were named at a wrong place."""

    changes: int
    unnoticed: int
    misnamed: int


def _edit(rows: Rows, chance: random.Random) -> int:
    place = chance.randrange(len(rows))
    old, field = rows[place], chance.choice(("event", "signature", "signer"))
    data = bytearray(getattr(old, field))
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    rows[place] = Row(**{**vars(old), field: bytes(data)})
    return place


def _drop(rows: Rows, chance: random.Random) -> int:
    place = chance.randrange(len(rows))
    del rows[place]
    return place


def _drop_and_close_the_gap(rows: Rows, chance: random.Random) -> int:
    place = _drop(rows, chance)
    _renumber(rows)
    return place


def _insert(rows: Rows, chance: random.Random) -> int:
    place = chance.randrange(len(rows))
    rows.insert(place, rows[chance.randrange(len(rows))])
    _renumber(rows)
    # A copy of the event before it, or of itself, first shows where the copy or its successor stands wrongly.
    return next(number for number, row in enumerate(rows) if number != _own_seq(row))


def _exchange(rows: Rows, chance: random.Random) -> int:
    one, two = sorted(chance.sample(range(len(rows)), 2))
    rows[one], rows[two] = rows[two], rows[one]
    _renumber(rows)
    return one


def _cut(rows: Rows, chance: random.Random) -> int:
    place = chance.randrange(len(rows))
    del rows[place:]
    return place


CHANGES: dict[str, Change] = {
    "edit": _edit,
    "drop": _drop,
    "drop and close the gap": _drop_and_close_the_gap,
    "insert": _insert,
    "exchange": _exchange,
    "cut": _cut,
}


def _renumber(rows: Rows) -> None:
    rows[:] = [Row(number, row.event, row.signature, row.signer) for number, row in enumerate(rows)]


def _own_seq(row: Row) -> int:
    return parse_event(row.event).seq


async def tamper(folder: Path, *, seed: int, count: int) -> Tampering:
    """Make `count` changes, one at a time; look each time whether and where the check finds something."""
    relay = LoggingRelay(folder)
    await relay.open()
    try:
        await _fill(relay)
        return await _tamper(relay, random.Random(seed), count)
    finally:
        await relay.database.close()


async def _fill(relay: LoggingRelay) -> None:
    async with running(relay):
        for events in BATCHES:
            await relay.write(events)
            relay.clock.advance(ms=60_000)

        async def everything_is_logged() -> bool:
            return (
                sum(leaf.end - leaf.first for leaf in await relay.leaves()) == EVENTS and await signed_size(relay) > 0
            )

        await until(everything_is_logged)
    assert (await relay.check()).faults == ()
    async with relay.database.writing() as session:
        for name in list(await session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))):
            await session.execute(text(f'DROP TRIGGER "{name}"'))
        await session.execute(text("DELETE FROM event_body"))


async def _tamper(relay: LoggingRelay, chance: random.Random, count: int) -> Tampering:
    original = await _rows(relay)
    kinds, unnoticed, misnamed = list(CHANGES), 0, 0
    for number in range(count):
        rows = list(original)
        seq = CHANGES[kinds[number % len(kinds)]](rows, chance)
        await _write(relay, rows)
        faults = (await LogCheck(LogReader(relay.database), relay.keys.public).run()).faults
        unnoticed += not faults
        misnamed += bool(faults) and (faults[0].session, faults[0].lane, faults[0].seq) != (relay.session, "C", seq)
    await _write(relay, original)
    assert (await relay.check()).faults == ()
    return Tampering(count, unnoticed, misnamed)


async def _rows(relay: LoggingRelay) -> Rows:
    async with relay.database.reading() as session:
        found = await session.execute(text("SELECT seq, event, signature, signer FROM event ORDER BY seq"))
        return [Row(*row) for row in found]


async def _write(relay: LoggingRelay, rows: Sequence[Row]) -> None:
    async with relay.database.writing() as session:
        await session.execute(text("DELETE FROM event"))
        await _insert_rows(session, relay, rows)


async def _insert_rows(session: AsyncSession, relay: LoggingRelay, rows: Sequence[Row]) -> None:
    for row in rows:
        await session.execute(
            text("INSERT INTO event VALUES (:session, 'C', :seq, :event, :signature, :signer, 0)"),
            {"session": relay.session, **vars(row)},
        )
