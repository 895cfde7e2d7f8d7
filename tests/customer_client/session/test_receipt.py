"""What is left of a session several technicians were in: the end page and the receipt speak of all of them."""

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from customer_client.session.colleagues_account import attended, what_colleagues_did
from customer_client.session.identity import VerifiedTechnician
from customer_client.session.receipt import Attended, write_receipt
from protocol.audit.events import EventType
from protocol.audit.export.verify_bundle import verify_bundle
from protocol.audit.findings import Verdict
from protocol.errors import DesksideError
from protocol.messages.consent import Capability
from protocol.messages.pairing import Introduction
from protocol.pairing.certificates import read_certificate
from protocol.transport.session_link import Ending, Reason
from tests.support.recorded_session import CERTIFICATE, OPENING, ROOT_ID, SESSION, SIGNERS, TICKET, TwoParties
from tests.support.second_verifier import second_verdict

THEIRS = "d" * 32
NAMED = {"certificate_sha256": OPENING["certificate_sha256"]}
FILE = {"sha256": "ab" * 32, "name": "driver.pdf", "size_bytes": 2048, "asked": False}
WHO = "Jane Doe of Example Ltd"


def first_session() -> TwoParties:
    """Somebody is invited, allowed and joins."""
    parties = TwoParties()
    parties.open()
    parties.ask_and_grant("see")
    parties.write("T", EventType.COLLEAGUE_INVITED, {**NAMED, "purpose": "help"})
    parties.deliver()
    invitation = parties.records["C"].count("T") - 1
    parties.write("C", EventType.COLLEAGUE_ALLOWED, NAMED, answers=invitation)
    parties.write("C", EventType.COLLEAGUE_JOINED, {**NAMED, "session": THEIRS}, answers=invitation)
    parties.deliver()
    return parties


def their_session(joins: str = SESSION) -> TwoParties:
    """The colleague sees, has control, and sends a file."""
    parties = TwoParties(THEIRS, joins=joins)
    parties.open()
    for capability in ("see", "control", "files_to_customer"):
        parties.ask_and_grant(capability)
    parties.write("T", EventType.FILE_OFFERED, FILE)
    parties.deliver()
    offer = parties.records["C"].count("T") - 1
    for kind in (EventType.FILE_ACCEPTED, EventType.FILE_RECEIVED):
        parties.write("C", kind, FILE, answers=offer)
    parties.advance(120_000)
    return parties


def keeper(parties: TwoParties) -> Any:
    return SimpleNamespace(record=parties.records["C"], receipts=SimpleNamespace(kept=(), certificate=b""))


def seat(parties: TwoParties, *, sealed: bool = True) -> Any:
    ending = Ending(Reason.LEFT, sealed_by_both=sealed)
    ended = SimpleNamespace(done=lambda: True, cancelled=lambda: False, result=lambda: ending)
    return SimpleNamespace(technician=technician(), keeper=keeper(parties), ended=ended)


def technician() -> VerifiedTechnician:
    told = Introduction(CERTIFICATE, bytes(32), bytes(64), SESSION, TICKET, "Printer", "Look", (Capability.SEE,))
    return VerifiedTechnician(read_certificate(CERTIFICATE), CERTIFICATE, told)


def receipt(path: Path, first: TwoParties, *came: TwoParties) -> bytes:
    sessions = (Attended(technician(), keeper(first)), *attended(seat(each) for each in came))
    write_receipt(sessions, SIGNERS["C"], path)
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    return path.read_bytes()


def test_the_receipt_holds_the_colleagues_records_and_both_verifiers_find_that_they_fit(tmp_path: Path) -> None:
    first, theirs = first_session(), their_session()
    for parties in (first, theirs):
        parties.end_and_seal()
    data = receipt(tmp_path / "receipt.dsaudit", first, theirs)
    found = verify_bundle(io.BytesIO(data), root_id=ROOT_ID)
    assert {item.code for item in found.findings} == {"export_unsigned", "unwitnessed"}
    assert [each.session for each in found.sessions] == [SESSION, THEIRS]
    assert second_verdict(data, ROOT_ID.hex()) is Verdict.UNWITNESSED
    elsewhere = their_session(joins="e" * 32)
    elsewhere.end_and_seal()
    (tmp_path / "receipt.dsaudit").unlink()
    assert second_verdict(receipt(tmp_path / "receipt.dsaudit", first, elsewhere)) is Verdict.INVALID


def test_a_colleague_of_whom_nothing_was_recorded_is_no_part_of_the_receipt(tmp_path: Path) -> None:
    first = first_session()
    first.end_and_seal()
    data = receipt(tmp_path / "receipt.dsaudit", first, TwoParties(THEIRS, joins=SESSION))
    assert [each.session for each in verify_bundle(io.BytesIO(data)).sessions] == [SESSION]


def test_without_any_record_there_is_no_receipt_and_no_half_of_one(tmp_path: Path) -> None:
    with pytest.raises(DesksideError):
        receipt(tmp_path / "receipt.dsaudit", TwoParties())
    assert list(tmp_path.iterdir()) == []


def test_the_last_page_says_of_every_colleague_what_they_could_and_what_was_exchanged() -> None:
    theirs = their_session()
    theirs.end_and_seal()
    said = what_colleagues_did([seat(theirs)])
    assert said[0] == f"{WHO} joined and could see your screen."
    assert said[1] == "You also allowed them to use your mouse and keyboard and send you files."
    assert "You got one file." in said
    assert any(line.startswith("Jane Doe was there for 2 minutes, from ") for line in said)
    assert "They could use your mouse and keyboard for 2 minutes." in said
    assert "Files you got: driver.pdf (2.0 KB)." in said
    assert not any("did not sign" in line for line in said)
    unsigned = what_colleagues_did([seat(theirs, sealed=False)])
    assert "Jane Doe's side did not sign the record of that; yours says so." in unsigned
    assert what_colleagues_did([]) == ()
    assert what_colleagues_did([seat(TwoParties(THEIRS))])[0] == f"{WHO} joined and could not see your screen."
