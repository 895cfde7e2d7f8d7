"""Recordings at the relay: parts in order, twice or after a break, within limits, read by whom the table allows."""

import asyncio
import secrets
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import select

from protocol.audit.log.leaf import Leaf, parse_leaf
from protocol.errors import PeerError
from protocol.messages.recording_api import MAX_PART_BYTES
from relay.accounts.people import Role
from relay.storage.log_schema import LogLeafRow
from relay.storage.recording_files import FOLDER, RecordingFolder
from relay.storage.recording_store import RecordingLimits, RecordingStore
from relay.storage.review_schema import ErasureRow
from tests.support.relay_in_process import ServedRelay


class Owner:
    """A technician with a session, and its recordings."""

    def __init__(self, served: ServedRelay, headers: dict[str, str], session: str, ticket: str) -> None:
        self.served, self.headers, self.session, self.ticket = served, headers, session, ticket
        self.path = f"/api/v1/sessions/{session}/recordings"

    async def put(self, offset: int, data: bytes, *, number: int = 0, last: bool = False, **more) -> httpx.Response:
        query = {"offset": offset, "last": str(last).lower()}
        headers = more.get("headers", self.headers)
        return await self.served.http.put(f"{self.path}/{number}", params=query, content=data, headers=headers)

    async def get(self, rest: str = "", **query) -> httpx.Response:
        return await self.served.http.get(self.path + rest, params=query, headers=self.headers)

    def store(self, limits: RecordingLimits | None = None) -> RecordingStore:
        return RecordingStore(self.served.database, RecordingFolder(self.served.data_dir / FOLDER), limits)


@pytest.fixture
async def owner(served: ServedRelay) -> Owner:
    await served.make_organisation()
    await served.certify(await served.add_person("tess"))
    headers = await served.token_of("tess")
    ticket = await served.http.post("/api/v1/tickets", json={"subject": "a", "customer": "b"}, headers=headers)
    number = ticket.json()["number"]
    opened = await served.http.post(f"/api/v1/tickets/{number}/sessions", json={"reason": "help"}, headers=headers)
    return Owner(served, headers, opened.json()["session"], number)


async def test_parts_come_in_order_and_again_after_a_break(owner: Owner) -> None:
    data = secrets.token_bytes(50_000)
    assert (await owner.put(0, data[:20_000])).json()["size_bytes"] == 20_000
    gap = await owner.put(30_000, data[30_000:])
    assert (gap.status_code, gap.json()["code"]) == (409, "recording_gap")
    again = await owner.put(10_000, data[10_000:40_000])
    assert (again.status_code, again.json()["size_bytes"]) == (200, 40_000)
    other = await owner.put(10_000, bytes(30_000))
    assert other.json()["code"] == "recording_conflict"
    done = await owner.put(40_000, data[40_000:], last=True)
    assert (done.json()["size_bytes"], done.json()["finished"]) == (50_000, True)
    assert (await owner.put(40_000, data[40_000:], last=True)).json() == done.json()
    assert (await owner.put(50_000, b"more")).json()["code"] == "recording_conflict"
    held = (await owner.get()).json()["recordings"]
    assert [(each["recording"], each["size_bytes"]) for each in held] == [(0, 50_000)]
    assert (await owner.get("/0", offset=100, length=200)).content == data[100:300]
    assert (await owner.get("/0")).content == data
    assert (await owner.get("/0", offset=60_000)).content == b""
    ticket = await owner.served.http.get(f"/api/v1/tickets/{owner.ticket}", headers=owner.headers)
    assert ticket.json()["sessions"][0]["recordings"] == 1


async def test_a_recording_that_ended_in_a_crash_is_finished_by_an_empty_last_part(owner: Owner) -> None:
    await owner.put(0, b"abc")
    assert (await owner.put(3, b"", last=True)).json()["finished"] is True


async def test_what_a_crash_of_the_relay_left_behind_the_known_end_is_written_anew(owner: Owner) -> None:
    await owner.put(0, b"first")
    file = owner.served.data_dir / FOLDER / owner.session / "000.dsrec"
    file.write_bytes(file.read_bytes() + b"never acknowledged")
    await owner.put(5, b" second", last=True)
    assert (await owner.get("/0")).content == file.read_bytes() == b"first second"
    assert file.stat().st_mode & 0o777 == 0o600


async def test_only_the_owner_uploads_and_the_table_says_who_reads(owner: Owner) -> None:
    await owner.put(0, b"sealed")
    served = owner.served
    may_read = {Role.TECHNICIAN: 403, Role.LEAD: 200, Role.AUDITOR: 200, Role.ADMINISTRATOR: 403}
    for role, status in may_read.items():
        await served.add_person(role.value, role)
        headers = await served.token_of(role.value)
        other = Owner(served, headers, owner.session, owner.ticket)
        assert [(await other.get(rest)).status_code for rest in ("", "/0", "/0/exports")] == [status] * 3
        assert (await other.put(6, b"more")).status_code == 403
    assert (await served.http.get(owner.path)).status_code == 401
    assert (await owner.get("/7")).status_code == 404
    strange = Owner(served, owner.headers, "f" * 32, owner.ticket)
    assert (await strange.get()).status_code == (await strange.put(0, b"a")).status_code == 404


async def test_a_part_is_bounded_and_numbers_are_checked(owner: Owner) -> None:
    assert (await owner.put(0, bytes(MAX_PART_BYTES + 1))).status_code == 413
    assert (await owner.put(-1, b"a")).status_code == 400
    assert (await owner.put(0, b"a", number=100)).json()["code"] == "quota_reached"
    assert (await owner.get("/0", length=MAX_PART_BYTES + 1)).status_code == 400


async def test_limits_hold_for_a_recording_for_a_session_and_for_the_disk(owner: Owner) -> None:
    generous = RecordingLimits(recording_bytes=100, session_bytes=150, free_bytes=0)
    for limits, parts in (
        (generous, [(0, 101)]),
        (generous, [(0, 100), (1, 51)]),
        (replace(generous, free_bytes=1 << 62), [(2, 1)]),
    ):
        store = owner.store(limits)
        for number, size in parts[:-1]:
            await store.append(owner.session, number, 0, bytes(size), last=False, now_ms=0)
        with pytest.raises(PeerError) as refused:
            await store.append(owner.session, parts[-1][0], 0, bytes(parts[-1][1]), last=False, now_ms=0)
        assert refused.value.code == "quota_reached"


async def test_an_export_is_noted_and_outlives_the_recording(owner: Owner) -> None:
    await owner.put(0, b"sealed", last=True)
    stretch = {"begins_ms": 1000, "ends_ms": 5000, "sha256": "ab" * 32, "size_bytes": 77}
    noted = await owner.served.http.post(f"{owner.path}/0/exports", json=stretch, headers=owner.headers)
    assert (noted.status_code, noted.json()["by"]) == (201, "Tess")
    missing = await owner.served.http.post(f"{owner.path}/1/exports", json=stretch, headers=owner.headers)
    assert missing.status_code == 404
    async with asyncio.timeout(20):
        while not (leaves := await log_leaves(owner, "export")):
            await asyncio.sleep(0.05)
    assert [leaf.kind for leaf in leaves] == ["export"]
    assert await owner.store().erase(owner.session) == 1
    assert (await owner.get()).json() == {"recordings": []}
    assert (await owner.get("/0/exports")).json()["exports"] == [noted.json()]
    assert not (owner.served.data_dir / FOLDER / owner.session).exists()
    assert await owner.store().erase(owner.session) == 0


async def log_leaves(owner: Owner, kind: str) -> list[Leaf]:
    """Return what the log says of that kind about the session."""
    async with owner.served.database.reading() as session:
        rows = await session.scalars(select(LogLeafRow).where(LogLeafRow.session_id == owner.session))
        return [leaf for row in rows if (leaf := parse_leaf(row.leaf)).kind == kind]


async def test_recordings_older_than_a_moment_are_counted_by_session(owner: Owner) -> None:
    await owner.put(0, b"a")
    await owner.put(0, b"b", number=1)
    now_ms = owner.served.clock()
    assert await owner.store().older_than(now_ms) == {}
    assert await owner.store().older_than(now_ms + 1) == {owner.session: 2}


async def test_nothing_of_an_erased_session_is_taken_again(owner: Owner) -> None:
    await owner.put(0, b"sealed", last=True)
    assert await owner.store().erase(owner.session) == 1
    gone = {"scope": "recordings", "basis": "asked for", "document": b"{}", "by_name": "Ada", "at_ms": 0}
    counts = {"bodies": 0, "keys": 0, "attachments": 0, "recordings": 1}
    async with owner.served.database.writing() as session:
        session.add(ErasureRow(session_id=owner.session, **gone, **counts))
    assert (await owner.get()).json() == {"recordings": []}
    assert (await owner.put(0, b"sealed")).json()["code"] == "recording_erased"
