"""One party and what the relay says about its log: believed only when it holds, and never dropped without a word."""

import asyncio
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.events import EventType
from protocol.audit.findings import Finding
from protocol.audit.log.certificate import issue_log_certificate
from protocol.audit.log.policy import print_policy
from protocol.messages.consent import Capability
from protocol.messages.signaling import LogCertified, PeerPresence, ReceiptIssued
from protocol.transport.receipts import Receipts, receipts_folder
from tests.support.log_world import MemoryLog, policy_of, three_witnesses
from tests.support.recorded_session import ROOT_ID, ROOT_KEY, SESSION, TwoParties

WITNESSES = three_witnesses()


def certificate(
    log: MemoryLog, *, root: Ed25519PrivateKey = ROOT_KEY, require_receipt: bool = False, serial: str = "1"
) -> LogCertified:
    policy = print_policy(policy_of(WITNESSES, 2))
    return LogCertified(
        issue_log_certificate(
            root,
            log.keys,
            serial=serial,
            organisation="Example Ltd",
            policy=policy,
            require_receipt=require_receipt,
            not_before=0,
            not_after=int(time.time()) + 1000,
        )
    )


class Customer:
    """A customer's receipts, for a session of which everything that was written has arrived."""

    def __init__(self, folder: Path) -> None:
        self.parties = TwoParties()
        self.log = MemoryLog()
        self.receipts = Receipts()
        self.told: list[Finding] = []
        self.receipts.found = self.told.append
        self.folder = receipts_folder(folder, SESSION, "C")

    def attend(self) -> None:
        self.receipts.attend(self.parties.records["C"], folder=self.folder, root_id=ROOT_ID, unix_now=time.time)

    def batch(self, lane: str, first: int, end: int, head: str = "", *, cosigned: int = 2) -> ReceiptIssued:
        """Return the receipt of a batch the log takes in now; `head` differs to lie about it."""
        hash = self.parties.records[lane].event(lane, end - 1).hash  # type: ignore[union-attr]
        index = self.log.append_batch(lane, first, end, head or hash, session=SESSION)
        return ReceiptIssued(self.log.proof(index, WITNESSES[:cosigned]))

    def files(self, suffix: str) -> int:
        return len(list(self.folder.glob(f"*{suffix}"))) if self.folder.exists() else 0


@pytest.fixture
def customer(tmp_path: Path) -> Customer:
    made = Customer(tmp_path)
    made.parties.open()
    return made


def test_receipts_that_hold_are_kept_and_open_what_waits_for_them(customer: Customer) -> None:
    customer.attend()
    assert customer.receipts.take(certificate(customer.log, require_receipt=True))
    assert customer.receipts.held_back(Capability.CONTROL) == "no_receipt"
    assert customer.receipts.held_back(Capability.SEE) == ""
    customer.receipts.take(customer.batch("C", 0, 1))
    assert customer.receipts.held_back(Capability.CONTROL) == "no_receipt", "the other lane is not there yet"
    customer.receipts.take(customer.batch("T", 0, 1))
    assert customer.receipts.held_back(Capability.CONTROL) == ""
    assert customer.receipts.witnesses == ("alpha", "beta")
    assert (len(customer.receipts.kept), customer.files(".tlog-proof"), customer.told) == (2, 2, [])


def test_what_comes_before_the_record_or_before_its_event_is_looked_at_later(customer: Customer) -> None:
    customer.receipts.take(certificate(customer.log))
    customer.receipts.take(customer.batch("C", 0, 1))
    customer.attend()
    assert len(customer.receipts.kept) == 1
    customer.parties.write("T", EventType.NOTE)
    ahead = customer.batch("T", 0, 2)
    customer.receipts.take(ahead)
    assert len(customer.receipts.kept) == 1, "the event has not arrived here"
    customer.parties.deliver()
    customer.receipts.look_again()
    assert len(customer.receipts.kept) == 2


def test_a_receipt_without_its_quorum_counts_only_when_the_better_one_came(customer: Customer) -> None:
    customer.attend()
    customer.receipts.take(certificate(customer.log, require_receipt=True))
    customer.receipts.take(customer.batch("T", 0, 1))
    customer.receipts.take(customer.batch("C", 0, 1, cosigned=1))
    assert not customer.receipts.opening_is_logged
    customer.receipts.take(ReceiptIssued(customer.log.proof(1, WITNESSES[:2])))
    assert customer.receipts.opening_is_logged
    assert len(customer.receipts.kept) == 2


@pytest.mark.parametrize("how", ["changed", "another event", "another log", "another session"])
def test_a_receipt_that_does_not_hold_is_kept_apart_and_told(customer: Customer, how: str) -> None:
    customer.attend()
    customer.receipts.take(certificate(customer.log))
    good = customer.batch("C", 0, 1)
    if how == "changed":
        bad = ReceiptIssued(good.proof.replace(b"index 0", b"index 1"))
    elif how == "another event":
        bad = customer.batch("C", 0, 1, "00" * 32)
    elif how == "another log":
        stranger = MemoryLog(ed25519=Ed25519PrivateKey.generate())
        stranger.append(customer.log.leaves[0])
        bad = ReceiptIssued(stranger.proof(0, WITNESSES))
    else:
        customer.log.fill(1)
        bad = ReceiptIssued(customer.log.proof(1, WITNESSES))
    customer.receipts.take(bad)
    assert len(customer.told) == 1
    assert customer.receipts.findings == tuple(customer.told)
    assert (customer.files(".refused"), customer.files(".tlog-proof")) == (1, 0)


def test_a_log_the_organisation_does_not_vouch_for_is_told_and_not_believed(customer: Customer) -> None:
    customer.attend()
    customer.receipts.take(certificate(customer.log, root=Ed25519PrivateKey.generate()))
    assert [found.code for found in customer.told] == ["log_certificate_untrusted"]
    customer.receipts.take(customer.batch("C", 0, 1))
    assert customer.receipts.kept == ()


def test_a_relay_cannot_take_the_requirement_back(customer: Customer) -> None:
    customer.attend()
    customer.receipts.required = True
    assert customer.receipts.held_back(Capability.CONTROL) == "no_receipt", "no log at all"
    customer.receipts.take(certificate(customer.log))
    assert customer.receipts.required


def test_two_histories_are_told(customer: Customer) -> None:
    customer.attend()
    customer.receipts.take(certificate(customer.log))
    customer.receipts.take(customer.batch("C", 0, 1))
    other = MemoryLog()
    other.append_batch("T", 0, 1, customer.parties.records["T"].own_events[0].hash, session=SESSION)
    customer.receipts.take(ReceiptIssued(other.proof(0, WITNESSES)))
    assert [found.code for found in customer.told] == ["log_forked"]


async def test_the_end_waits_for_the_receipts_of_the_seals(customer: Customer) -> None:
    customer.attend()
    await asyncio.wait_for(customer.receipts.wait_for_seals(), 1)  # a relay without a log is not waited for
    customer.receipts.take(certificate(customer.log))
    customer.parties.end_and_seal()
    waiting = asyncio.get_running_loop().create_task(customer.receipts.wait_for_seals())
    for lane in "CT":
        await asyncio.sleep(0)
        assert not waiting.done()
        customer.receipts.take(customer.batch(lane, 0, customer.parties.records["C"].count(lane)))
    await asyncio.wait_for(waiting, 10)
    assert customer.receipts.seals_are_logged


def test_other_messages_are_left_to_others(customer: Customer) -> None:
    assert not customer.receipts.take(PeerPresence(present=True))


def test_a_side_that_is_done_keeps_its_receipts_in_memory_alone(customer: Customer) -> None:
    customer.attend()
    customer.receipts.take(certificate(customer.log))
    customer.receipts.take(customer.batch("C", 0, 1))
    (customer.folder.parent / "another session").touch()
    assert customer.receipts.leave_no_files()
    customer.receipts.take(customer.batch("T", 0, 1))
    assert [path.name for path in customer.folder.parent.iterdir()] == ["another session"]
    assert len(customer.receipts.kept) == 2, "one that comes late is still in the receipt the customer saves"


def test_what_proves_that_the_log_is_not_right_stays(customer: Customer) -> None:
    customer.attend()
    customer.receipts.take(certificate(customer.log))
    customer.receipts.take(customer.batch("C", 0, 1, head="0" * 64))
    assert not customer.receipts.leave_no_files()
    assert customer.files(".refused") == 1


def test_receipts_that_attend_no_record_have_nothing_to_delete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").touch()
    assert Receipts().leave_no_files()
    assert (tmp_path / "mine").exists()
