import io
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.audit.canonical import decode_canonical, encode_canonical
from protocol.audit.events import EventType
from protocol.audit.export.answer import as_json, as_text
from protocol.audit.export.verify_bundle import BundleVerification, verify_bundle
from protocol.audit.export.writing import BundledLog, BundledSession, ExportedBy, bundle_bytes
from protocol.audit.findings import Severity, Verdict
from protocol.audit.log.leaf import act_leaf, batch_leaf
from protocol.audit.record_file import MAX_EVENTS, MAX_FILE_BYTES, write_record
from tests.support.exported_session import (
    CREATED_MS,
    EVENTS,
    JANE,
    check,
    exported,
    members_of,
    packed,
    repacked,
)
from tests.support.organisation_log import OrganisationLog, batches
from tests.support.recorded_session import BEGAN_MS, MANIFEST, SESSION, TwoParties, sealed_session, smallest_session
from tests.support.second_verifier import second_verdict, second_verifier

SMALL = exported(smallest_session())
OPERATOR = ExportedBy("The relay's operator", "operator")


def codes(found: BundleVerification) -> set[str]:
    return {item.code for item in found.findings}


def both(data: bytes) -> BundleVerification:
    """What the first verifier finds, after the second one has agreed."""
    found = check(data)
    assert second_verdict(data) is found.verdict
    return found


def unsealed() -> TwoParties:
    parties = TwoParties()
    parties.open()
    parties.ask_and_grant()
    return parties


def test_a_complete_witnessed_export_is_valid_and_tells_whose_it_is():
    found = both(exported(post_quantum=True))
    assert (found.verdict, found.findings) == (Verdict.VALID, ())
    (session,) = found.sessions
    assert (session.ticket, session.technician, session.witnessed) == ("DS-2026-000123", "Jane Doe", True)
    assert session.signatures == ("Jane Doe (reviewed)",)
    assert (found.signer, found.root_pinned) == ("Jane Doe", True)


@pytest.mark.parametrize(
    ("how", "verdict", "code"),
    [
        ({"witnesses": ("alpha",)}, Verdict.UNWITNESSED, "unwitnessed"),
        ({"proven": False}, Verdict.UNWITNESSED, "unwitnessed"),
        ({"with_body": False}, Verdict.INCOMPLETE, "bodies_withheld"),
        ({"exporter": OPERATOR}, Verdict.VALID, "export_unsigned"),
        ({"parties": unsealed()}, Verdict.INCOMPLETE, "seal_missing"),
    ],
)
def test_what_is_missing_has_its_verdict(how, verdict, code):
    found = both(exported(**how))
    assert found.verdict is verdict
    assert code in codes(found)


def test_another_organisation_than_the_one_named_is_refused():
    found = check(exported(), root_id=bytes(32))
    assert (found.verdict, found.first_bad.code) == (Verdict.INVALID, "root_differs")
    assert second_verdict(exported(), "00" * 32) is Verdict.INVALID


def test_a_changed_event_is_named_by_session_lane_and_number():
    members = members_of(exported())
    lines = members[EVENTS].splitlines(keepends=True)
    row = json.loads(lines[5])
    row["sig"] = json.loads(lines[6])["sig"]
    lines[5] = encode_canonical(row) + b"\n"
    found = both(repacked({**members, EVENTS: b"".join(lines)}))
    bad = found.first_bad
    assert (bad.file, bad.session, bad.lane, bad.seq) == (EVENTS, SESSION, "C", 4)
    assert f"session {SESSION}, event C 4" in as_text(found)


def test_an_event_that_was_taken_out_or_cut_off_is_a_gap_although_everything_was_packed_again():
    members = members_of(exported(signed=False))
    lines = members[EVENTS].splitlines(keepends=True)
    without = both(repacked({**members, EVENTS: b"".join(lines[:4] + lines[5:])}))
    assert "events_missing" in codes(without)
    assert without.verdict is Verdict.INCOMPLETE
    cut = both(repacked({**members, EVENTS: b"".join(lines[:-2])}))
    assert "log_knows_more" in codes(cut)
    assert cut.verdict is Verdict.INCOMPLETE


def session_with(log: OrganisationLog, parties: TwoParties, **more: tuple[bytes, ...]) -> BundledSession:
    places = [log.add(leaf) for leaf in batches(parties.filed())]
    proofs = tuple(map(log.prove, places))
    return BundledSession(write_record(MANIFEST, parties.filed()), proofs, **more)


def bundled(log: OrganisationLog, session: BundledSession) -> bytes:
    return bundle_bytes(
        [session], exporter=JANE, created_ms=CREATED_MS, log=BundledLog(log.certificate, log.checkpoint())
    )


def test_a_log_that_holds_another_event_is_a_contradiction_at_that_event():
    log, parties = OrganisationLog(post_quantum=False), sealed_session()
    place = log.add(batch_leaf(SESSION, "T", 0, 3, "ab" * 32))
    session = session_with(log, parties)
    found = both(bundled(log, replace(session, proofs=(*session.proofs, log.prove(place)))))
    bad = found.first_bad
    assert (bad.code, bad.lane, bad.seq) == ("log_differs_here", "T", 2)


def test_a_log_with_two_histories_gives_itself_away():
    log, other, parties = (OrganisationLog(post_quantum=False), OrganisationLog(post_quantum=False), sealed_session())
    first = session_with(log, parties)
    forged = other.add(batch_leaf(SESSION, "C", 0, 1, batches(parties.filed())[0].head))
    for leaf in batches(parties.filed())[:-1]:
        other.add(leaf)
    found = both(bundled(log, replace(first, proofs=(*first.proofs, other.prove(forged)))))
    assert (found.verdict, found.first_bad.code) == (Verdict.INVALID, "log_forked")


def test_an_erasure_is_told_and_proven_by_the_log():
    log, parties = OrganisationLog(post_quantum=False), sealed_session()
    stated = encode_canonical(
        {"kind": "erasure", "sid": SESSION, "at": "2026-04-01T00:00:00Z", "by": "Ada", "basis": "GDPR 17", "v": 1}
    )
    act = log.add(act_leaf("erasure", sid=SESSION, at_ms=BEGAN_MS, actor="cd" * 32, document=stated))
    places = [log.add(leaf) for leaf in batches(parties.filed())]
    session = BundledSession(
        record=write_record(MANIFEST, parties.filed(with_body=False)),
        proofs=tuple(map(log.prove, [act, *places])),
        erasures=(stated,),
    )
    found = both(data := bundled(log, session))
    assert found.verdict is Verdict.INCOMPLETE
    said = "Erased on 2026-04-01T00:00:00Z by Ada under: GDPR 17."
    for words in (as_text(found), members_of(data)["report.html"].decode()):
        assert f"{said} The log proves it." in words
        assert "No proof of the log" not in words
    another = encode_canonical(decode_canonical(stated, 1024) | {"basis": "GDPR 6"})
    for unsaid in (
        replace(session, proofs=session.proofs[1:]),
        replace(session, erasures=(another,)),
    ):
        unproven = both(data := bundled(log, unsaid))
        for words in (as_text(unproven), members_of(data)["report.html"].decode()):
            assert "No proof of the log says so." in words
            assert "The log proves it." not in words


@pytest.mark.parametrize(
    "change",
    [
        lambda members: members | {"keys/organisation.key": bytes(32)},
        lambda members: members | {"keys/log.cert": members["keys/log.cert"][:-1] + b"x"},
        lambda members: {name: data for name, data in members.items() if name != "keys/log.cert"},
        lambda members: members | {"checkpoint.txt": b"x\n"},
        lambda members: members | {f"signatures/{SESSION}-0000.json": b"{}"},
        lambda members: members | {f"erasures/{SESSION}-0000.json": b"{}"},
        lambda members: members | {f"proofs/{SESSION}-0009.tlog-proof": b"x"},
        lambda members: members | {f"keys/technician-{'ab' * 32}.cert": b"x"},
    ],
)
def test_evidence_that_does_not_fit_is_refused_although_everything_was_packed_again(change):
    assert both(repacked(dict(sorted(change(members_of(exported())).items())))).verdict is Verdict.INVALID


def test_an_export_signed_by_somebody_else_or_no_more_is_refused():
    members = members_of(exported())
    unsigned = {name: data for name, data in members.items() if name != "manifest.sig"}
    assert both(packed(unsigned)).verdict is Verdict.INVALID
    assert both(packed({**members, "manifest.sig": bytes(64)})).verdict is Verdict.INVALID
    assert both(repacked(members, sign=False)).verdict is Verdict.INVALID


def test_the_answer_for_programs_names_places_and_cannot_act_on_a_terminal():
    parties = smallest_session()
    found = check(exported(parties, witnesses=()))
    answer = json.loads(as_json(found))
    assert answer["verdict"] == "unwitnessed"
    assert answer["sessions"][0]["events"] == 6
    assert {item["severity"] for item in answer["findings"]} == {Severity.UNWITNESSED.value}


@given(st.binary(max_size=400))
def test_whatever_the_bytes_both_verifiers_answer(data):
    assert both(data).verdict is Verdict.INVALID


@given(st.sampled_from(sorted(members_of(SMALL))), st.binary(max_size=60))
def test_whatever_a_file_of_it_holds_both_verifiers_answer(name, data):
    members = members_of(SMALL)
    if name.startswith(("report", "verify")) or members[name] == data:
        return
    changed = {**members, name: data}
    whole = packed(changed) if name.startswith("manifest") else repacked(changed)
    assert both(whole).verdict is Verdict.INVALID


def test_consent_and_openings_are_judged_in_exports_too():
    parties = TwoParties()
    parties.open()
    parties.write("T", EventType.CONTROL_TAKE)
    parties.end_and_seal()
    found = both(exported(parties))
    assert (found.verdict, found.first_bad.code) == (Verdict.INVALID, "without_consent")


class WatchedFile(io.BytesIO):
    """An export in memory that knows how much was ever read of it at a time."""

    most = 0

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.most = max(self.most, len(data))
        return data


def test_however_long_its_reports_are_only_a_piece_of_an_export_is_in_memory_at_a_time():
    whole = repacked({**members_of(SMALL), "report.csv": bytes(5_000_000), "report.html": bytes(3_000_000)})
    first, second = WatchedFile(whole), WatchedFile(whole)
    assert verify_bundle(first).verdict is Verdict.VALID
    verifier = second_verifier()
    verifier.Export(verifier.Bundle(second), verifier.Findings(), "")
    assert max(first.most, second.most) <= 1 << 20


@pytest.mark.parametrize(
    ("record", "words"),
    [(b"\n" * (MAX_EVENTS + 2), "more than 1000000 events"), (bytes(MAX_FILE_BYTES + 1), f"at most {MAX_FILE_BYTES}")],
    ids=["an event too many", "a byte too many"],
)
def test_what_is_beyond_the_limits_of_an_export_is_refused_in_words(record, words):
    found = both(repacked({**members_of(SMALL), EVENTS: record}))
    assert found.verdict is Verdict.INVALID
    assert words in found.first_bad.text
