from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from protocol.transport.picture_packets import MAX_BODY_BYTES, Fragment, split_update
from protocol.transport.update_assembly import (
    MAX_HELD_BYTES,
    MAX_HELD_FRAGMENTS,
    NEW_EPOCH_INTERVAL_S,
    UpdateAssembler,
    patience_s,
)


def fragments_of(update: int, size: int, *, starts_epoch: bool = False) -> list[Fragment]:
    data = bytes((update + position) % 256 for position in range(size))
    return split_update(data, update=update, starts_epoch=starts_epoch)


def numbers(released) -> list[int]:
    return [update.number for update in released]


@given(
    st.lists(st.integers(1, 5000), min_size=1, max_size=10),
    st.integers(0, 0xFFFF),
    st.randoms(use_true_random=False),
)
def test_any_order_and_duplication_gives_every_update_once_in_order(sizes, first, random):
    updates = [fragments_of(first + i, size, starts_epoch=i == 0) for i, size in enumerate(sizes)]
    packets = [fragment for fragments in updates for fragment in fragments]
    packets += random.sample(packets, k=min(5, len(packets)))
    random.shuffle(packets)
    assembler = UpdateAssembler()
    released = [update for packet in packets for update in assembler.add(packet, 0.0)]
    # An epoch is taken up at its start whatever came earlier, so the first fragment decides the numbers' origin.
    assert [update.data for update in released] == [
        b"".join(fragment.body for fragment in fragments) for fragments in updates
    ]
    origin = released[0].number
    assert numbers(released) == list(range(origin, origin + len(sizes)))
    assert [update.starts_epoch for update in released] == [True] + [False] * (len(sizes) - 1)


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=40), st.randoms(use_true_random=False))
def test_whatever_is_missing_nothing_is_released_out_of_order_within_an_epoch(plan, random):
    assembler = UpdateAssembler()
    released = []
    for number, starts_epoch in plan:
        for fragment in fragments_of(number, 2500, starts_epoch=starts_epoch or number % 10 == 0):
            if random.random() < 0.8:
                released += assembler.add(fragment, 0.0)
    for earlier, later in pairwise(released):
        assert later.number == earlier.number + 1 or (later.starts_epoch and later.number > earlier.number)


def test_a_late_join_waits_for_an_epoch():
    assembler = UpdateAssembler()
    assert assembler.add(fragments_of(500, 10)[0], 0.0) == []
    assert assembler.completed is None
    assert numbers(assembler.add(fragments_of(501, 10, starts_epoch=True)[0], 0.0)) == [501]
    assert numbers(assembler.add(fragments_of(502, 10)[0], 0.0)) == [502]
    assert assembler.completed == 502


def test_a_new_epoch_leaves_a_gap_behind():
    assembler = UpdateAssembler()
    assembler.add(fragments_of(0, 10, starts_epoch=True)[0], 0.0)
    assembler.add(fragments_of(2, 10)[0], 0.0)
    assert numbers(assembler.add(fragments_of(5, 10, starts_epoch=True)[0], 0.0)) == [5]
    assert assembler.add(fragments_of(1, 10)[0], 0.0) == []


def test_a_gap_that_stays_asks_for_a_new_epoch_now_and_then():
    assembler = UpdateAssembler()
    assembler.add(fragments_of(0, 10, starts_epoch=True)[0], 0.0)
    assert not assembler.new_epoch_due(9.0, 0.04)
    assembler.add(fragments_of(2, 10)[0], 10.0)
    assert not assembler.new_epoch_due(10.0 + patience_s(0.04) - 0.01, 0.04)
    assert assembler.new_epoch_due(10.0 + patience_s(0.04), 0.04)
    assert not assembler.new_epoch_due(10.0 + patience_s(0.04) + 0.01, 0.04)
    assert assembler.new_epoch_due(10.0 + patience_s(0.04) + NEW_EPOCH_INTERVAL_S, 0.04)


def test_an_epoch_that_is_still_coming_is_not_asked_for_again():
    assembler = UpdateAssembler()
    now = 0.0
    for fragment in fragments_of(0, 50 * MAX_BODY_BYTES, starts_epoch=True):
        now += 0.3
        assembler.add(fragment, now)
        assert not assembler.new_epoch_due(now, 0.04)


def test_memory_is_bounded_whatever_comes():
    assembler = UpdateAssembler()
    for number in range(0, 60000, 7):
        fragment = Fragment(number, 1, 7000, True, bytes(MAX_BODY_BYTES))
        assert assembler.add(fragment, 0.0) == []
    assert assembler._held_bytes <= MAX_HELD_BYTES
    assert len(assembler._held) <= MAX_HELD_FRAGMENTS


@given(
    st.lists(
        st.tuples(st.integers(0, 0xFFFF), st.integers(0, 3), st.integers(1, 4), st.booleans(), st.binary(min_size=1)),
        max_size=60,
    )
)
def test_contradicting_fragments_do_no_harm(claims):
    assembler = UpdateAssembler()
    for update, index, count, starts_epoch, body in claims:
        assembler.add(Fragment(update, min(index, count - 1), count, starts_epoch, body), 0.0)
