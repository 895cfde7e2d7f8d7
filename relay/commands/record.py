"""`deskside-relay record export`: the record file of a session, bodies withheld; noted in the log."""

import asyncio
from pathlib import Path
from typing import BinaryIO

from protocol.audit.record_file import FORMAT
from protocol.ids import parse_session_id
from relay.audit.record_export import record_file
from relay.clock import Clock
from relay.commands.new_file import new_file, note_export
from relay.commands.terminal import write_line
from relay.storage.engine import Database
from relay.storage.events import EventStore
from relay.storage.migrate import open_data_folder
from relay.storage.organisation import OrganisationStore
from relay.tickets.sessions import organisation_missing


def export_record(data_dir: Path, clock: Clock, *, session: str, out: Path) -> int:
    """Write the record of `session` to the new file `out`, and note that it was.

    Raises:
        PeerError: no such session.
        EnvironmentFault: the file exists or cannot be written.
    """
    path, wanted = open_data_folder(data_dir, clock()), parse_session_id(session)
    with new_file(out) as file:
        asyncio.run(_write(path, clock, wanted, file))
    write_line(f"Wrote {out}. Check it with: deskside-verify {out}")
    return 0


async def _write(path: Path, clock: Clock, session: str, file: BinaryIO) -> None:
    database = Database(path)
    try:
        record = await EventStore(database).record(session)
        organisation = await OrganisationStore(database).get()
        if organisation is None:
            raise organisation_missing()
        file.write(record_file(record, organisation.root_key))
        await note_export(database, clock, sessions=[session], file=file, file_format=FORMAT)
    finally:
        await database.close()
