"""What a customer's session could not hand over reaches the real relay at the next one, and is then gone from here."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from customer_client.session.late_delivery import deliver_late
from customer_client.trust import Trust
from protocol.audit.events import EventType, log_name
from protocol.audit.session_record import SessionRecord
from protocol.messages.relay_api import OpenedSession
from protocol.transport.journal import Journal, JournalEvent, JournalHeader, lock_file
from protocol.transport.receipts import receipts_folder
from tests.support.mailbox_client import MailboxClient
from tests.support.relay_process import PreparedRelay, running_relay

EVENTS = 90


@pytest.fixture(scope="module")
def relay() -> Iterator[PreparedRelay]:
    with running_relay() as relay:
        yield relay


@pytest.fixture
async def left(relay: PreparedRelay, tmp_path: Path) -> tuple[OpenedSession, Path]:
    """A session whose customer's program was killed: its journal, and the receipts it had."""
    opened, key = relay.open_session(), Ed25519PrivateKey.generate()
    async with MailboxClient(relay.mailbox_url) as customer:
        claimed = await customer.join(opened.route)
    log, public = log_name(relay.root_id, 2026), key.public_key().public_bytes_raw()
    header = JournalHeader(
        session=opened.session,
        lane="C",
        ticket=opened.ticket,
        log=log,
        relay=relay.url,
        record_key=secrets.token_bytes(32),
        organisation_key=relay.root_key,
        technician_certificate=relay.certificate,
        customer_key=public,
        mailbox=claimed.mailbox,
        token=claimed.token,
    )
    technicians = relay.signing_key.public_key().public_bytes_raw()
    record = SessionRecord(
        session=opened.session, lane="C", own_key=key, peer_key=technicians, log=log, entropy=secrets.token_bytes
    )
    folder = tmp_path / "deskside-customer" / "sessions"
    journal = Journal(folder, header)
    opening = {"ticket": opened.ticket, "organisation": "Acme IT", "technician": "Tess", "th": "0" * 64}
    opening |= {"certificate_sha256": "0" * 64, "customer_key": public.hex()}
    for number in range(EVENTS):
        kind, body = (EventType.NOTE, {"n": number}) if number else (EventType.SESSION_OPEN, opening)
        journal.append(JournalEvent("C", record.append(kind, body, t_ms=1, mono_ms=number)))
    journal.close()
    receipts = receipts_folder(folder, opened.session, "C")
    receipts.mkdir()
    (receipts / "0123.tlog-proof").touch()
    return opened, folder


async def test_it_arrives_at_the_next_session_and_nothing_is_left(
    relay: PreparedRelay, left: tuple[OpenedSession, Path]
) -> None:
    opened, folder = left
    assert await deliver_late(folder, Trust(relay.url, relay.root_id)) == 1
    shown = relay.request("GET", f"/api/v1/tickets/{opened.ticket}").json()
    assert [session["customer_events"] for session in shown["sessions"]] == [EVENTS]
    assert not folder.parent.exists()


async def test_another_relay_and_a_session_that_still_runs_are_left_alone(
    relay: PreparedRelay, left: tuple[OpenedSession, Path]
) -> None:
    _, folder = left
    (journal,) = folder.glob("*.journal")
    assert await deliver_late(folder, Trust("http://127.0.0.1:9", relay.root_id)) == 0
    descriptor = os.open(journal, os.O_RDONLY)
    try:
        assert lock_file(descriptor)
        assert await deliver_late(folder, Trust(relay.url, relay.root_id)) == 0
    finally:
        os.close(descriptor)
    assert journal.exists()


async def test_what_the_relay_does_not_take_any_more_stays(
    relay: PreparedRelay, left: tuple[OpenedSession, Path], caplog: pytest.LogCaptureFixture
) -> None:
    _, folder = left
    (journal,) = folder.glob("*.journal")
    whole = journal.read_bytes()
    journal.write_bytes(whole.replace(b'"token":"', b'"token":"x', 1))
    assert await deliver_late(folder, Trust(relay.url, relay.root_id)) == 0
    assert "token_invalid" in caplog.text
    assert journal.exists()
