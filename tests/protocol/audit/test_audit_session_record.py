import msgspec
import pytest

from protocol.audit.events import NO_HASH, Event, EventType, PeerLink, commit_body, encode_event, sign_event
from protocol.audit.session_record import SessionRecord
from protocol.errors import DesksideError, EnvironmentFault, LocalError, PeerError
from protocol.messages.session import RecordedEvent
from tests.support.recorded_session import (
    BEGAN_MS,
    KEYS,
    LOG,
    OPENINGS,
    SESSION,
    SIGNERS,
    TwoParties,
    new_record,
    sealed_session,
)

NOW = {"t_ms": BEGAN_MS, "mono_ms": 1}


@pytest.fixture
def parties() -> TwoParties:
    opened = TwoParties()
    opened.open()
    return opened


def forged(parties: TwoParties, body: bytes = b"{}", **fields: object) -> RecordedEvent:
    """A note of the technician with some fields replaced, truly signed."""
    record = parties.records["T"]
    honest = new_copy(record).append(EventType.NOTE, {}, t_ms=parties.t_ms, mono_ms=parties.mono_ms)
    event = msgspec.json.decode(honest.event, type=Event)
    salt = honest.salt
    commitment = commit_body(salt=salt, session=SESSION, lane="T", seq=event.seq, body=body)
    changed = msgspec.structs.replace(event, **{"body": commitment, **fields})
    signed = sign_event(KEYS["T"], encode_event(changed))
    return RecordedEvent(event=signed.event, signature=signed.signature, salt=salt, body=body)


def new_copy(record: SessionRecord) -> SessionRecord:
    """The same party's record once more, so that a forgery does not enter the honest one."""
    journal = [(held.event.lane, held.recorded) for held in in_order(record)]
    return restored(journal, record.lane)


def in_order(record: SessionRecord):
    return sorted(record.own_events + record.peer_events, key=lambda held: held.event.t_ms)


def restored(journal, lane: str, key=None) -> SessionRecord:
    other = "T" if lane == "C" else "C"
    return SessionRecord.restore(
        journal,
        session=SESSION,
        lane=lane,
        own_key=key or KEYS[lane],
        peer_key=SIGNERS[other],
        log=LOG,
        entropy=lambda size: bytes(size),
    )


def refused(record: SessionRecord, recorded: RecordedEvent) -> str:
    before = (record.count("C"), record.count("T"), record.head("C"), record.head("T"))
    with pytest.raises(PeerError) as caught:
        record.accept(recorded)
    assert (record.count("C"), record.count("T"), record.head("C"), record.head("T")) == before
    return caught.value.code


def test_both_sides_hold_the_same_two_lanes():
    records = sealed_session().records
    for lane in "CT":
        assert records["C"].head(lane) == records["T"].head(lane) != NO_HASH
        assert records["C"].count(lane) == records["T"].count(lane) > 5
        assert records["C"].is_sealed(lane)
    assert records["C"].own_events == records["T"].peer_events


def test_an_accepted_event_comes_back_with_its_body(parties):
    recorded = parties.write("T", EventType.CONSENT_ASK, {"capability": "control", "reason": "to help"})
    event, body = parties.records["C"].accept(recorded)
    assert (event.type, event.lane, event.seq) == (EventType.CONSENT_ASK, "T", 1)
    assert body == {"capability": "control", "reason": "to help"}
    held = parties.records["C"].event("T", 1)
    assert held is not None
    assert (held.event, held.body, held.recorded) == (event, body, recorded)
    assert parties.records["C"].event("T", 2) is None
    assert parties.records["C"].event("T", -1) is None


def test_each_event_names_the_newest_event_seen_of_the_other_lane(parties):
    first = parties.records["T"].own_events[0]
    recorded = parties.write("C", EventType.NOTE)
    assert parties.records["C"].own_events[-1].event.peer == PeerLink(0, first.hash)
    assert parties.records["T"].accept(recorded)[0].peer.seq == 0


def test_the_same_event_again_is_returned_silently(parties):
    recorded = parties.write("T", EventType.NOTE, {"text": "again"})
    record = parties.records["C"]
    assert record.accept(recorded) == record.accept(recorded)
    assert record.count("T") == 2


def test_a_decomposed_accent_is_recorded_in_normal_form(parties):
    recorded = parties.write("C", EventType.NOTE, {"text": "Cafe\u0301"})
    assert recorded.body == '{"text":"Café"}'.encode()


def test_monotonic_time_never_goes_back_in_a_lane(parties):
    parties.mono_ms = 0
    parties.write("C", EventType.NOTE)
    events = [held.event for held in parties.records["C"].own_events]
    assert events[1].mono_ms == events[0].mono_ms
    parties.deliver()


@pytest.mark.parametrize(
    ("type", "body", "answers"),
    [
        (EventType.SESSION_OPEN, OPENINGS["C"], -1),
        (EventType.CONSENT_ASK, {"capability": "control"}, -1),
        (EventType.CONSENT_GRANT, {"capability": "control"}, -1),
        (EventType.CONSENT_GRANT, {"capability": "control"}, 7),
        (EventType.CONSENT_GRANT, {}, 0),
        (EventType.CONSENT_GRANT, {"capability": "everything"}, 0),
        (EventType.CONSENT_GRANT, {"capability": "control", "expires_in_s": -1}, 0),
        (EventType.SESSION_END, {}, -1),
        (EventType.SESSION_SEAL, {"reason": "x"}, -1),
        (EventType.NOTE, {"text": 1.5}, -1),
        (EventType.NOTE, {"text": "x" * 6200}, -1),
        (EventType.NOTE, {}, 3),
    ],
)
def test_an_event_that_breaks_the_rules_is_our_bug_and_not_recorded(parties, type, body, answers):
    record = parties.records["C"]
    before = (record.count("C"), record.head("C"))
    with pytest.raises(LocalError):
        record.append(type, body, answers=answers, **NOW)
    assert (record.count("C"), record.head("C")) == before


def test_the_first_event_must_open_the_session():
    with pytest.raises(LocalError):
        new_record("C").append(EventType.NOTE, {}, **NOW)


def test_nothing_follows_a_seal():
    parties = sealed_session()
    with pytest.raises(LocalError):
        parties.write("C", EventType.NOTE)


def test_a_peers_event_after_its_seal_is_refused(parties):
    parties.end_and_seal()
    head, seq = parties.records["T"].head("T"), parties.records["T"].count("T")
    honest = forged_after(parties, seq, head)
    assert refused(parties.records["C"], honest) == "event_invalid"


def forged_after(parties: TwoParties, seq: int, head: str) -> RecordedEvent:
    last = parties.records["T"].own_events[-1]
    commitment = commit_body(salt=bytes(32), session=SESSION, lane="T", seq=seq, body=b"{}")
    event = msgspec.structs.replace(last.event, seq=seq, prev=head, type=EventType.NOTE, body=commitment)
    signed = sign_event(KEYS["T"], encode_event(event))
    return RecordedEvent(event=signed.event, signature=signed.signature, salt=bytes(32), body=b"{}")


def test_a_truly_signed_honest_note_is_accepted(parties):
    assert parties.records["C"].accept(forged(parties))[0].type is EventType.NOTE


@pytest.mark.parametrize(
    "fields",
    [
        {"log": LOG[:-4] + "2027"},
        {"mono_ms": 0},
        {"peer": PeerLink(0, "1" * 64)},
        {"peer": PeerLink(1, "1" * 64)},
        {"peer": PeerLink(-1, NO_HASH)},
        {"prev": "1" * 64},
        {"sid": "f" * 32},
    ],
)
def test_a_peers_event_that_is_not_consistent_with_this_side_is_refused(parties, fields):
    parties.write("T", EventType.NOTE)
    parties.deliver()
    assert refused(parties.records["C"], forged(parties, **fields)) == "event_invalid"


def test_a_body_other_than_the_committed_one_is_refused(parties):
    recorded = msgspec.structs.replace(parties.write("T", EventType.NOTE), body=b'{"text":"other"}')
    assert refused(parties.records["C"], recorded) == "body_mismatch"


def test_a_body_without_the_fields_of_its_type_is_refused(parties):
    ended = forged(parties, b'{"why":1}', type=EventType.SESSION_END)
    assert refused(parties.records["C"], ended) == "body_invalid"


def test_a_gap_and_a_second_story_are_told_apart(parties):
    note, later = parties.write("T", EventType.NOTE), parties.write("T", EventType.NOTE)
    record = parties.records["C"]
    assert refused(record, later) == "event_gap"
    record.accept(note)
    other = msgspec.json.decode(note.event, type=Event)
    signed = sign_event(KEYS["T"], encode_event(msgspec.structs.replace(other, t_ms=1)))
    story = msgspec.structs.replace(note, event=signed.event, signature=signed.signature)
    assert refused(record, story) == "event_conflict"


@pytest.mark.parametrize("field", ["ticket", "certificate_sha256", "customer_key", "th"])
def test_openings_that_differ_are_refused(field):
    customer, technician = new_record("C"), new_record("T", seed=1)
    customer.append(EventType.SESSION_OPEN, OPENINGS["C"], **NOW)
    other = "DS-2026-000999" if field == "ticket" else "ab" * 32
    opening = {**OPENINGS["T"], field: other}
    if field == "customer_key":
        with pytest.raises(LocalError):
            technician.append(EventType.SESSION_OPEN, opening, **NOW)
        return
    assert refused(customer, technician.append(EventType.SESSION_OPEN, opening, **NOW)) == "openings_differ"


def test_a_grant_must_be_about_what_was_asked(parties):
    parties.write("T", EventType.CONSENT_ASK, {"capability": "diagnostics"})
    parties.deliver()
    with pytest.raises(LocalError):
        parties.write("C", EventType.CONSENT_GRANT, {"capability": "control"}, answers=1)
    parties.write("C", EventType.CONSENT_DENY, {"capability": "diagnostics"}, answers=1)
    parties.deliver()


def test_a_seal_with_other_heads_or_counts_is_refused(parties):
    parties.end()
    record = parties.records["C"]
    stated = parties.records["T"].seal_body("done")
    record.check_seal(stated)
    for wrong in ({"n_C": 9}, {"n_T": 1}, {"head_C": "1" * 64}, {"head_T": "1" * 64}):
        with pytest.raises(PeerError) as caught:
            record.check_seal({**stated, **wrong})
        assert caught.value.code == "seal_mismatch"
    for malformed in ({}, {**stated, "more": 1}, {**stated, "n_C": "2"}):
        with pytest.raises(PeerError):
            record.check_seal(malformed)


def test_the_seals_state_the_lanes_before_both_seals(parties):
    parties.end()
    before = parties.records["C"].seal_body("done")
    for lane in "TC":
        parties.seal(lane, "done")
        parties.deliver()
    assert parties.records["C"].own_events[-1].body == parties.records["T"].own_events[-1].body == before


@pytest.mark.parametrize("lane", ["C", "T"])
@pytest.mark.parametrize("kept", [1, 2, 7, 16])
def test_a_restored_record_is_the_one_that_was_written(lane, kept):
    journal = sealed_session().journal[lane]
    record = restored(journal[:kept], lane)
    assert [(held.event.lane, held.recorded) for held in record.own_events] == [
        entry for entry in journal[:kept] if entry[0] == lane
    ]
    if not record.is_sealed(lane) and record.count(lane):
        record.append(EventType.NOTE, {"text": "back"}, t_ms=BEGAN_MS, mono_ms=0)


def test_both_sides_can_go_on_after_a_restart(parties):
    parties.records["C"] = restored(parties.journal["C"], "C")
    parties.write("C", EventType.NOTE, {"text": "back"})
    parties.deliver()
    parties.end_and_seal()


def test_a_record_without_its_private_key_can_be_read_but_not_continued(parties):
    record = restored(parties.journal["C"], "C", KEYS["C"].public_key())
    assert record.count("C") == record.count("T") == 1
    with pytest.raises(LocalError) as caught:
        record.append(EventType.NOTE, {}, **NOW)
    assert caught.value.code == "record_read_only"


@pytest.mark.parametrize("damage", [lambda journal: journal[1:], lambda journal: [("X", journal[0][1])]])
def test_a_damaged_journal_is_an_environment_fault(damage):
    journal = sealed_session().journal["C"]
    with pytest.raises(EnvironmentFault) as caught:
        restored(damage(journal), "C")
    assert caught.value.code == "journal_damaged"


def test_there_are_only_two_lanes():
    with pytest.raises(DesksideError):
        new_record_of("X")


def new_record_of(lane: str) -> SessionRecord:
    return SessionRecord(
        session=SESSION, lane=lane, own_key=KEYS["C"], peer_key=SIGNERS["T"], log=LOG, entropy=lambda size: bytes(size)
    )
