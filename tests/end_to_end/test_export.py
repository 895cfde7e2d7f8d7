"""A session of real programs, exported by the technician and by the relay: both verifiers agree that it is genuine."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.audit.findings import Verdict
from tests.support.exported_session import check, members_of
from tests.support.local_house import ALONE, LocalHouse, saved_record
from tests.support.relay_process import must, relay_command
from tests.support.resumable_session import resumable_session
from tests.support.second_verifier import second_findings, second_verdict
from tests.support.witness_process import WitnessedRelay, witnessed_relay


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WitnessedRelay]:
    with witnessed_relay(tmp_path_factory.mktemp("log")) as made:
        yield made


@pytest.mark.long
def test_a_real_session_is_exported_valid_signed_and_witnessed(world: WitnessedRelay, tmp_path: Path) -> None:
    house = LocalHouse(ALONE, tmp_path, world.relay, [world.relay.open_session()])
    with resumable_session(house, tmp_path, control=False) as session:
        ended = session.end()
        assert "signed by both sides; stored at the relay" in ended["record"], ended
        session.technician.until("the end", lambda line: line.get("ended"))
        session.customer.until("the end", lambda line: line.get("ended"))
        data = saved_record(session, tmp_path / "session.dsaudit")
    found = check(data, world.relay.root_id)
    assert (found.verdict, found.findings) == (Verdict.VALID, ())
    assert second_verdict(data, world.relay.root_id.hex()) is Verdict.VALID
    assert found.signer == found.sessions[0].technician != ""
    assert found.sessions[0].witnessed
    script = tmp_path / "verify.py"
    script.write_bytes(members_of(data)["verify.py"])
    alone = subprocess.run(
        [sys.executable, "-I", script, tmp_path / "session.dsaudit", "--root", world.relay.root_id.hex()],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (alone.returncode, alone.stderr) == (0, ""), alone.stdout
    out = tmp_path / "relay.dsaudit"
    must(relay_command("export", "--session", found.sessions[0].session, "-o", str(out), data_dir=world.relay.data_dir))
    theirs = check(out.read_bytes(), world.relay.root_id)
    assert {item.code for item in theirs.findings} == {"bodies_withheld", "export_unsigned"}, theirs.findings
    assert theirs.sessions[0].witnessed
    assert second_findings(out.read_bytes()).code == 2
