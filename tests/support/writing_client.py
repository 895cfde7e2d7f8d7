"""A customer's record keeping and nothing else, as a program: it writes events until it is killed.

After each event that `RecordKeeper.write` has acknowledged, which is when the act it describes would go ahead, one dot
goes to stdout.
"""

import asyncio
import os
from pathlib import Path

from protocol.audit.events import EventType
from protocol.transport.journal import Journal, JournalHeader
from protocol.transport.record_keeper import RecordKeeper
from tests.support.recorded_session import CERTIFICATE, LOG, OPENINGS, SESSION, SIGNERS, TICKET, new_record

HEADER = JournalHeader(
    session=SESSION,
    lane="C",
    ticket=TICKET,
    log=LOG,
    relay="https://support.example.com",
    record_key=bytes(32),
    organisation_key=bytes(32),
    technician_certificate=CERTIFICATE,
    customer_key=SIGNERS["C"],
)


async def _write(folder: Path) -> None:
    keeper = RecordKeeper(
        record=new_record("C"),
        journal=Journal(folder, HEADER),
        record_key=bytes(32),
        signers=SIGNERS,
        store=lambda events: False,
    )
    await keeper.write(EventType.SESSION_OPEN, OPENINGS["C"])
    while True:
        os.write(1, b".")
        await keeper.write(EventType.NOTE, {"text": "x" * 200})


def main(arguments: list[str]) -> int:
    """Write events into a new journal in the folder named first."""
    asyncio.run(_write(Path(arguments[0])))
    return 0
