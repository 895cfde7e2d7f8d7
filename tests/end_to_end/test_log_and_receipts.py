"""A session between two real programs, a relay and two witnesses: both sides end with receipts anybody can check."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from protocol.audit.events import parse_event
from protocol.audit.export.verify_bundle import verify_bundle
from protocol.audit.findings import Verdict
from protocol.audit.log.certificate import read_log_certificate, verify_log_certificate
from protocol.audit.log.receipts import check_receipts, heads_of, seals_of
from protocol.audit.record_file import read_record
from protocol.audit.session_numbers import numbered
from tests.support.local_house import ALONE, LocalHouse, saved_record
from tests.support.resumable_session import Session, resumable_session
from tests.support.witness_process import WitnessedRelay, witnessed_relay

KEPT_WITHIN_S = 20.0


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WitnessedRelay]:
    with witnessed_relay(tmp_path_factory.mktemp("log"), require_receipt=True) as made:
        yield made


def files_of(folder: Path, pattern: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.rglob(pattern))]


def test_both_sides_hold_receipts_that_verify_against_the_record(world: WitnessedRelay, tmp_path: Path) -> None:
    house = LocalHouse(ALONE, tmp_path, world.relay, [world.relay.open_session()])
    with resumable_session(house, tmp_path, control=False) as session:
        wait_for_control(session)
        ended = session.end()
        assert "signed by both sides; stored at the relay" in ended["record"], ended
        session.technician.until("the end", lambda line: line.get("ended"))
        session.customer.until("the end", lambda line: line.get("ended"))
        events = [filed.event for filed in read_record(saved_record(session, tmp_path / "record")).events]
    certificate = verify_log_certificate(world.certificate, root_id=world.relay.root_id, unix_now=time.time())
    receipts = files_of(tmp_path / "technician", "*.receipts/*.tlog-proof")
    assert files_of(tmp_path / "technician", "*.receipts/*.refused") == []
    (kept,) = files_of(tmp_path / "technician", "*.receipts/log-certificate-*")
    assert read_log_certificate(kept) == certificate
    check = check_receipts(heads_of(events), receipts, certificate.keys, certificate.witnesses, sealed=seals_of(events))
    assert check.findings == ()
    assert check.witnessed
    assert len(check.proven) >= 4
    # The customer's are in the receipt they saved, and nowhere else.
    with (tmp_path / "customer.dsaudit").open("rb") as file:
        saved = verify_bundle(file, root_id=world.relay.root_id)
    assert (saved.verdict, saved.sessions[0].witnessed) == (Verdict.VALID, True), saved.findings
    assert [path.name for path in (tmp_path / "customer").rglob("*") if path.is_file()] == []
    (number,) = [found for found in map(numbered, map(parse_event, events)) if found is not None]
    assert number.number == 1


def wait_for_control(session: Session) -> None:
    """Ask for control until the customer's program lets the question through: the log has to confirm the opening."""
    deadline = time.monotonic() + KEPT_WITHIN_S
    while True:
        assert time.monotonic() < deadline
        asked = time.monotonic()
        session.technician.program.tell("control")
        answered = session.technician.until("an answer", answers_control, since=asked)
        if answered["control"] == "granted":
            return
        time.sleep(0.3)


def answers_control(line: dict[str, Any]) -> bool:
    refused = line.get("control") == "none" and "The log has not confirmed" in line.get("problem", "")
    return refused or line.get("control") == "granted"
