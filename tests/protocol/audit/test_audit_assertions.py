"""Policy assertions name the exact session, lane and event, and nothing when a session is as it should be."""

import pytest

from protocol.audit.assertions import (
    AssertedSession,
    Assertion,
    Breach,
    Outcome,
    asserted_session,
    check_assertions,
    outcome,
)
from protocol.audit.events import EventType
from tests.support.recorded_session import ROOT_ID, SESSION, TwoParties, sealed_session, smallest_session

FILE = {"sha256": "ab" * 32, "name": "report.pdf", "size_bytes": 12}


def judged(parties: TwoParties, *, root_id: bytes = ROOT_ID, **how: bool) -> AssertedSession:
    return asserted_session(parties.file(**how), root_id=root_id, ticket_state="open", receipts=2)


def breaches_of(assertion: Assertion, one: AssertedSession) -> list[tuple[Outcome, str | None, int | None]]:
    found = check_assertions([one], [assertion])
    assert all(breach.session == SESSION and breach.text.endswith(".") for breach in found)
    return [(breach.outcome, breach.lane, breach.seq) for breach in found]


def file_session(*, asked: bool, allowed: bool, offered: bool = True) -> TwoParties:
    """A session in which one file goes from the customer to the technician."""
    parties = TwoParties()
    parties.open()
    parties.write("C", EventType.CONSENT_GRANT, {"capability": "see", "expires_in_s": 0}, answers=0)
    if allowed:
        parties.ask_and_grant("files_to_technician", 900)
    parties.deliver()
    if offered:
        parties.write("C", EventType.FILE_OFFERED, {**FILE, "asked": asked})
        parties.deliver()
        offer = parties.records["C"].count("C") - 1
        parties.write("T", EventType.FILE_ACCEPTED, FILE, answers=offer)
        parties.deliver()
        parties.write("C", EventType.FILE_SENT, FILE, answers=parties.records["C"].count("T") - 1)
        parties.deliver()
        parties.write("T", EventType.FILE_RECEIVED, FILE, answers=offer)
    parties.end_and_seal()
    return parties


@pytest.mark.parametrize(
    "parties",
    [sealed_session(), smallest_session(), file_session(asked=True, allowed=True)],
    ids=["all", "short", "file"],
)
def test_a_session_as_it_should_be_breaks_nothing(parties: TwoParties) -> None:
    breaches = check_assertions([judged(parties)])
    assert breaches == ()
    assert {outcome(assertion, breaches) for assertion in Assertion} == {Outcome.HOLDS}


def test_a_file_the_customer_gave_by_themselves_needs_no_permission() -> None:
    assert breaches_of(Assertion.NO_FILE_WITHOUT_CONSENT, judged(file_session(asked=False, allowed=False))) == []


def test_a_file_that_was_asked_for_without_consent_is_named() -> None:
    one = judged(file_session(asked=True, allowed=False))
    assert (Outcome.FAILS, "C", 3) in breaches_of(Assertion.NO_FILE_WITHOUT_CONSENT, one)


def test_files_in_a_record_without_bodies_cannot_be_judged() -> None:
    one = judged(file_session(asked=True, allowed=True), with_body=False)
    assert breaches_of(Assertion.NO_FILE_WITHOUT_CONSENT, one) == [(Outcome.UNKNOWN, "C", 4)]


def test_input_after_consent_ended_is_named() -> None:
    parties = TwoParties()
    parties.open()
    parties.write("C", EventType.CONSENT_GRANT, {"capability": "see", "expires_in_s": 0}, answers=0)
    parties.ask_and_grant("control", 900)
    parties.write("C", EventType.CONSENT_REVOKE, {"capability": "control", "reason": "taken_back"})
    parties.advance(5_000)
    parties.write("C", EventType.INPUT_SUMMARY, {"keys": 1})
    parties.advance(30_000)
    parties.write("C", EventType.INPUT_SUMMARY, {"keys": 3})
    parties.end_and_seal()
    assert breaches_of(Assertion.CONTROL_WITHIN_CONSENT, judged(parties)) == [(Outcome.FAILS, "C", 5)]


def test_control_that_outlived_its_time_is_named() -> None:
    parties = TwoParties()
    parties.open()
    parties.write("C", EventType.CONSENT_GRANT, {"capability": "see", "expires_in_s": 0}, answers=0)
    parties.ask_and_grant("control", 60)
    parties.advance(80_000)
    parties.write("C", EventType.INPUT_SUMMARY, {"keys": 3})
    parties.end_and_seal()
    assert breaches_of(Assertion.CONTROL_WITHIN_CONSENT, judged(parties)) == [(Outcome.FAILS, "C", 3)]


def test_a_missing_seal_is_named_for_its_side() -> None:
    parties = TwoParties()
    parties.open()
    parties.write("C", EventType.SESSION_END, {"reason": "gone"})
    assert breaches_of(Assertion.SEALED_BY_BOTH, judged(parties)) == [
        (Outcome.FAILS, "C", 1),
        (Outcome.FAILS, "T", 0),
    ]


def test_a_session_without_receipt_or_with_a_closed_ticket_is_named() -> None:
    data = smallest_session().file()
    none = asserted_session(data, root_id=ROOT_ID, ticket_state="closed", receipts=0)
    assert breaches_of(Assertion.RECEIPT, none) == [(Outcome.FAILS, None, None)]
    assert breaches_of(Assertion.OPEN_TICKET, none) == [(Outcome.FAILS, "T", 0)]
    unknown = asserted_session(data, root_id=ROOT_ID)
    assert breaches_of(Assertion.RECEIPT, unknown) == [(Outcome.UNKNOWN, None, None)]
    assert breaches_of(Assertion.OPEN_TICKET, unknown) == [(Outcome.UNKNOWN, "C", 0)]


def test_a_technician_of_another_organisation_is_not_verified() -> None:
    one = judged(smallest_session(), root_id=bytes(32))
    assert Outcome.FAILS in {found[0] for found in breaches_of(Assertion.VERIFIED_TECHNICIAN, one)}


def test_a_record_that_is_not_genuine_proves_nothing() -> None:
    data = bytearray(sealed_session().file())
    data[len(data) // 2] ^= 1
    breaches = check_assertions([asserted_session(bytes(data), root_id=ROOT_ID, ticket_state="open", receipts=1)])
    assert {outcome(assertion, breaches) for assertion in Assertion} == {Outcome.FAILS}


def test_a_selection_names_the_one_session_that_breaks_it() -> None:
    good, bad = judged(smallest_session()), judged(file_session(asked=True, allowed=False))
    breaches: tuple[Breach, ...] = check_assertions([good, bad], [Assertion.NO_FILE_WITHOUT_CONSENT])
    assert outcome(Assertion.NO_FILE_WITHOUT_CONSENT, breaches) is Outcome.FAILS
    assert {(breach.lane, breach.seq) for breach in breaches} <= {("C", 2), ("C", 3)}
