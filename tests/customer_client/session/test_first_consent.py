"""The first question: what of a plan is shown, what is ticked, and what a yes allows for how long."""

from types import SimpleNamespace
from typing import Any

import pytest

from customer_client.protection.contact import Contact
from customer_client.session.first_consent import FirstConsent
from customer_client.session.questions import Questions
from customer_client.session.state import Answer, Question
from protocol.audit.events import EventType
from protocol.messages.consent import Capability
from protocol.transport.tasks import create_task
from tests.support.permission_desk import Desk

SEE, POINT, CONTROL, CHAT = Capability.SEE, Capability.POINT, Capability.CONTROL, Capability.CHAT
VOICE, RECORDING, FILES = Capability.VOICE, Capability.RECORDING, Capability.FILES_TO_CUSTOMER
PLAN = (SEE, POINT, CONTROL, FILES, VOICE, CHAT, RECORDING)


class Introduced:
    """A customer who is asked what a technician's introduction asks for, and then shares."""

    def __init__(self, *asked: Capability, **how: Any) -> None:
        self.asked = asked
        self.shown: list[Question | None] = []
        self.questions = Questions(self.shown.append)
        introduction = SimpleNamespace(capabilities=asked, purpose="Look", ticket="DS-1", subject="Printer")
        self.technician: Any = SimpleNamespace(name="Tess", organisation="Acme", introduction=introduction)
        self.consent = FirstConsent(self.questions, **how)
        self.desk = Desk()

    @property
    def question(self) -> Question:
        question = self.shown[-1]
        assert question is not None
        return question

    async def says(self, answer: Answer) -> Answer:
        """Ask, let the customer say `answer`, and return what follows from it."""
        asking = create_task(self.consent.ask(self.technician), name="ask", awaited=True)
        await self.desk.settle()
        self.question_shown = self.question
        self.questions.answer(self.question.id, answer)
        return await asking

    async def shares(self, answer: Answer) -> Desk:
        """As `says`, and begin the session."""
        given = await self.says(answer)
        await self.desk.permissions.open(self.asked, given)
        return self.desk


async def test_without_a_plan_there_is_one_question_and_the_arrow_and_the_chat_come_along() -> None:
    me = Introduced(SEE, POINT, CHAT)
    desk = await me.shares(Answer(frozenset({SEE}), 900))
    assert me.question_shown.capabilities == (SEE,)
    assert desk.worker.working == {SEE, POINT, CHAT}
    assert desk.permissions.granted() == {SEE: desk.now + 900, POINT: float("inf"), CHAT: float("inf")}


async def test_of_a_plan_each_part_has_a_box_and_only_seeing_and_the_arrow_are_ticked() -> None:
    me = Introduced(*PLAN)
    desk = await me.shares(Answer(frozenset({SEE, POINT}), 900))
    assert me.question_shown.capabilities == (SEE, POINT, CONTROL, FILES, VOICE, RECORDING)
    assert me.question_shown.ticked == {SEE, POINT}
    assert desk.worker.working == {SEE, POINT, CHAT}
    denied = [(body["capability"], body["reason"]) for body in desk.record.told(EventType.CONSENT_DENY)]
    assert denied == [(each.value, "declined") for each in (CONTROL, FILES, VOICE, RECORDING)]


async def test_what_is_ticked_lasts_for_the_chosen_time_and_is_asked_for_again_after_it() -> None:
    me = Introduced(*PLAN)
    desk = await me.shares(Answer(frozenset({SEE, CONTROL, RECORDING}), 300, frozenset({RECORDING})))
    assert desk.worker.working == {SEE, CONTROL, CHAT, RECORDING}, "the arrow was not ticked"
    desk.now += 300
    desk.permissions.tick()
    await desk.settle()
    assert desk.worker.working == {CHAT}
    ended = [(body["capability"], body["reason"]) for body in desk.record.told(EventType.CONSENT_REVOKE)]
    assert ended == [("see", "expired"), ("control", "expired"), ("recording", "see_ended")]
    desk.request(SEE, CONTROL)
    await desk.answer(SEE, CONTROL, expires_in_s=3600)
    assert desk.permissions.granted()[CONTROL] == desk.now + 3600


async def test_a_caller_is_not_even_shown_what_they_cannot_have_yet() -> None:
    me = Introduced(*PLAN, contact=Contact.BY_CALLER)
    desk = await me.shares(Answer(frozenset({SEE, POINT, VOICE}), 900))
    assert me.question_shown.capabilities == (SEE, POINT, VOICE)
    reasons = {body["capability"]: body["reason"] for body in desk.record.told(EventType.CONSENT_DENY)}
    assert reasons == dict.fromkeys(("control", "files_to_customer", "recording"), "view_only_yet")


async def test_where_control_has_to_wait_for_the_log_it_is_not_in_the_question() -> None:
    me = Introduced(SEE, POINT, CONTROL, FILES, CHAT, logged_first=True)
    desk = await me.shares(Answer(frozenset({SEE, POINT, FILES}), 900))
    assert me.question_shown.capabilities == (SEE, POINT, FILES)
    assert desk.record.told(EventType.CONSENT_DENY) == [{"capability": "control", "reason": "no_receipt"}]


@pytest.mark.parametrize("answer", [Answer(), Answer(frozenset({CONTROL}), 900)])
async def test_without_seeing_nothing_is_allowed(answer: Answer) -> None:
    assert await Introduced(*PLAN).says(answer) == Answer()
