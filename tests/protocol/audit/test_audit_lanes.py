import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.audit.events import NO_HASH, encode_event, event_hash, sign_event
from protocol.audit.lanes import LaneCheck
from protocol.errors import LocalError, PeerError
from tests.support.recorded_session import KEYS, SESSION, SIGNERS, sealed_session

EVENTS = [held.recorded for held in sealed_session().records["C"].own_events]
PARSED = [held.event for held in sealed_session().records["C"].own_events]


def lane_with(count: int, signer: bytes | None = SIGNERS["C"]) -> LaneCheck:
    lane = LaneCheck(SESSION, "C", signer)
    for recorded in EVENTS[:count]:
        lane.accept(recorded.event, recorded.signature, SIGNERS["C"])
    return lane


def refusal(lane: LaneCheck, event: bytes, signature: bytes, signer: bytes = SIGNERS["C"]) -> str:
    count, head = lane.count, lane.head
    with pytest.raises(PeerError) as caught:
        lane.accept(event, signature, signer)
    assert (lane.count, lane.head) == (count, head), "a refused event must leave nothing behind"
    return caught.value.code


def test_a_whole_lane_is_accepted_in_order():
    lane = lane_with(0)
    for seq, recorded in enumerate(EVENTS):
        accepted = lane.accept(recorded.event, recorded.signature, SIGNERS["C"])
        assert accepted is not None
        assert accepted.seq == seq
        assert lane.head == event_hash(recorded.event)
    assert lane.count == len(EVENTS)


@given(st.integers(1, len(EVENTS)), st.data())
def test_the_same_event_again_changes_nothing(count, data):
    lane = lane_with(count)
    again = EVENTS[data.draw(st.integers(0, count - 1))]
    assert lane.accept(again.event, again.signature, SIGNERS["C"]) is None
    assert lane.count == count


@given(st.integers(0, len(EVENTS) - 2), st.data())
def test_an_event_too_early_is_a_gap(count, data):
    early = EVENTS[data.draw(st.integers(count + 1, len(EVENTS) - 1))]
    assert refusal(lane_with(count), early.event, early.signature) == "event_gap"


def test_a_second_story_at_a_held_place_is_a_conflict():
    other = sign_event(KEYS["C"], encode_event(msgspec.structs.replace(PARSED[2], t_ms=1)))
    assert refusal(lane_with(4), other.event, other.signature) == "event_conflict"


def test_an_unsigned_second_story_is_only_invalid():
    other = encode_event(msgspec.structs.replace(PARSED[2], t_ms=1))
    assert refusal(lane_with(4), other, bytes(64)) == "event_invalid"


def test_an_event_that_follows_another_history_is_invalid():
    other = sign_event(KEYS["C"], encode_event(msgspec.structs.replace(PARSED[3], prev="1" * 64)))
    assert refusal(lane_with(3), other.event, other.signature) == "event_invalid"


def test_the_first_signer_is_kept_when_none_is_given():
    lane = lane_with(1, signer=None)
    assert lane.signer == SIGNERS["C"]
    changed = msgspec.structs.replace(PARSED[1], actor=event_hash(SIGNERS["T"]))
    other = sign_event(KEYS["T"], encode_event(changed))
    assert refusal(lane, other.event, other.signature, SIGNERS["T"]) == "event_invalid"


def test_a_given_signer_refuses_every_other_one():
    lane = LaneCheck(SESSION, "C", SIGNERS["T"])
    assert refusal(lane, EVENTS[0].event, EVENTS[0].signature) == "event_invalid"


@pytest.mark.parametrize(("session", "name"), [("f" * 32, "C"), (SESSION, "T")])
def test_events_of_another_session_or_lane_are_invalid(session, name):
    lane = LaneCheck(session, name)
    assert refusal(lane, EVENTS[0].event, EVENTS[0].signature) == "event_invalid"
    assert lane.signer is None


@given(st.integers(0, len(EVENTS) - 1), st.integers(min_value=0))
def test_any_changed_byte_is_refused(seq, position):
    recorded = EVENTS[seq]
    place = position % len(recorded.event)
    changed = bytearray(recorded.event)
    changed[place] ^= 1
    assert refusal(lane_with(seq), bytes(changed), recorded.signature) in {"event_invalid", "event_gap"}


@pytest.mark.parametrize("count", [1, 3])
def test_a_restored_lane_goes_on_where_it_was(count):
    whole = lane_with(count)
    lane = LaneCheck(SESSION, "C", SIGNERS["C"], count=count, head=whole.head)
    assert (lane.count, lane.head) == (count, whole.head)
    for recorded in EVENTS[count:]:
        assert lane.accept(recorded.event, recorded.signature, SIGNERS["C"]) is not None
    assert lane.head == event_hash(EVENTS[-1].event)


def test_a_restored_lane_recognises_old_events_by_the_bytes_the_caller_holds():
    head = lane_with(3).head
    lane = LaneCheck(SESSION, "C", SIGNERS["C"], count=3, head=head)
    stored = {seq: recorded.event for seq, recorded in enumerate(EVENTS[:3])}
    for recorded in EVENTS[:3]:
        assert lane.accept(recorded.event, recorded.signature, SIGNERS["C"], held=stored.get) is None
    assert lane.accept(EVENTS[2].event, EVENTS[2].signature, SIGNERS["C"]) is None, "the head is known without help"


def test_a_restored_lane_refuses_old_events_it_cannot_compare():
    lane = LaneCheck(SESSION, "C", SIGNERS["C"], count=3, head=lane_with(3).head)
    assert refusal(lane, EVENTS[0].event, EVENTS[0].signature) == "event_conflict"


@pytest.mark.parametrize(
    ("lane", "signer", "count", "head"),
    [
        ("X", None, 0, NO_HASH),
        ("C", SIGNERS["C"], 1, NO_HASH),
        ("C", SIGNERS["C"], 0, "1" * 64),
        ("C", None, 1, "1" * 64),
        ("C", SIGNERS["C"], -1, NO_HASH),
    ],
)
def test_a_lane_cannot_be_restored_from_nonsense(lane, signer, count, head):
    with pytest.raises(LocalError):
        LaneCheck(SESSION, lane, signer, count=count, head=head)
