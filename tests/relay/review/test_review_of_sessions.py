"""The relay's side of review, end to end over HTTP: read, verify and decrypt, sign, hold, erase, search."""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from protocol.audit.record_file import FiledEvent, Manifest, write_record
from protocol.audit.sealed_body import open_stored_event
from protocol.audit.signatures import Meaning, fingerprint_of_file, sign_record, verify_signature
from protocol.audit.verify import verify_record
from protocol.messages.review_api import DepositedKeys, ReviewedSession, SealedKey
from protocol.messages.signaling import StoredEvent
from protocol.pairing.certificates import root_id
from protocol.review_key import open_with_review_key, record_key_info
from relay.review.acts import OPERATOR
from relay.storage.review_acts import ReviewActStore
from tests.support.kept_sessions import PASSWORD, KeptSession, ReviewStage, opened_bodies, review_stage
from tests.support.relay_in_process import served_relay


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[ReviewStage]:
    async with served_relay(tmp_path / "data") as relay:
        yield await review_stage(relay)


def record_of(reviewed: ReviewedSession, record_key: bytes | None) -> bytes:
    """Write the record file a reviewer's program writes; without a key the bodies are withheld."""
    customer = next(event.signer for event in reviewed.events if event.lane == "C")
    manifest = Manifest(reviewed.found.session, reviewed.organisation_key, reviewed.technician_certificate, customer)
    filed = []
    for one in reviewed.events:
        salt = body = None
        if record_key is not None:
            stored = StoredEvent(one.lane, one.event, one.signature, one.signer, one.sealed_body)
            opened = open_stored_event(record_key, stored)
            salt, body = opened.salt, opened.body
        filed.append(FiledEvent(one.lane, one.event, one.signature, salt, body))
    return write_record(manifest, filed)


def key_from(stage: ReviewStage, reviewed: ReviewedSession) -> bytes:
    assert reviewed.keys.review is not None
    return open_with_review_key(stage.review_key, record_key_info(reviewed.found.session), reviewed.keys.review.sealed)


async def sign(
    stage: ReviewStage, kept: KeptSession, meaning: Meaning, *, who: str = "auditor", password: str = PASSWORD
) -> tuple[int, str]:
    """Sign the session as the relay holds it and return status and code of the answer."""
    certificate = await stage.certificate_of(who)
    key = stage.auditor_device if who == "auditor" else stage.device
    reviewed = await stage.reviewed(kept.session, who)
    document = sign_record(
        key,
        certificate,
        session=kept.session,
        record_sha256=fingerprint_of_file(record_of(reviewed, None)),
        meaning=meaning,
        at_ms=stage.relay.clock(),
    )
    path = f"/api/v1/review/sessions/{kept.session}/signatures"
    answer = await stage.ask(who, "POST", path, {"document": document, "password": password})
    return answer.status_code, answer.json().get("code", "")


async def test_an_auditor_verifies_and_decrypts_a_session_without_trusting_the_relay(stage: ReviewStage) -> None:
    kept = await stage.keep()
    reviewed = await stage.reviewed(kept.session)
    assert key_from(stage, reviewed) == kept.record_key
    data = record_of(reviewed, kept.record_key)
    root = root_id(stage.relay.root.public_key().public_bytes_raw())
    assert verify_record(data, root_id=root).verdict.value == "valid"
    assert any(b"planted words" in body for body in opened_bodies(reviewed.events, kept.record_key))
    found = reviewed.found
    assert (found.ticket, found.customer, found.technician) == (kept.ticket, "Carla Customer", "Technician")
    assert (found.sealed_by_customer, found.sealed_by_technician, found.missing) == (True, True, False)
    assert "consent.grant" in found.kinds
    assert found.ticket_state_at_opening == "new"


async def test_every_view_of_somebody_elses_session_and_every_export_is_told(stage: ReviewStage) -> None:
    kept = await stage.keep()
    await stage.reviewed(kept.session, "technician")
    await stage.reviewed(kept.session)
    body = {"format": "dsaudit", "sha256": "ab" * 32}
    await stage.ask("auditor", "POST", f"/api/v1/review/sessions/{kept.session}/exports", body)
    await stage.ask("administrator", "GET", f"/api/v1/sessions/{kept.session}/record")
    answer = await stage.ask("administrator", "GET", f"/api/v1/review/sessions/{kept.session}/care")
    acts = [(act["kind"], act["by"], act["role"], act["detail"]) for act in answer.json()["acts"]]
    assert acts[:2] == [("view", "Auditor", "auditor", ""), ("export", "Auditor", "auditor", "dsaudit " + "ab" * 32)]
    assert [act[:3] for act in acts[2:]] == [("export", "Administrator", "administrator")]


async def test_a_deposit_is_kept_once_and_only_for_known_keys(stage: ReviewStage) -> None:
    kept = await stage.keep()
    path = f"/api/v1/sessions/{kept.session}/key"
    first = (await stage.reviewed(kept.session)).keys
    again = await stage.ask("technician", "PUT", path, await stage.keys(kept))
    assert msgspec.json.decode(again.content, type=DepositedKeys) == first
    other = await stage.open()
    for unknown in (
        DepositedKeys(review=SealedKey("nobody", bytes(80))),
        DepositedKeys(device=SealedKey("nobody", bytes(80))),
    ):
        answer = await stage.ask("technician", "PUT", f"/api/v1/sessions/{other.session}/key", unknown)
        assert answer.status_code == 400


async def test_a_signature_is_bound_to_person_password_record_and_time(stage: ReviewStage) -> None:
    kept = await stage.keep()
    assert await sign(stage, kept, Meaning.REVIEWED) == (201, "")
    reviewed = await stage.reviewed(kept.session)
    root = root_id(stage.relay.root.public_key().public_bytes_raw())
    fingerprint = fingerprint_of_file(record_of(reviewed, kept.record_key))
    signature = verify_signature(reviewed.signatures[0], root_id=root, session=kept.session, record_sha256=fingerprint)
    assert (signature.name, signature.meaning) == ("Auditor", Meaning.REVIEWED)
    assert reviewed.found.signatures == 1
    assert await sign(stage, kept, Meaning.APPROVED, password="not my password") == (403, "password_wrong")
    assert await sign(stage, kept, Meaning.PERFORMED) == (409, "signature_refused")
    assert await sign(stage, kept, Meaning.PERFORMED, who="technician") == (201, "")
    assert await sign(stage, kept, Meaning.REVIEWED, who="technician") == (409, "signature_refused")


async def test_a_signature_by_another_device_or_of_another_time_is_refused(stage: ReviewStage) -> None:
    kept = await stage.keep()
    reviewed = await stage.reviewed(kept.session)
    path = f"/api/v1/review/sessions/{kept.session}/signatures"
    fingerprint = fingerprint_of_file(record_of(reviewed, None))
    now_ms = stage.relay.clock()
    for who, key, at_ms, sha256, code in (
        ("technician", stage.device, now_ms, fingerprint, "signature_refused"),
        ("auditor", stage.auditor_device, now_ms + 10 * 60_000, fingerprint, "signature_refused"),
        ("auditor", stage.auditor_device, now_ms, "0" * 64, "signature_of_another_record"),
        ("auditor", stage.device, now_ms, fingerprint, "signature_invalid"),
    ):
        document = sign_record(
            key,
            await stage.certificate_of(who),
            session=kept.session,
            record_sha256=sha256,
            meaning=Meaning.REVIEWED,
            at_ms=at_ms,
        )
        answer = await stage.ask("auditor", "POST", path, {"document": document, "password": PASSWORD})
        assert answer.json()["code"] == code, who
    assert (await stage.reviewed(kept.session)).signatures == ()


async def test_erasing_destroys_bodies_and_keys_and_leaves_every_proof(stage: ReviewStage) -> None:
    kept = await stage.keep()
    attachment = {"kind": "diagnostics", "name": "report.json", "content": b"sealed report", "session": kept.session}
    await stage.ask("technician", "POST", f"/api/v1/tickets/{kept.ticket}/attachments", attachment)
    before = await stage.reviewed(kept.session)
    assert [one.name for one in before.attachments] == ["report.json"]
    path = f"/api/v1/review/sessions/{kept.session}/erasure"
    answer = await stage.ask("administrator", "POST", path, {"basis": "GDPR Art. 17"})
    assert answer.status_code == 200, answer.text
    notice = answer.json()["erasures"][0]
    assert (notice["by"], notice["basis"], notice["scope"]) == ("Administrator", "GDPR Art. 17", "session")
    assert (notice["bodies"], notice["keys"], notice["attachments"]) == (len(kept.events), 2, 1)
    after = await stage.reviewed(kept.session)
    assert {event.sealed_body for event in after.events} == {b""}
    assert (after.keys.review, after.keys.device, after.attachments) == (None, None, ())
    assert [event.event for event in after.events] == [event.event for event in before.events]
    assert after.found.erased == ("session",)
    root = root_id(stage.relay.root.public_key().public_bytes_raw())
    assert verify_record(record_of(after, None), root_id=root).first_bad is None


async def test_what_was_erased_is_nowhere_in_the_files_of_the_database(stage: ReviewStage) -> None:
    kept = await stage.keep()
    sealed = [event.sealed_body for event in kept.events]
    path = f"/api/v1/review/sessions/{kept.session}/erasure"
    assert (await stage.ask("administrator", "POST", path, {"basis": "asked"})).status_code == 200
    for file in stage.relay.data_dir.glob("relay.db*"):
        content = file.read_bytes()
        assert not any(body in content for body in sealed), file.name


async def test_events_that_come_after_the_erasure_are_proven_and_not_brought_back(stage: ReviewStage) -> None:
    kept = await stage.open()
    await stage.leave(kept)
    path = f"/api/v1/review/sessions/{kept.session}/erasure"
    assert (await stage.ask("administrator", "POST", path, {"basis": "asked"})).status_code == 200
    await stage.deliver(kept)
    reviewed = await stage.reviewed(kept.session)
    assert len(reviewed.events) == len(kept.events)
    assert {event.sealed_body for event in reviewed.events} == {b""}
    assert reviewed.keys == DepositedKeys()


async def test_a_legal_hold_blocks_erasure_until_it_is_lifted(stage: ReviewStage) -> None:
    kept = await stage.keep()
    path = f"/api/v1/review/sessions/{kept.session}"

    async def hold(held: bool) -> int:
        body = {"held": held, "reason": "court order 7"}
        return (await stage.ask("administrator", "POST", f"{path}/hold", body)).status_code

    assert await hold(True) == 200
    assert await hold(True) == 409
    answer = await stage.ask("administrator", "POST", f"{path}/erasure", {"basis": "asked"})
    assert answer.json()["code"] == "session_on_hold"
    assert (await stage.reviewed(kept.session)).found.on_hold
    assert await hold(False) == 200
    assert (await stage.ask("administrator", "POST", f"{path}/erasure", {"basis": "asked"})).status_code == 200
    holds = (await stage.reviewed(kept.session)).holds
    assert [(one.held, one.by, one.reason) for one in holds] == [
        (True, "Administrator", "court order 7"),
        (False, "Administrator", "court order 7"),
    ]


async def test_a_session_that_may_still_run_is_not_erased(stage: ReviewStage) -> None:
    kept = await stage.open()
    path = f"/api/v1/review/sessions/{kept.session}/erasure"
    answer = await stage.ask("administrator", "POST", path, {"basis": "asked"})
    assert answer.json()["code"] == "session_running"


async def test_each_act_becomes_one_leaf_of_the_log(stage: ReviewStage) -> None:
    kept = await stage.keep()
    await stage.reviewed(kept.session)
    await sign(stage, kept, Meaning.REVIEWED)
    acts = ReviewActStore(stage.relay.database)
    await acts.change_hold(kept.session, held=True, reason="x", by=OPERATOR, now_ms=stage.relay.clock())
    await stage.logged()
    with closing(sqlite3.connect(stage.relay.data_dir / "relay.db")) as connection:
        leaves = [json.loads(leaf) for (leaf,) in connection.execute("SELECT leaf FROM log_leaf ORDER BY position")]
    kinds = [leaf["kind"] for leaf in leaves if leaf["kind"] != "batch"]
    # signing looks at the record first
    assert kinds == ["view", "view", "signature", "hold"]
    assert all(leaf["sid"] == kept.session for leaf in leaves)
    assert (await stage.reviewed(kept.session)).found.witness == "logged"


async def test_sessions_are_found_by_what_the_relay_sees_in_clear(stage: ReviewStage) -> None:
    first = await stage.keep(await stage.ticket("Carla Customer", "Printer on fire"))
    stage.relay.clock.advance(hours=30)
    await stage.sign_everybody_in()
    second = await stage.open(await stage.ticket("Günther Größe", "Slow mail"), reason="Look at the mail")

    async def found(query: str, who: str = "auditor") -> list[str]:
        answer = await stage.ask(who, "GET", f"/api/v1/review/sessions?{query}")
        assert answer.status_code == 200, answer.text
        return [one["session"] for one in answer.json()["sessions"]]

    assert await found("") == [second.session, first.session]
    for query, expected in (
        (f"ticket={first.ticket}", [first.session]),
        ("ticket=000002", [second.session]),
        ("customer=GRÖSSE", [second.session]),
        ("technician=tech", [second.session, first.session]),
        ("kind=consent.grant", [first.session]),
        ("text=fire", [first.session]),
        ("text=look at", [second.session]),
        ("from=2027-01-16", [second.session]),
        ("to=2027-01-15", [first.session]),
        ("text=100%25", []),
    ):
        assert await found(query) == expected, query
    assert await found("", "technician") == [second.session, first.session]
    assert await found("", "lead") == [second.session, first.session]


async def test_pages_follow_each_other_without_gap_or_repeat(stage: ReviewStage) -> None:
    ticket = await stage.ticket()
    opened = [(await stage.open(ticket)).session for _ in range(53)]
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await stage.ask("lead", "GET", f"/api/v1/review/sessions?cursor={cursor}")).json()
        seen += [one["session"] for one in page["sessions"]]
        cursor = page["next"]
        if not cursor:
            break
    assert sorted(seen) == sorted(opened)
    assert len(seen) == 53
