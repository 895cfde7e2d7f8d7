"""Who was called goes on only after the warning, a wait and the right sentence; nothing leads around it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_client.protection.contact import SENTENCE, WAIT_S, Contact, FirstQuestion, Step
from protocol.errors import LocalError

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("contacted"), st.booleans()),
        st.tuples(st.just("insist")),
        st.tuples(st.just("typed"), st.sampled_from(["", "I called", SENTENCE])),
        st.tuples(st.just("wait"), st.floats(0, 12)),
    ),
    max_size=12,
)


def test_who_called_them_goes_on_at_once() -> None:
    question = FirstQuestion()
    assert question.contacted(True).step is Step.ANSWERED
    assert question.contact is Contact.BY_CUSTOMER


def test_who_was_called_is_warned_and_cannot_take_the_answer_back() -> None:
    question = FirstQuestion()
    assert question.contacted(False).step is Step.WARNED
    assert question.contacted(True).step is Step.WARNED
    with pytest.raises(LocalError):
        question.contact  # noqa: B018


def test_going_on_takes_ten_seconds_and_the_sentence() -> None:
    question = FirstQuestion()
    question.contacted(False)
    question.insist(100.0)
    assert question.typed(SENTENCE, 109.9).step is Step.DOUBTED
    assert question.typed("yes", 110.0).mistyped
    assert question.typed("  i CALLED   them. ", 110.0).step is Step.ANSWERED
    assert question.contact is Contact.BY_CALLER


@given(STEPS)
def test_nobody_who_was_called_gets_through_without_wait_and_sentence(steps: list[tuple[Any, ...]]) -> None:
    question, now, insisted_at, sentence_at, called_them = FirstQuestion(), 0.0, None, None, None
    for step in steps:
        match step:
            case ("contacted", by_customer):
                called_them = by_customer if called_them is None else called_them
                question.contacted(by_customer)
            case ("insist",):
                if called_them is False and insisted_at is None:
                    insisted_at = now
                question.insist(now)
            case ("typed", text):
                if text == SENTENCE and insisted_at is not None and now >= insisted_at + WAIT_S:
                    sentence_at = now
                question.typed(text, now)
            case ("wait", seconds):
                now += seconds
    passed = question.shown.step is Step.ANSWERED
    assert passed is (called_them is True or sentence_at is not None)
