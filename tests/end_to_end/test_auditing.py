"""A real session, read by an auditor with the review key, signed, exported, and verified by two verifiers."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.audit.assertions import Assertion, Outcome
from protocol.audit.findings import Verdict
from protocol.audit.signatures import Meaning
from technician_app.controllers.account import AccountStep
from technician_app.controllers.late_delivery import deliver_late
from technician_app.controllers.profile import Profile
from technician_app.controllers.relay_api import RelayApi
from tests.support.exported_session import check
from tests.support.local_house import ALONE, LocalHouse
from tests.support.relay_process import PASSWORD, must, relay_command
from tests.support.resumable_session import resumable_session
from tests.support.review_world import PASSPHRASE, Desk
from tests.support.second_verifier import second_verdict
from tests.support.witness_process import WitnessedRelay, witnessed_relay

WITNESSED_WITHIN_S = 30.0


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WitnessedRelay]:
    with witnessed_relay(tmp_path_factory.mktemp("review")) as made:
        yield made


def prepare_auditor(world: WitnessedRelay, folder: Path) -> Path:
    """Make an auditor's account and the review key; return the key file."""
    relay, key_file = world.relay, folder / "acme-review.key"
    person = ["user", "add", "amy", "--display-name", "Amy Auditor", "--role", "auditor", "--password-stdin"]
    must(relay_command(*person, data_dir=relay.data_dir, stdin=PASSWORD + "\n"))
    key = ["org", "review-key", "--org-key", str(relay.key_path), "--key-out", str(key_file), "--passphrase-stdin"]
    must(relay_command(*key, data_dir=relay.data_dir, stdin=f"{PASSPHRASE}\n\n"))
    return key_file


async def test_an_auditor_reviews_signs_and_exports_a_real_session(world: WitnessedRelay, tmp_path: Path) -> None:
    relay, key_file = world.relay, prepare_auditor(world, tmp_path)
    house = LocalHouse(ALONE, tmp_path, relay, [relay.open_session()])

    def hold_session() -> None:
        with resumable_session(house, tmp_path, control=False) as session:
            ended = session.end()
            assert "signed by both sides; stored at the relay" in ended["record"], ended
            session.technician.until("the end", lambda line: line.get("ended"))
            session.customer.until("the end", lambda line: line.get("ended"))

    await asyncio.to_thread(hold_session)
    await deposit_late(world, tmp_path / "technician")
    desk = Desk(Profile.open(tmp_path / "amy"))
    try:
        await desk.account.sign_in(relay.url, "amy", PASSWORD)
        certify = ["org", "certify", "--org-key", str(relay.key_path), "--all-pending"]
        must(await asyncio.to_thread(relay_command, *certify, data_dir=relay.data_dir))
        await desk.account.check_certificate()
        assert desk.account_state.step is AccountStep.READY
        await review(desk, world, key_file, tmp_path / "review.dsaudit")
    finally:
        await desk.account.close()


async def deposit_late(world: WitnessedRelay, profile: Path) -> None:
    """Leave the record key as the technician's app does at the next sign-in: the headless one reaches no HTTP."""
    for mark in profile.rglob("record-key.deposited"):
        mark.unlink()
    api = RelayApi(world.relay.url)
    api.token = world.relay.token
    await deliver_late(profile / "sessions", api, frozenset())
    await api.close()


async def review(desk: Desk, world: WitnessedRelay, key_file: Path, path: Path) -> None:
    await desk.review.begin()
    (found,) = desk.list.rows
    await until_witnessed(desk)
    await desk.review.open(found.session)
    page = desk.page.page
    assert page is not None
    assert page.locked
    await desk.review.unlock(key_file, PASSPHRASE)
    page = desk.page.page
    assert page is not None
    assert page.evidence is not None
    assert page.evidence.verdict is Verdict.VALID, page.findings
    assert "Seeing the screen" in [bar.words for bar in page.bars]
    await desk.review.sign(found.session, Meaning.APPROVED, PASSWORD)
    await desk.review.check([found.session])
    assert desk.policy.breaches == (), desk.policy.breaches
    assert {desk.policy.outcome_of(each) for each in Assertion} == {Outcome.HOLDS}
    await desk.review.export([found.session], path)
    verified = check(path.read_bytes(), world.relay.root_id)
    assert (verified.verdict, verified.findings) == (Verdict.VALID, ())
    assert verified.sessions[0].signatures == ("Amy Auditor (approved)",)
    assert second_verdict(path.read_bytes(), world.relay.root_id.hex()) is Verdict.VALID
    command = [sys.executable, "-m", "protocol.audit.verify_command", str(path), "--root-id", world.relay.root_id.hex()]
    told = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=60)
    assert told.returncode == 0, told.stdout
    assert "Amy Auditor (approved)" in told.stdout


async def until_witnessed(desk: Desk) -> None:
    """Search until the relay says that the session's last event is witnessed."""
    async with asyncio.timeout(WITNESSED_WITHIN_S):
        while desk.list.rows[0].witness != "witnessed":
            await asyncio.sleep(0.2)
            await desk.review.begin()
