import pytest

from protocol.audit.events import EventType
from protocol.audit.findings import Verdict
from protocol.audit.verify import verify_record
from tests.support.forged_session import Forger, codes
from tests.support.recorded_session import TwoParties, sealed_session


@pytest.mark.parametrize("field", ["ticket", "certificate_sha256", "customer_key", "th"])
def test_openings_that_differ_are_invalid(field):
    changed = "DS-2026-000999" if field == "ticket" else "ab" * 32
    found = Forger().open(**{field: changed}).seal().verify()
    assert found.verdict is Verdict.INVALID
    assert codes(found) & {"openings_differ", "certificate_differs"}


@pytest.mark.parametrize(
    "change", [{"n_C": 2}, {"n_C": 0}, {"n_T": 5}, {"head_C": "1" * 64}, {"head_T": "1" * 64}, {"n_T": 0}]
)
def test_seals_that_do_not_name_the_true_ends_are_invalid(change):
    found = Forger().open().seal(**change).verify()
    assert found.verdict is Verdict.INVALID
    assert codes(found) & {"seal_wrong", "seals_differ"}


def test_a_body_without_the_fields_of_its_type_is_invalid():
    forger = Forger().open()
    forger.add("C", EventType.SESSION_END, {"why": "no reason"})
    assert "body_invalid" in codes(forger.seal().verify())


def test_control_without_any_consent_is_invalid():
    for lane in "CT":
        forger = Forger().open()
        forger.add(lane, EventType.CONTROL_TAKE)
        found = forger.seal().verify()
        assert (found.verdict, codes(found)) == (Verdict.INVALID, {"without_consent"})


def test_control_without_consent_is_invalid_even_with_all_bodies_withheld():
    parties = TwoParties()
    parties.open()
    parties.write("C", EventType.CONTROL_TAKE)
    parties.end_and_seal()
    assert verify_record(parties.file(with_body=False)).verdict is Verdict.INVALID


FILE = {"name": "a.pdf", "size_bytes": 10, "sha256": "ab" * 32}


def last(forger, lane):
    return len(forger.filed[lane]) - 1


def files_sent_to_the_customer(forger):
    forger.add("T", EventType.FILE_OFFERED, FILE | {"asked": False})
    forger.add("C", EventType.FILE_ACCEPTED, FILE, req=last(forger, "T"))
    forger.add("T", EventType.FILE_SENT, FILE, req=last(forger, "C"))
    forger.add("C", EventType.FILE_RECEIVED, FILE, req=last(forger, "T") - 1)
    return forger


def test_a_file_the_customer_accepted_is_in_order_only_with_the_permission():
    forger = files_sent_to_the_customer(Forger().open().grant("files_to_customer"))
    assert forger.seal().verify().verdict is Verdict.VALID
    assert codes(files_sent_to_the_customer(Forger().open()).seal().verify()) == {"without_consent"}


@pytest.mark.parametrize("sha256", ["cd" * 32, None])
def test_a_file_that_leaves_without_a_yes_to_that_very_file_is_invalid(sha256):
    forger = Forger().open().grant("files_to_customer")
    forger.add("T", EventType.FILE_OFFERED, FILE)
    if sha256 is None:
        forger.add("T", EventType.FILE_SENT, FILE)
    else:
        forger.add("C", EventType.FILE_ACCEPTED, FILE, req=last(forger, "T"))
        forger.add("T", EventType.FILE_SENT, FILE | {"sha256": sha256}, req=last(forger, "C"))
    assert codes(forger.seal().verify()) == {"answer_wrong"}


def test_a_file_the_customer_gives_because_it_was_asked_for_needs_the_permission():
    for asked, found in ((True, {"without_consent"}), (False, set())):
        forger = Forger().open()
        forger.add("C", EventType.FILE_OFFERED, FILE | {"asked": asked})
        assert codes(forger.seal().verify()) == found


def test_control_after_it_was_taken_back_is_invalid_for_who_had_seen_it():
    forger = Forger().open().grant()
    forger.add("C", EventType.CONSENT_REVOKE, {"capability": "control"})
    forger.add("T", EventType.CONTROL_TAKE)
    assert codes(forger.seal().verify()) == {"without_consent"}


def test_a_recording_needs_its_own_consent_when_it_begins():
    begun = {"recording": 0, "sha256": "ab" * 32, "for_review": True}
    for forger, found in ((Forger().open().grant(), {"without_consent"}), (Forger().open().grant("recording"), set())):
        forger.add("T", EventType.RECORDING_START, begun)
        forger.add("C", EventType.CONSENT_REVOKE, {"capability": "recording"})
        forger.add("T", EventType.RECORDING_STOP, {"recording": 0, "reason": "taken_back"})
        assert codes(forger.seal().verify()) == found


def test_control_while_the_revocation_is_still_on_its_way_is_nobodys_lie():
    parties = TwoParties()
    parties.open()
    parties.ask_and_grant()
    parties.write("C", EventType.CONSENT_REVOKE, {"capability": "control"})
    parties.write("T", EventType.CONTROL_TAKE)
    parties.deliver()
    parties.end_and_seal()
    assert verify_record(parties.file()).verdict is Verdict.VALID


@pytest.mark.parametrize(("waited_ms", "verdict"), [(60_000, Verdict.VALID), (62_000, Verdict.INVALID)])
def test_a_consent_ends_when_its_time_is_over(waited_ms, verdict):
    parties = TwoParties()
    parties.open()
    parties.ask_and_grant("diagnostics", 60)
    parties.advance(waited_ms - 100)
    parties.write("C", EventType.DIAG_SENT)
    parties.end_and_seal()
    assert verify_record(parties.file()).verdict is verdict


@pytest.mark.parametrize("ended", [EventType.SESSION_END, EventType.CONSENT_REVOKE])
def test_consent_to_one_thing_is_not_consent_to_another_nor_for_ever(ended):
    forger = Forger().open().grant("control").grant("diagnostics")
    body = {"reason": "done"} if ended is EventType.SESSION_END else {"capability": "diagnostics"}
    forger.add("C", ended, body)
    forger.add("C", EventType.DIAG_SENT)
    assert codes(forger.seal().verify()) == {"without_consent"}


@pytest.mark.parametrize("request_seq", [-1, 1])
def test_a_grant_that_answers_no_question_is_invalid(request_seq):
    forger = Forger().open()
    forger.add("T", EventType.NOTE)
    forger.add("C", EventType.CONSENT_GRANT, {"capability": "control"}, req=request_seq)
    assert codes(forger.seal().verify()) == {"answer_wrong"}


def test_a_grant_of_more_than_was_asked_is_invalid():
    forger = Forger().open()
    forger.add("T", EventType.CONSENT_ASK, {"capability": "diagnostics"})
    forger.add("C", EventType.CONSENT_GRANT, {"capability": "control"}, req=1)
    assert codes(forger.seal().verify()) == {"answer_wrong"}


def test_missing_events_are_not_taken_for_missing_consent():
    parties = sealed_session()
    grants = {held.event.seq for held in parties.records["C"].own_events if "grant" in held.event.type.value}
    found = verify_record(parties.file(lambda filed, seq: filed.lane == "T" or seq not in grants))
    assert found.verdict is Verdict.INCOMPLETE


@pytest.mark.parametrize("lane", ["C", "T"])
def test_a_use_of_what_was_not_granted_is_invalid(lane):
    forger = Forger().open().grant("files_to_customer")
    forger.add(lane, EventType.CAPABILITY_USE, {"capability": "files_to_technician", "bytes": 12})
    assert codes(forger.seal().verify()) == {"without_consent"}


@pytest.mark.parametrize("lane", ["C", "T"])
def test_a_use_of_what_was_granted_is_valid(lane):
    forger = Forger().open().grant("clipboard_to_customer")
    forger.add(lane, EventType.CAPABILITY_USE, {"capability": "clipboard_to_customer", "characters": 12})
    assert forger.seal().verify().verdict is Verdict.VALID


def test_a_plan_is_asked_once_and_answered_one_by_one():
    forger = Forger().open()
    forger.add("T", EventType.CONSENT_ASK, {"capabilities": ["control", "voice"]})
    forger.add("C", EventType.CONSENT_GRANT, {"capability": "control", "expires_in_s": 300}, req=1)
    forger.add("C", EventType.CONSENT_DENY, {"capability": "voice", "reason": "declined"}, req=1)
    forger.add("T", EventType.CONTROL_TAKE)
    assert forger.seal().verify().verdict is Verdict.VALID


def test_a_plan_does_not_cover_what_it_did_not_name():
    forger = Forger().open()
    forger.add("T", EventType.CONSENT_ASK, {"capabilities": ["control", "voice"]})
    forger.add("C", EventType.CONSENT_GRANT, {"capability": "diagnostics"}, req=1)
    assert codes(forger.seal().verify()) == {"answer_wrong"}


@pytest.mark.parametrize(
    "body",
    [{}, {"capability": "see", "capabilities": ["see", "voice"]}, {"capabilities": ["voice"]}, {"capability": "x"}],
)
def test_an_ask_names_one_capability_or_a_list(body):
    forger = Forger().open()
    forger.add("T", EventType.CONSENT_ASK, body)
    assert "body_invalid" in codes(forger.seal().verify())
