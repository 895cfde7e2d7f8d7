"""What the relay missed while a session ran reaches it at the next sign-in, once."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.events import EventType, log_name
from protocol.audit.session_record import SessionRecord
from protocol.messages.relay_api import OpenedSession
from protocol.messages.review_api import ReviewedSession
from protocol.review_key import open_with_device, record_key_info
from protocol.transport.journal import Journal, JournalEvent, JournalHeader, JournalStored, read_journal
from technician_app.controllers.late_delivery import deliver_late
from technician_app.controllers.relay_api import RelayApi
from tests.support.relay_process import PASSWORD, TECHNICIAN, PreparedRelay, running_relay


@pytest.fixture(scope="module")
def relay() -> Iterator[PreparedRelay]:
    with running_relay() as relay:
        yield relay


@pytest.fixture
async def api(relay: PreparedRelay):
    api = RelayApi(relay.url)
    await api.sign_in(TECHNICIAN, PASSWORD)
    yield api
    await api.close()


def ended_session(relay: PreparedRelay, opened: OpenedSession, folder: Path, *, events: int, stored: int) -> Path:
    """Write the journal of a session that ended with `events` events of lane T, `stored` of them at the relay."""
    customer = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    log = log_name(relay.root_id, 2026)
    header = JournalHeader(
        session=opened.session,
        lane="T",
        ticket=opened.ticket,
        log=log,
        relay=relay.url,
        record_key=secrets.token_bytes(32),
        organisation_key=relay.root_key,
        technician_certificate=relay.certificate,
        customer_key=customer,
    )
    record = SessionRecord(
        session=opened.session,
        lane="T",
        own_key=relay.signing_key,
        peer_key=customer,
        log=log,
        entropy=secrets.token_bytes,
    )
    journal = Journal(folder / opened.session, header)
    opening = {"ticket": opened.ticket, "subject": opened.subject, "purpose": opened.reason, "capabilities": ["see"]}
    opening |= {"certificate_sha256": "0" * 64, "customer_key": customer.hex(), "th": "0" * 64}
    for number in range(events):
        kind, body = (EventType.NOTE, {"n": number}) if number else (EventType.SESSION_OPEN, opening)
        journal.append(JournalEvent("T", record.append(kind, body, t_ms=1, mono_ms=number)))
    journal.append(JournalStored("T", stored))
    journal.close()
    return journal.path


async def test_events_the_relay_missed_arrive_once(relay: PreparedRelay, api: RelayApi, tmp_path: Path) -> None:
    opened = relay.open_session()
    path = ended_session(relay, opened, tmp_path, events=120, stored=0)
    assert await deliver_late(tmp_path, api, frozenset()) == 120
    sessions = (await api.ticket(opened.ticket)).sessions
    assert [session.technician_events for session in sessions] == [120]
    assert read_journal(path)[-1] == JournalStored("T", 120)
    assert await deliver_late(tmp_path, api, frozenset()) == 0


async def test_the_key_to_a_late_record_is_left_for_this_device(
    relay: PreparedRelay, api: RelayApi, tmp_path: Path
) -> None:
    opened = relay.open_session()
    path = ended_session(relay, opened, tmp_path, events=2, stored=0)
    await deliver_late(tmp_path, api, frozenset())
    header = read_journal(path)[0]
    assert isinstance(header, JournalHeader)
    answer = relay.request("GET", f"/api/v1/review/sessions/{opened.session}")
    reviewed = msgspec.json.decode(answer.content, type=ReviewedSession)
    assert reviewed.keys.device is not None
    info = record_key_info(opened.session)
    assert open_with_device(relay.sealing_key, info, reviewed.keys.device.sealed) == header.record_key
    assert reviewed.events[1].sealed_body != b""


async def test_a_running_session_delivers_for_itself(relay: PreparedRelay, api: RelayApi, tmp_path: Path) -> None:
    opened = relay.open_session()
    ended_session(relay, opened, tmp_path, events=3, stored=0)
    assert await deliver_late(tmp_path, api, frozenset({opened.session})) == 0


async def test_a_damaged_journal_does_not_keep_the_others_back(relay: PreparedRelay, api, tmp_path: Path) -> None:
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / "0-T.journal").write_bytes(b"not a journal\n")
    ended_session(relay, relay.open_session(), tmp_path, events=2, stored=0)
    assert await deliver_late(tmp_path, api, frozenset()) == 2


async def test_an_unreachable_relay_leaves_everything_for_later(relay: PreparedRelay, tmp_path: Path) -> None:
    path = ended_session(relay, relay.open_session(), tmp_path, events=2, stored=0)
    before = path.read_bytes()
    gone = RelayApi("http://127.0.0.1:9")
    gone.base_url = relay.url
    assert await deliver_late(tmp_path, gone, frozenset()) == 0
    assert path.read_bytes() == before
    await gone.close()
