import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from protocol.audit.events import EventType
from protocol.errors import PeerError
from protocol.messages.signaling import StoredEvent
from relay.audit.checking import HeldLane, NewEvents, check_delivery, lane_of, sequence_numbers
from tests.support.relay_events import LaneWriter

SESSION = "ab" * 16
KEY, OTHER_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
CERTIFIED = frozenset({KEY.public_key().public_bytes_raw()})


def lane(name: str = "T", key: Ed25519PrivateKey = KEY, seed: int = 0) -> LaneWriter:
    return LaneWriter(SESSION, name, key, seed=seed)


def held(events: list[StoredEvent]) -> tuple[HeldLane, dict[int, bytes]]:
    newest = events[-1] if events else None
    state = HeldLane(len(events), newest.event, newest.signer) if newest else HeldLane()
    return state, {seq: one.event for seq, one in enumerate(events)}


def deliver(kept: list[StoredEvent], events: list[StoredEvent]) -> NewEvents:
    return check_delivery(SESSION, *held(kept), events, CERTIFIED)


def refusal(kept: list[StoredEvent], events: list[StoredEvent]) -> str:
    with pytest.raises(PeerError) as caught:
        deliver(kept, events)
    return caught.value.code


@given(st.integers(0, 6), st.integers(0, 6), st.integers(1, 6))
def test_any_overlapping_stretch_adds_exactly_what_is_missing(kept: int, start: int, length: int) -> None:
    events = lane().write_many(12)
    start = min(start, kept)
    new = deliver(events[:kept], events[start : start + length])
    assert new.first_seq == kept
    assert list(new.events) == events[kept : max(kept, start + length)]


def test_another_event_at_a_held_place_is_a_conflict() -> None:
    events, others = lane().write_many(3), lane(seed=1).write_many(3)
    for seq in range(3):
        assert refusal(events, [others[seq]]) == "event_conflict"


def test_a_gap_is_told_from_a_broken_chain() -> None:
    events, others = lane().write_many(3), lane(seed=1).write_many(3)
    assert refusal([], events[1:]) == "event_gap"
    assert refusal(events[:1], events[2:]) == "event_gap"
    assert refusal(events[:1], others[1:2]) == "event_invalid"


def test_lane_t_is_signed_by_a_certified_device() -> None:
    assert refusal([], lane(key=OTHER_KEY).write_many(1)) == "event_invalid"
    assert len(deliver([], lane("C", OTHER_KEY).write_many(2)).events) == 2


def test_a_lane_keeps_its_signer() -> None:
    events, others = lane("C").write_many(2), lane("C", OTHER_KEY).write_many(2)
    assert refusal(events[:1], [others[1]]) == "event_invalid"


def test_a_forged_signature_a_foreign_session_and_a_wrong_lane_are_invalid() -> None:
    event = lane().write()
    elsewhere = LaneWriter("cd" * 16, "T", KEY).write()
    for bad in (
        msgspec.structs.replace(event, signature=bytes(64)),
        msgspec.structs.replace(event, event=event.event.replace(b":", b": ", 1)),
        msgspec.structs.replace(event, lane="C"),
        msgspec.structs.replace(event, signer=OTHER_KEY.public_key().public_bytes_raw()),
        elsewhere,
    ):
        assert refusal([], [bad]) == "event_invalid"


def test_a_delivery_is_of_one_lane_and_not_empty() -> None:
    for events in ([], [lane().write(), lane("C").write()]):
        with pytest.raises(PeerError) as caught:
            lane_of(events)
        assert caught.value.code == "event_invalid"


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_invalid_events(data: bytes) -> None:
    event = msgspec.structs.replace(lane().write(), event=data)
    with pytest.raises(PeerError) as caught:
        sequence_numbers([event])
    assert caught.value.code == "event_invalid"


def test_opening_and_sealing_are_noticed() -> None:
    writer = lane()
    opened = deliver([], [writer.write(), writer.write()])
    assert (opened.technician_opened, opened.sealed, opened.anchored_now) == (True, False, True)
    sealed = deliver(writer.written[:2], [writer.write(EventType.SESSION_SEAL)])
    assert (sealed.technician_opened, sealed.sealed) == (False, True)
    again = deliver(list(writer.written), list(writer.written))
    assert (again.first_seq, again.events) == (3, ())
    assert (again.technician_opened, again.sealed, again.anchored_now) == (False, False, False)
    assert not deliver([], lane("C").write_many(1)).technician_opened
