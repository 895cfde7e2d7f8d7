"""The customer is asked in time whether to go on; no answer stops sharing, and what is asked is asked once."""

from customer_client.protection.confirming import (
    ANSWER_S,
    CONFIRM_EVERY_S,
    IDLE_S,
    SEE_ONLY_S,
    Asked,
    Confirmation,
    Verdict,
    Why,
)


def busy(confirmation: Confirmation, begin: float, end: float) -> list[Verdict]:
    """Let time pass in steps of 10 s in which somebody does something; return what was decided, but nothing."""
    verdicts = []
    now = begin
    while now < end:
        confirmation.active(now)
        verdict = confirmation.tick(now)
        if verdict is not Verdict.NOTHING:
            verdicts.append(verdict)
        now += 10.0
    return verdicts


def test_after_five_idle_minutes_it_is_asked_and_silence_pauses() -> None:
    confirmation = Confirmation(0.0)
    assert confirmation.tick(IDLE_S - 0.1) is Verdict.NOTHING
    assert confirmation.tick(IDLE_S) is Verdict.ASK
    assert confirmation.asked == Asked(Why.IDLE, IDLE_S + ANSWER_S)
    assert confirmation.tick(IDLE_S + ANSWER_S - 0.1) is Verdict.NOTHING
    assert confirmation.tick(IDLE_S + ANSWER_S) is Verdict.PAUSE
    assert confirmation.asked is None


def test_work_keeps_the_question_away_for_half_an_hour_and_no_longer() -> None:
    confirmation = Confirmation(0.0)
    assert busy(confirmation, 0.0, CONFIRM_EVERY_S) == []
    assert confirmation.tick(CONFIRM_EVERY_S) is Verdict.ASK
    assert confirmation.asked is not None
    assert confirmation.asked.why is Why.LONG


def test_being_there_is_no_answer_but_yes_is_and_counts_anew() -> None:
    confirmation = Confirmation(0.0)
    confirmation.tick(IDLE_S)
    confirmation.active(IDLE_S + 1)
    assert confirmation.asked is not None
    assert confirmation.confirmed(IDLE_S + 2) == Asked(Why.IDLE, IDLE_S + ANSWER_S)
    assert confirmation.confirmed(IDLE_S + 3) is None
    assert busy(confirmation, IDLE_S + 2, IDLE_S + CONFIRM_EVERY_S) == []


def test_a_late_yes_is_none() -> None:
    confirmation = Confirmation(0.0)
    confirmation.tick(IDLE_S)
    assert confirmation.confirmed(IDLE_S + ANSWER_S) is None
    assert confirmation.tick(IDLE_S + ANSWER_S) is Verdict.PAUSE


def test_a_minute_before_seeing_ends_it_is_asked() -> None:
    confirmation = Confirmation(0.0)
    end = float(SEE_ONLY_S)
    confirmation.active(end - ANSWER_S - 1)
    assert confirmation.tick(end - ANSWER_S - 1, end) is Verdict.NOTHING
    assert confirmation.tick(end - ANSWER_S, end) is Verdict.ASK
    assert confirmation.asked == Asked(Why.ENDING, end)
    assert confirmation.confirmed(end - 1) is not None


def test_while_nothing_is_shared_nothing_is_counted() -> None:
    confirmation = Confirmation(0.0)
    confirmation.tick(IDLE_S)
    assert confirmation.tick(IDLE_S + 1, sharing=False) is Verdict.NOTHING
    assert confirmation.asked is None
    assert confirmation.tick(10_000.0, sharing=False) is Verdict.NOTHING
    assert confirmation.tick(10_000.0 + IDLE_S - 1) is Verdict.NOTHING
    assert confirmation.tick(10_000.0 + IDLE_S) is Verdict.ASK
