"""A log that shows two histories, before three real witnesses: no two conflicting checkpoints ever get their quorum."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from relay.log.witnessing import NotCosigned, parse_request
from tests.support.two_faced_log import FACES, MOST, conflicting_checkpoints, conflicts, run

asked = st.tuples(
    st.integers(0, 2),
    st.sampled_from(FACES),
    st.integers(0, MOST),
    st.one_of(st.none(), st.integers(0, MOST)),
)


@given(st.lists(asked, max_size=40))
@settings(max_examples=400)
def test_two_of_three_honest_witnesses_never_agree_on_two_histories(schedule: list) -> None:
    assert conflicts(run(schedule, quorum=2, liars=0)) == []


@given(st.lists(asked, max_size=40))
@settings(max_examples=200)
def test_three_of_three_withstand_one_that_signs_everything(schedule: list) -> None:
    assert conflicts(run(schedule, quorum=3, liars=1)) == []


def test_the_property_would_notice_a_conflict() -> None:
    everybody = [(number, face, MOST, None) for number in range(3) for face in FACES]
    assert conflicts(run(everybody, quorum=2, liars=2)) != []
    assert len(run([(number, "left", MOST, None) for number in range(3)], quorum=3, liars=0)) == 1


@given(st.binary(max_size=400))
@settings(max_examples=200)
def test_whatever_is_sent_a_witness_answers_only_with_a_refusal(body: bytes) -> None:
    with suppress(NotCosigned):
        parse_request(body)


def test_no_order_of_asking_in_the_drill_brings_two_histories_to_a_quorum() -> None:
    assert conflicting_checkpoints(seed=1, count=100) == 0
