"""Recordings on their way to the relay and back: with the real relay, slowly during the session, whole afterwards."""

import asyncio
import secrets

import pytest

from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.relay_api import NewSession, NewTicket
from protocol.transport.tasks import cancelled, create_task
from technician_app.controllers.relay_api import RelayApi
from technician_app.recording.opening import FETCHED, RecordingPlace, open_recording, recordings_here
from technician_app.recording.recording_file import recording_path
from technician_app.recording.store_api import RecordingStoreApi
from technician_app.recording.uploading import LIVE_PAUSE_S, YIELD_S, LineWatch, LiveUpload, upload_late
from tests.support.recordings import Tape
from tests.support.relay_in_process import PASSWORD, served_relay


@pytest.fixture
async def relay(tmp_path):
    async with served_relay(tmp_path / "data") as served:
        await served.make_organisation()
        await served.certify(await served.add_person("tess"))
        api = RelayApi(served.url)
        await api.sign_in("tess", PASSWORD)
        ticket = await api.create_ticket(NewTicket(subject="a", customer="b", description=""))
        opened = await api.open_session(ticket.number, NewSession(reason="help"))
        yield RecordingStoreApi(api), opened.session
        await api.close()


def tape_of(session: str, junk: int = 0) -> Tape:
    tape = Tape()
    tape.writer.start = tape.writer.start.replace(b"ab" * 16, session.encode())
    tape.data[:] = tape.writer.start + secrets.token_bytes(junk)
    return tape


async def test_what_is_recorded_arrives_while_the_session_runs_and_the_rest_afterwards(relay, tmp_path) -> None:
    store, session = relay
    path = recording_path(tmp_path / "sessions" / session, 0)
    path.parent.mkdir(parents=True)
    data = secrets.token_bytes(120_000)
    path.write_bytes(data[:60_000])
    upload = LiveUpload(store, session, LineWatch())
    upload.recorded(path, 0)
    running = create_task(upload.run(), name="upload")
    async with asyncio.timeout(30):
        while not (held := await store.stored(session)) or held[0].size_bytes < 60_000:
            await asyncio.sleep(0.05)
    await cancelled(running)
    assert not held[0].finished
    path.write_bytes(data)
    assert await upload_late(tmp_path / "sessions", store, frozenset({session})) == 0
    assert await upload_late(tmp_path / "sessions", store, frozenset()) == 1
    (held_now,) = await store.stored(session)
    assert (held_now.size_bytes, held_now.finished) == (len(data), True)
    assert await upload_late(tmp_path / "sessions", store, frozenset()) == 0
    parts = [await store.part(session, 0, offset, 50_000) for offset in range(0, len(data), 50_000)]
    assert b"".join(parts) == data


async def test_a_recording_of_another_computer_is_fetched_once_and_opened(relay, tmp_path) -> None:
    store, session = relay
    tape = tape_of(session)
    await store.append(session, 0, 0, bytes(tape.data), last=True)
    shares: list[float] = []
    place = RecordingPlace(session, 0)
    for _ in range(2):
        opened = await open_recording(place, tmp_path, store, lambda header: tape.key, shares.append)
        assert opened.reader.header.session == session
        async with asyncio.timeout(30):
            while not recording_path(tmp_path / FETCHED / session, 0).exists():
                await asyncio.sleep(0.02)
        await opened.close()
    assert shares == [1.0]
    assert recordings_here(tmp_path, session) == ()
    with pytest.raises(PeerError) as missing:
        await open_recording(RecordingPlace(session, 1), tmp_path, store, lambda header: tape.key, shares.append)
    assert missing.value.code == "not_found"


async def test_what_the_relay_refuses_is_left_and_an_unreachable_relay_ends_the_round(tmp_path) -> None:
    path = recording_path(tmp_path / ("ab" * 16), 0)
    path.parent.mkdir()
    path.write_bytes(b"something")

    class Store:
        def __init__(self, error: Exception) -> None:
            self.error = error

        async def stored(self, session: str):
            raise self.error

    for error in (PeerError("no", code="not_found"), EnvironmentFault("offline", code="relay_unreachable")):
        assert await upload_late(tmp_path, Store(error), frozenset()) == 0  # type: ignore[arg-type]
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_line_that_grows_slow_is_left_to_the_session() -> None:
    now = [0.0]
    line = LineWatch(clock=lambda: now[0])
    line.round_trip_measured(20.0)
    assert line.wait_s == LIVE_PAUSE_S
    line.round_trip_measured(90.0)
    assert line.wait_s == YIELD_S
    now[0] = YIELD_S
    assert line.wait_s == LIVE_PAUSE_S
    line.round_trip_measured(40.0)
    assert line.wait_s == LIVE_PAUSE_S
