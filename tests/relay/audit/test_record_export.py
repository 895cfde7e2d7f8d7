"""Events over HTTP and the record file that comes back, from a real relay process."""

from pathlib import Path

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.events import EventType
from protocol.audit.record_file import read_record
from protocol.messages.relay_api import DeliveredEvents, OpenedSession, Ticket
from protocol.messages.signaling import EventsStored, StoredEvent
from tests.support.mailbox_client import MailboxClient
from tests.support.relay_events import LaneWriter
from tests.support.relay_process import PreparedRelay, accepted, must, relay_command


def deliver(relay: PreparedRelay, session: str, *events: StoredEvent, token: str | None = None) -> httpx.Response:
    return relay.request("POST", f"/api/v1/sessions/{session}/events", DeliveredEvents(events=events), token=token)


def state_of(relay: PreparedRelay, opened: OpenedSession) -> str:
    answer = accepted(relay.request("GET", f"/api/v1/tickets/{opened.ticket}"))
    (session,) = msgspec.json.decode(answer, type=Ticket).sessions
    return session.state


def test_the_session_follows_its_record_and_the_file_has_every_event(
    shared_relay: PreparedRelay, tmp_path: Path
) -> None:
    opened = shared_relay.open_session()
    technician = LaneWriter(opened.session, "T", shared_relay.signing_key)
    customer = LaneWriter(opened.session, "C", Ed25519PrivateKey.generate())
    assert state_of(shared_relay, opened) == "waiting"
    assert deliver(shared_relay, opened.session, *customer.write_many(2)).json() == {"customer": 2, "technician": 0}
    assert state_of(shared_relay, opened) == "waiting"
    assert deliver(shared_relay, opened.session, *technician.write_many(2)).json() == {"customer": 2, "technician": 2}
    assert state_of(shared_relay, opened) == "active"
    deliver(shared_relay, opened.session, technician.write(EventType.SESSION_SEAL))
    assert state_of(shared_relay, opened) == "ended"
    answer = shared_relay.request("GET", f"/api/v1/sessions/{opened.session}/record")
    assert answer.headers["content-type"] == "application/x-ndjson"
    file = read_record(accepted(answer))
    assert file.manifest.organisation_key == shared_relay.root_key
    assert file.manifest.technician_certificate == shared_relay.certificate
    assert file.manifest.customer_key == customer.signer
    assert [(one.lane, one.event, one.signature) for one in file.events] == [
        (one.lane, one.event, one.signature) for one in customer.written + technician.written
    ]
    assert all(one.body is None for one in file.events)
    out = tmp_path / "session.dsrecord"
    must(
        relay_command(
            "record", "export", "--session", opened.session, "--out", str(out), data_dir=shared_relay.data_dir
        )
    )
    assert out.read_bytes() == answer.content
    again = relay_command(
        "record", "export", "--session", opened.session, "--out", str(out), data_dir=shared_relay.data_dir
    )
    assert again.returncode == 1
    assert "cannot be written" in again.stderr


def test_every_reason_not_to_keep_an_event_has_its_code(shared_relay: PreparedRelay) -> None:
    opened = shared_relay.open_session()
    lane = LaneWriter(opened.session, "T", shared_relay.signing_key)
    other = LaneWriter(opened.session, "T", shared_relay.signing_key, seed=9)
    first, second, third = lane.write_many(3)
    deliver(shared_relay, opened.session, first)
    assert deliver(shared_relay, opened.session, first).status_code == 200
    for events, status, code in (
        ((third,), 409, "event_gap"),
        ((other.write(),), 409, "event_conflict"),
        ((msgspec.structs.replace(second, signature=bytes(64)),), 400, "event_invalid"),
        ((), 400, "event_invalid"),
    ):
        answer = deliver(shared_relay, opened.session, *events)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_sessions_of_others_are_for_administrators_only(shared_relay: PreparedRelay) -> None:
    opened = shared_relay.open_session()
    record = f"/api/v1/sessions/{opened.session}/record"
    assert shared_relay.request("GET", record, token=shared_relay.administrator_token).status_code == 200
    must(
        relay_command(
            *("user", "add", "otto", "--display-name", "Otto", "--role", "technician", "--password-stdin"),
            data_dir=shared_relay.data_dir,
            stdin="another password\n",
        )
    )
    token = shared_relay.sign_in("otto", "another password").token
    event = LaneWriter(opened.session, "T", shared_relay.signing_key).write()
    for answer in (
        shared_relay.request("GET", record, token=token),
        deliver(shared_relay, opened.session, event, token=token),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_unknown_sessions_are_not_found(shared_relay: PreparedRelay) -> None:
    for session in ("0" * 32, "nonsense", "A" * 32):
        answer = shared_relay.request("GET", f"/api/v1/sessions/{session}/record")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_events_over_http_are_announced_in_the_mailbox(shared_relay: PreparedRelay) -> None:
    opened = shared_relay.open_session()
    async with MailboxClient(shared_relay.mailbox_url) as technician:
        await technician.attach_technician(opened)
        deliver(shared_relay, opened.session, LaneWriter(opened.session, "T", shared_relay.signing_key).write())
        await technician.expect(EventsStored(lane="T", count=1))
