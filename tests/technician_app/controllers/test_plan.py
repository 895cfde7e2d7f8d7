"""What a session asks for at first, and one sentence about what of it the customer left out."""

from protocol.messages.consent import Capability
from technician_app.controllers.plan import ASKED_AT_FIRST, CHOICES, PlanAnswers, plan_of

SEE, POINT, CONTROL, CHAT = Capability.SEE, Capability.POINT, Capability.CONTROL, Capability.CHAT
VOICE = Capability.VOICE


def test_seeing_and_writing_are_always_asked_and_everything_else_can_be_chosen() -> None:
    assert plan_of(()) == (SEE, CHAT)
    assert plan_of((CONTROL, POINT)) == (SEE, POINT, CONTROL, CHAT)
    assert plan_of((POINT,)) == ASKED_AT_FIRST
    assert plan_of(CHOICES) == tuple(Capability)


def test_what_was_left_out_of_a_plan_is_said_in_one_sentence() -> None:
    answers = PlanAnswers((SEE, CONTROL, VOICE, CHAT))
    assert answers.awaits(CONTROL)
    assert answers.sentence(SEE, "") == ""
    assert "use mouse and keyboard" in answers.sentence(CONTROL, "declined")
    said = answers.sentence(VOICE, "declined")
    assert said == "Not allowed for now: use mouse and keyboard; talk with each other. You can ask later."
    assert answers.sentence(CHAT, "") == said, "a grant that comes after it takes nothing away"
    assert not answers.awaits(CONTROL)


def test_another_reason_and_a_later_answer_have_their_own_words() -> None:
    answers = PlanAnswers((SEE, CONTROL))
    assert "first two minutes" in answers.sentence(CONTROL, "view_only_yet")
    assert answers.sentence(CONTROL, "declined") == "Use mouse and keyboard: The customer did not allow it."
    assert answers.sentence(CONTROL, "") == ""
