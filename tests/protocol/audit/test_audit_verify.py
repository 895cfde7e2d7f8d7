import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.events import (
    EventType,
    PeerLink,
    log_name,
    parse_event,
)
from protocol.audit.findings import MAX_FINDINGS, Findings, Severity, Verdict
from protocol.audit.record_file import FiledEvent, Manifest, filed_event, write_record
from protocol.audit.verify import verify_record
from protocol.pairing.certificates import issue_certificate
from tests.support.forged_session import Forger, codes
from tests.support.recorded_session import (
    BEGAN_MS,
    CERTIFICATE,
    MANIFEST,
    OPENINGS,
    ROOT_ID,
    ROOT_KEY,
    SESSION,
    SIGNERS,
    TICKET,
    TwoParties,
    private_key,
    public_bytes,
    sealed_session,
    smallest_session,
)

# --- a whole record


def test_a_whole_session_is_valid_and_its_facts_are_told():
    found = verify_record(sealed_session().file(), root_id=ROOT_ID)
    assert (found.verdict, found.findings, found.first_bad) == (Verdict.VALID, (), None)
    assert (found.organisation, found.technician) == ("Example Ltd", "Jane Doe")
    assert (found.ticket, found.session) == (TICKET, SESSION)
    assert found.opened_ms == BEGAN_MS + 100
    assert found.ended_ms is not None
    assert found.ended_ms > found.opened_ms
    assert found.root_id == ROOT_ID
    assert found.root_pinned
    assert len(found.timeline) == 17


def test_the_forgers_honest_work_is_valid_so_that_its_lies_are_what_is_found():
    assert Forger().open().grant().seal().verify().verdict is Verdict.VALID


def test_without_a_pinned_root_the_verdict_says_so():
    found = verify_record(smallest_session().file())
    assert found.verdict is Verdict.VALID
    assert not found.root_pinned


def test_another_pinned_root_is_invalid():
    found = verify_record(smallest_session().file(), root_id=bytes(32))
    assert found.verdict is Verdict.INVALID
    assert "root_differs" in codes(found)


# --- something is missing


@pytest.mark.parametrize(
    "how", ["bodies", "one body", "lane C", "lane T", "seal C", "seal T", "seals", "tail", "middle"]
)
def test_what_is_left_out_makes_a_record_incomplete(how):
    parties = sealed_session()
    last = {lane: parties.records[lane].count(lane) - 1 for lane in "CT"}
    keep = {
        "lane C": lambda filed, seq: filed.lane != "C",
        "lane T": lambda filed, seq: filed.lane != "T",
        "seal C": lambda filed, seq: (filed.lane, seq) != ("C", last["C"]),
        "seal T": lambda filed, seq: (filed.lane, seq) != ("T", last["T"]),
        "seals": lambda filed, seq: seq < last[filed.lane],
        "tail": lambda filed, seq: filed.lane == "T" or seq < last["C"] - 2,
        "middle": lambda filed, seq: (filed.lane, seq) != ("C", 3),
    }
    if how == "one body":
        first, *others = parties.filed()
        data = write_record(MANIFEST, [FiledEvent(first.lane, first.event, first.signature), *others])
    else:
        data = parties.file(keep.get(how, lambda filed, seq: True), with_body=how != "bodies")
    found = verify_record(data, root_id=ROOT_ID)
    assert found.verdict is Verdict.INCOMPLETE
    assert all(item.severity is not Severity.CONTRADICTION for item in found.findings)


@pytest.mark.parametrize("dropped", range(17))
def test_any_single_dropped_line_is_incomplete_and_never_called_a_lie(dropped):
    lines = sealed_session().file().splitlines(keepends=True)
    del lines[1 + dropped]
    assert verify_record(b"".join(lines), root_id=ROOT_ID).verdict is Verdict.INCOMPLETE


@pytest.mark.parametrize("kept", range(17))
def test_a_record_cut_after_any_line_is_incomplete(kept):
    lines = sealed_session().file().splitlines(keepends=True)
    assert verify_record(b"".join(lines[: 1 + kept])).verdict is Verdict.INCOMPLETE


def test_a_lost_line_sealed_by_one_side_is_incomplete():
    parties = TwoParties()
    parties.open()
    parties.write("T", EventType.NOTE, {"text": "never arrives"})
    parties.lose_line()
    parties.write("C", EventType.PEER_LOST)
    parties.write("C", EventType.SESSION_END, {"reason": "connection_lost"})
    parties.seal("C")
    found = verify_record(parties.file(), root_id=ROOT_ID)
    assert (found.verdict, codes(found)) == (Verdict.INCOMPLETE, {"seal_missing"})


def test_two_sides_that_each_sealed_alone_are_incomplete_not_invalid():
    parties = TwoParties()
    parties.open()
    for lane in "CT":
        parties.write(lane, EventType.PEER_LOST)
        parties.write(lane, EventType.SESSION_END, {"reason": "connection_lost"})
        parties.seal(lane)
    parties.lose_line()
    found = verify_record(parties.file(), root_id=ROOT_ID)
    assert (found.verdict, codes(found)) == (Verdict.INCOMPLETE, {"sealed_alone"})


# --- something is not true


def test_a_changed_event_is_named_with_line_and_place():
    changed = sealed_session().filed()
    changed[2] = FiledEvent("C", changed[2].event, bytes(64), changed[2].salt, changed[2].body)
    found = verify_record(write_record(MANIFEST, changed))
    assert found.verdict is Verdict.INVALID
    assert found.first_bad is not None
    assert (found.first_bad.line, found.first_bad.lane, found.first_bad.seq) == (4, "C", 2)


def test_a_record_whose_lane_is_signed_by_another_key_is_invalid():
    manifest = Manifest(SESSION, MANIFEST.organisation_key, CERTIFICATE, public_bytes(private_key(9)))
    found = verify_record(write_record(manifest, sealed_session().filed()))
    assert found.verdict is Verdict.INVALID


def certificate(root: Ed25519PrivateKey = ROOT_KEY, **changes: object) -> bytes:
    fields = {
        "serial": "7",
        "technician_id": "jane",
        "name": "Jane Doe",
        "organisation": "Example Ltd",
        "signing_key": SIGNERS["T"],
        "sealing_key": bytes(32),
        "roles": ("technician",),
        "not_before": BEGAN_MS // 1000 - 60,
        "not_after": BEGAN_MS // 1000 + 60,
    }
    return issue_certificate(root, **{**fields, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"not_after": BEGAN_MS // 1000 - 30}, "certificate_expired"),
        ({"not_before": BEGAN_MS // 1000 + 30}, "certificate_expired"),
        ({"root": private_key(8)}, "certificate_untrusted"),
        ({"signing_key": SIGNERS["C"]}, "event_invalid"),
        ({"name": "Somebody Else", "technician_id": "x"}, "names_differ"),
        ({"organisation": "Other Ltd"}, "names_differ"),
        ({"serial": "8"}, "certificate_differs"),
    ],
)
def test_a_certificate_that_does_not_fit_is_invalid(changes, code):
    manifest = Manifest(SESSION, MANIFEST.organisation_key, certificate(**changes), SIGNERS["C"])
    found = verify_record(write_record(manifest, smallest_session().filed()), root_id=ROOT_ID)
    assert found.verdict is Verdict.INVALID
    assert code in codes(found)


@pytest.mark.parametrize("lane", ["C", "T"])
def test_events_of_another_session_are_invalid(lane):
    manifest = Manifest("f" * 32, MANIFEST.organisation_key, CERTIFICATE, SIGNERS["C"])
    found = verify_record(write_record(manifest, smallest_session().filed()))
    assert found.verdict is Verdict.INVALID
    assert any(item.lane == lane for item in found.findings)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"prev": "1" * 64}, "chain_broken"),
        ({"mono_ms": 0}, "clock_backwards"),
        ({"peer": PeerLink(-1, "0" * 64)}, "link_backwards"),
        ({"peer": PeerLink(0, "1" * 64)}, "link_broken"),
        ({"log": log_name(ROOT_ID, 2027)}, "log_differs"),
        ({"log": log_name(bytes(32), 2026)}, "log_differs"),
    ],
)
def test_a_signed_event_that_contradicts_the_history_is_invalid(fields, code):
    forger = Forger().open().grant()
    forger.add("C", EventType.NOTE, {}, **fields)
    found = forger.seal().verify()
    assert found.verdict is Verdict.INVALID
    assert code in codes(found)
    assert found.first_bad is not None
    assert (found.first_bad.lane, found.first_bad.seq, found.first_bad.line) == ("C", 2, 4)


def test_an_event_after_a_seal_is_invalid():
    forger = Forger().open().seal()
    forger.add("T", EventType.NOTE)
    assert "after_seal" in codes(forger.verify())


def test_having_seen_an_event_after_the_others_seal_is_invalid():
    forger = Forger().open().seal()
    forger.add("T", EventType.NOTE, {}, peer=PeerLink(5, "1" * 64))
    found = forger.verify()
    assert "seen_after_seal" in codes(found)


def test_two_events_that_each_come_first_are_invalid():
    forger = Forger().open()
    forger.add("T", EventType.NOTE, {}, peer=PeerLink(1, "1" * 64))
    forger.add("C", EventType.NOTE)
    found = forger.seal().verify()
    assert found.verdict is Verdict.INVALID
    assert {"link_circular", "link_broken"} & codes(found)


# --- clocks


@pytest.mark.parametrize(("skew_ms", "notices"), [(100_000, set()), (130_000, {"clock_skew"})])
def test_clocks_that_disagree_by_more_than_two_minutes_are_noted_but_valid(skew_ms, notices):
    parties = TwoParties()
    parties.t_ms += skew_ms
    parties.write("T", EventType.SESSION_OPEN, OPENINGS["T"])
    parties.deliver()
    parties.t_ms -= skew_ms
    parties.write("C", EventType.SESSION_OPEN, OPENINGS["C"])
    parties.t_ms += skew_ms
    parties.end_and_seal()
    found = verify_record(parties.file(), root_id=ROOT_ID)
    assert found.verdict is Verdict.VALID
    assert {item.code for item in found.findings} - {"clock_changed"} == notices


def test_a_clock_set_during_the_session_is_noted():
    parties = TwoParties()
    parties.open()
    parties.t_ms += 3_600_000
    parties.end_and_seal()
    found = verify_record(parties.file(), root_id=ROOT_ID)
    assert (found.verdict, codes(found)) == (Verdict.VALID, {"clock_changed"})


# --- the verifier itself


@pytest.mark.parametrize("data", [b"", b"\n", b"{}\n", b"\xff" * 100, b"[" * 10_000 + b"\n"])
def test_bytes_that_are_no_record_are_invalid_with_a_line(data):
    found = verify_record(data)
    assert found.verdict is Verdict.INVALID
    assert found.first_bad is not None
    assert found.first_bad.line == 1


def test_a_record_without_events_is_incomplete():
    assert verify_record(write_record(MANIFEST, []), root_id=ROOT_ID).verdict is Verdict.INCOMPLETE


def test_a_hostile_file_cannot_make_endless_findings():
    filed = [
        FiledEvent(one.lane, one.event, bytes(64))
        for one in (filed_event(held.recorded) for held in smallest_session().records["C"].own_events)
    ]
    found = verify_record(write_record(MANIFEST, filed * (MAX_FINDINGS // 2)))
    assert found.verdict is Verdict.INVALID
    assert len(found.findings) == MAX_FINDINGS + 1
    assert found.findings[-1].code == "more_findings"


def test_no_finding_means_valid():
    assert Findings().verdict is Verdict.VALID


def test_the_timeline_tells_causes_before_effects():
    parties = sealed_session()
    positions = {(entry.lane, entry.seq): place for place, entry in enumerate(verify_record(parties.file()).timeline)}
    for lane in "CT":
        other = "T" if lane == "C" else "C"
        for held in parties.records[lane].own_events:
            seen = parse_event(held.recorded.event).peer.seq
            assert seen < 0 or positions[other, seen] < positions[lane, held.event.seq]
