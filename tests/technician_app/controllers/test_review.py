"""Review against a real relay: find, verify here, unlock, sign, export, judge, and what a lying relay gets."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from protocol.audit.assertions import Assertion, Outcome
from protocol.audit.export.verify_bundle import verify_bundle
from protocol.audit.findings import Verdict
from protocol.audit.signatures import Meaning
from protocol.errors import PeerError
from protocol.pairing.certificates import root_id
from technician_app.controllers.review_api import ReviewQuery
from technician_app.controllers.review_evidence import evidence_of, proof_of
from technician_app.controllers.review_page import Group, page_of
from technician_app.controllers.review_root import fingerprint, pinned_root
from technician_app.controllers.review_status import Tone, status_of
from tests.support.kept_sessions import PASSWORD, ReviewStage
from tests.support.review_world import PASSPHRASE, Desk, present_stage, review_key_file, signed_in_desk


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[ReviewStage]:
    async with present_stage(tmp_path) as made:
        yield made


def words(desk: Desk) -> list[str]:
    assert desk.page.page is not None, desk.page
    return [each.text for each in desk.page.page.status]


def text(desk: Desk) -> str:
    assert desk.page.page is not None, desk.page
    return "\n".join(row.text for row in desk.page.page.rows)


async def test_an_auditor_finds_verifies_unlocks_signs_exports_and_locks(stage: ReviewStage, tmp_path: Path) -> None:
    kept = await stage.keep()
    other = await stage.keep(sealed=False)
    async with signed_in_desk(stage, "auditor", tmp_path) as desk:
        assert {row.session for row in desk.list.rows} == {kept.session, other.session}
        await desk.review.search(ReviewQuery(ticket=kept.ticket, kind="consent.grant"))
        assert [row.session for row in desk.list.rows] == [kept.session]
        assert "Sealed by both" in [each.text for each in status_of(desk.list.rows[0])]
        await desk.review.open(kept.session)
        assert words(desk)[0].startswith("Every signature holds and no event is missing; "), desk.page
        assert "Details are locked" in words(desk)
        assert desk.page.page is not None
        assert desk.page.page.recorded
        assert any("looked at this session" in line for line in desk.page.page.history)
        assert "planted words" not in text(desk)

        key = review_key_file(stage, tmp_path)
        with pytest.raises(PeerError) as refused:
            await desk.review.unlock(key, "another passphrase")
        assert refused.value.code == "key_file_not_accepted"
        await desk.review.unlock(key, PASSPHRASE)
        assert words(desk)[0] == "Genuine and complete: both sides signed every event."
        assert f"planted words of {kept.session}" in text(desk)
        assert [bar.words for bar in desk.page.page.bars] == ["Seeing the screen"]

        with pytest.raises(PeerError) as refused:
            await desk.review.sign(kept.session, Meaning.REVIEWED, "wrong")
        assert refused.value.code == "password_wrong"
        await desk.review.sign(kept.session, Meaning.REVIEWED, PASSWORD)
        assert desk.page.page.signatures[0].startswith("Auditor: I reviewed this record, ")

        path = tmp_path / "two.dsaudit"
        await desk.review.export([kept.session, other.session], path)
        with path.open("rb") as file:
            found = verify_bundle(file, root_id=root_id(stage.relay.root.public_key().public_bytes_raw()))
        assert found.verdict is Verdict.INCOMPLETE, found.findings  # one of the two is not sealed
        assert found.signer == "Auditor"
        assert found.sessions[0].signatures or found.sessions[1].signatures
        answer = await stage.ask("administrator", "GET", f"/api/v1/review/sessions/{kept.session}/care")
        hashed = hashlib.sha256(path.read_bytes()).hexdigest()
        assert [act["detail"] for act in answer.json()["acts"] if act["kind"] == "export"] == [f"dsaudit {hashed}"]

        opened = await desk.review.open_file(path)
        assert opened.trusted
        assert {page.session for page in opened.pages} == {kept.session, other.session}
        assert all(page.from_file and not page.locked for page in opened.pages)

        await desk.review.lock()
        assert desk.review.review_key is None
        assert "planted words" not in text(desk)


async def test_a_technician_reads_own_sessions_with_the_device_alone(stage: ReviewStage, tmp_path: Path) -> None:
    async with signed_in_desk(stage, "technician", tmp_path) as desk:
        keys = desk.account.identity
        stage.device = desk.review._profile.device_keys().signing
        kept = await stage.keep()
        await desk.review.begin()
        assert [row.session for row in desk.list.rows] == [kept.session]
        await desk.review.open(kept.session)
        assert f"planted words of {kept.session}" in text(desk)
        assert desk.page.page is not None
        assert not desk.page.page.recorded
        assert keys.certificate


async def test_an_administrator_sees_that_there_is_a_record_and_not_what_it_says(
    stage: ReviewStage, tmp_path: Path
) -> None:
    kept = await stage.keep()
    async with signed_in_desk(stage, "administrator", tmp_path) as desk:
        assert not desk.tools.reads_records
        await desk.review.open(kept.session)
        assert desk.page.page is not None
        assert (desk.page.page.evidence, desk.page.page.rows) == (None, ())


async def test_policy_names_the_session_that_breaks_it_and_can_be_cancelled(stage: ReviewStage, tmp_path: Path) -> None:
    whole, open_end = await stage.keep(), await stage.keep(sealed=False)
    async with signed_in_desk(stage, "auditor", tmp_path) as desk:
        await desk.review.check([whole.session, open_end.session, "0" * 32])
        result = desk.policy
        assert (result.done, result.running) == (3, False)
        assert [session for session, _ in result.unread] == ["0" * 32]
        broken = result.breaches_of(Assertion.SEALED_BY_BOTH)
        assert {breach.session for breach in broken} == {open_end.session}
        assert result.outcome_of(Assertion.SEALED_BY_BOTH) is Outcome.FAILS
        assert result.outcome_of(Assertion.VERIFIED_TECHNICIAN) is Outcome.UNKNOWN  # one session could not be read
        running = asyncio.ensure_future(desk.review.check([whole.session] * 200))  # noqa: TID251
        while desk.policy.total != 200:
            await asyncio.sleep(0)
        await desk.review.cancel()
        await running
        assert desk.policy.done < 200
        assert (desk.tools.said, desk.tools.busy) == ("Cancelled.", "")


async def test_nothing_the_relay_changes_goes_unnoticed(stage: ReviewStage, tmp_path: Path) -> None:
    kept = await stage.keep()
    reviewed = await stage.reviewed(kept.session)
    root = root_id(stage.relay.root.public_key().public_bytes_raw())

    def verdict(changed: object) -> Verdict:
        return evidence_of(changed, root_id=root, record_key=kept.record_key).verdict  # type: ignore[arg-type]

    honest = verdict(reviewed)
    assert honest in (Verdict.VALID, Verdict.UNWITNESSED)
    events = reviewed.events
    flipped = bytes([events[3].sealed_body[0] ^ 1]) + events[3].sealed_body[1:]
    swapped = msgspec.structs.replace(events[3], sealed_body=flipped)
    assert verdict(msgspec.structs.replace(reviewed, events=(*events[:3], swapped, *events[4:]))) is Verdict.INVALID
    assert verdict(msgspec.structs.replace(reviewed, events=events[:-1])) is Verdict.INCOMPLETE
    assert verdict(msgspec.structs.replace(reviewed, organisation_key=bytes(32))) is Verdict.INVALID
    gone = evidence_of(
        msgspec.structs.replace(reviewed, events=(*events[:2], *events[3:])), root_id=root, record_key=kept.record_key
    )
    page = page_of(gone, reviewed.found)
    gaps = [row for row in page.rows if row.group is None]
    assert [(row.lane, row.seq) for row in gaps] == [(events[2].lane, 2)]


async def test_the_proof_of_an_event_says_where_it_stands_in_the_log(stage: ReviewStage, tmp_path: Path) -> None:
    kept = await stage.keep()
    reviewed = await stage.reviewed(kept.session)
    root = root_id(stage.relay.root.public_key().public_bytes_raw())
    evidence = evidence_of(reviewed, root_id=root, record_key=kept.record_key)
    proof = proof_of(evidence, "C", 1)
    assert proof is not None
    assert proof.holds
    assert "Signature (Ed25519): " in proof.as_text
    assert proof_of(evidence, "C", 99) is None
    page = page_of(evidence, reviewed.found)
    assert Group.CONSENT in {row.group for row in page.rows}


async def test_another_organisation_key_than_the_one_met_first_is_refused(stage: ReviewStage, tmp_path: Path) -> None:
    kept = await stage.keep()
    async with signed_in_desk(stage, "auditor", tmp_path) as desk:
        await desk.review.open(kept.session)
        identity = desk.account.identity
        changed = replace(identity, organisation=msgspec.structs.replace(identity.organisation, root_key=bytes(32)))
        with pytest.raises(PeerError) as refused:
            pinned_root(desk.review._profile, changed)
        assert refused.value.code == "organisation_changed"
        assert desk.tools.roots.here == fingerprint(pinned_root(desk.review._profile, identity))
        assert desk.tools.roots.changed == ""
        desk.account._identity = changed
        await desk.review.begin()
        assert desk.tools.roots.changed == fingerprint(hashlib.sha256(bytes(32)).digest())
        assert desk.tools.roots.here != desk.tools.roots.changed
        await desk.review.leave()
        await desk.review.open(kept.session)
        assert desk.page.page is None
        assert "another organisation key" in desk.page.problem


async def test_an_administrator_holds_lifts_and_erases_and_what_is_left_says_so(
    stage: ReviewStage, tmp_path: Path
) -> None:
    await stage.certify_log()
    kept = await stage.keep()
    async with signed_in_desk(stage, "administrator", tmp_path) as desk:
        assert desk.tools.cares
        await desk.review.open(kept.session)
        await desk.review.hold(kept.session, held=True, reason="Case 12/2026")
        assert desk.page.page is not None
        assert desk.page.page.on_hold
        assert "On hold" in words(desk)
        assert [row.on_hold for row in desk.list.rows] == [True]
        with pytest.raises(PeerError) as refused:
            await desk.review.erase(kept.session, "GDPR Art. 17")
        assert refused.value.code == "session_on_hold"
        await desk.review.hold(kept.session, held=False, reason="Case closed")
        await desk.review.erase(kept.session, "GDPR Art. 17")
        assert (desk.page.page.on_hold, desk.page.page.erased) == (False, True)
        told = "\n".join(desk.page.page.history)
        assert "set a legal hold: Case 12/2026" in told
        assert "lifted a legal hold: Case closed" in told
        assert "erased (session) under: GDPR Art. 17" in told
    await stage.erasure_proven(kept.session)
    async with signed_in_desk(stage, "lead", tmp_path) as desk:
        assert not desk.tools.cares
        assert desk.tools.reads_records
        await desk.review.open(kept.session)
        assert desk.page.page is not None
        assert desk.page.page.erased
        assert not desk.page.page.locked, "there is nothing left that a key could open"
        (erased,) = (said for said in words(desk) if said.startswith("Erased on "))
        assert erased.endswith(" under: GDPR Art. 17. The log proves it."), words(desk)
        reviewed = msgspec.structs.replace(await stage.reviewed(kept.session), receipts=())
        root = root_id(stage.relay.root.public_key().public_bytes_raw())
        unproven = page_of(evidence_of(reviewed, root_id=root, record_key=None), reviewed.found)
        assert any(each.text.endswith("No proof of the log says so.") for each in unproven.status), unproven.status
        assert not any("changed" in said for said in words(desk)), words(desk)
        assert "planted words" not in text(desk)
        with pytest.raises(PeerError) as refused:
            await desk.review.hold(kept.session, held=True, reason="mine")
        assert refused.value.code == "permission_denied"


async def test_the_status_of_a_session_is_said_in_words(stage: ReviewStage, tmp_path: Path) -> None:
    found = (await stage.reviewed((await stage.keep()).session)).found
    one = msgspec.structs.replace(
        found, sealed_by_customer=False, missing=True, witness="", erased=("session",), on_hold=True, signatures=2
    )
    said = {each.text: each.tone for each in status_of(one)}
    assert said == {
        "One-sided: technician only": Tone.WARN,
        "Gaps": Tone.BAD,
        "Unwitnessed": Tone.WARN,
        "Signed x2": Tone.GOOD,
        "Erased": Tone.WARN,
        "On hold": Tone.PLAIN,
    }
