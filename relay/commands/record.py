"""`deskside-relay record export`: the record file of a session, bodies withheld."""

import asyncio
from pathlib import Path

from protocol.errors import EnvironmentFault
from protocol.ids import parse_session_id
from relay.audit.record_export import record_file
from relay.clock import Clock
from relay.commands.terminal import write_line
from relay.storage.engine import Database
from relay.storage.events import EventStore
from relay.storage.migrate import open_data_folder
from relay.storage.organisation import OrganisationStore
from relay.tickets.sessions import organisation_missing


def export_record(data_dir: Path, clock: Clock, *, session: str, out: Path) -> int:
    """Write the record of `session` to the new file `out`.

    Raises:
        PeerError: no such session.
        EnvironmentFault: the file exists or cannot be written.
    """
    content = asyncio.run(_record(open_data_folder(data_dir, clock()), parse_session_id(session)))
    try:
        with out.open("xb") as file:
            file.write(content)
    except OSError as error:
        raise EnvironmentFault(
            f"{out}: {error}", code="file_unusable", user_text=f"{out} cannot be written: {error.strerror}."
        ) from error
    write_line(f"Wrote {out}. Check it with: deskside-verify {out}")
    return 0


async def _record(path: Path, session: str) -> bytes:
    database = Database(path)
    try:
        record = await EventStore(database).record(session)
        organisation = await OrganisationStore(database).get()
    finally:
        await database.close()
    if organisation is None:
        raise organisation_missing()
    return record_file(record, organisation.root_key)
