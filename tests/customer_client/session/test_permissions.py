"""The one place that decides: asked, answered, recorded, then done; ended at once, then recorded."""

import pytest

from customer_client.session.permissions import ACTS_WHILE_PAUSED
from protocol.audit.events import EventType
from protocol.errors import PeerError
from protocol.messages.consent import Capability, CapabilityAnswered, CapabilityRequested, CapabilityRevoked
from protocol.transport.tasks import create_task
from tests.support.permission_desk import Desk

SEE, POINT, CONTROL, CHAT = Capability.SEE, Capability.POINT, Capability.CONTROL, Capability.CHAT
FILES, VOICE = Capability.FILES_TO_CUSTOMER, Capability.VOICE


async def test_the_yes_to_the_introduction_opens_seeing_pointing_and_writing() -> None:
    desk = await Desk().opened()
    assert desk.worker.working == {SEE, POINT, CHAT}
    assert [body["capability"] for body in desk.record.told(EventType.CONSENT_GRANT)] == ["see", "point", "chat"]


async def test_nothing_begins_before_the_grant_is_on_disk_and_told() -> None:
    desk = await Desk().opened()
    desk.record.disk.clear()
    desk.request(CONTROL)
    await desk.answer(CONTROL)
    assert not desk.permissions.allows(CONTROL)
    assert CONTROL not in desk.worker.working
    desk.record.disk.set()
    await desk.settle()
    assert desk.permissions.allows(CONTROL)
    assert CONTROL in desk.worker.working
    assert desk.sent[-1] == CapabilityAnswered(CONTROL, True, "", 0, 3)


async def test_a_no_is_recorded_and_told() -> None:
    desk = await Desk().opened()
    seq = desk.request(CONTROL)
    await desk.answer()
    assert desk.record.lanes["C"][-1] == (
        EventType.CONSENT_DENY,
        {"capability": "control", "reason": "declined"},
        seq,
    )
    assert desk.sent[-1] == CapabilityAnswered(CONTROL, False, "declined", 0, 3)


async def test_what_this_computer_cannot_do_is_refused_without_a_question() -> None:
    desk = await Desk().opened()
    desk.worker.missing.add(CONTROL)
    desk.request(CONTROL)
    await desk.settle()
    assert desk.question is None
    assert desk.record.told(EventType.CONSENT_DENY) == [{"capability": "control", "reason": "not_possible_here"}]


async def test_a_request_without_its_signed_event_breaks_the_protocol() -> None:
    desk = await Desk().opened()
    seq = desk.record.ask((CONTROL,))
    for message in (CapabilityRequested(VOICE, "", seq), CapabilityRequested(CONTROL, "", seq + 1)):
        with pytest.raises(PeerError) as raised:
            desk.permissions.requested(message)
        assert raised.value.code == "not_allowed"


async def test_of_a_plan_each_is_answered_on_its_own() -> None:
    desk = await Desk().opened()
    seq = desk.request(CONTROL, FILES, VOICE)
    await desk.settle()
    assert desk.question is not None
    assert desk.question.capabilities == (CONTROL, FILES, VOICE)
    await desk.answer(CONTROL, VOICE, expires_in_s=300)
    assert desk.worker.working == {SEE, POINT, CHAT, CONTROL, VOICE}
    answers = [(kind, body["capability"]) for kind, body, req in desk.record.lanes["C"] if req == seq]
    grant, deny = EventType.CONSENT_GRANT, EventType.CONSENT_DENY
    assert answers == [(grant, "control"), (deny, "files_to_customer"), (grant, "voice")]
    assert desk.permissions.granted()[VOICE] == desk.now + 300


async def test_pointing_comes_with_seeing_unless_it_was_taken_back() -> None:
    desk = await Desk().opened()
    await desk.permissions.revoke(SEE, "taken_back")
    desk.request(SEE, POINT)
    await desk.answer(SEE)
    assert desk.worker.working == {SEE, POINT, CHAT}
    await desk.permissions.revoke(POINT, "taken_back")
    await desk.permissions.revoke(SEE, "taken_back")
    desk.request(SEE, POINT)
    await desk.answer(SEE)
    assert desk.worker.working == {SEE, CHAT}


async def test_losing_see_ends_all_but_writing_and_each_end_is_recorded_and_told() -> None:
    desk = await Desk().opened()
    desk.request(CONTROL)
    await desk.answer(CONTROL)
    desk.request(VOICE)
    await desk.settle()
    desk.sent.clear()
    await desk.permissions.revoke(SEE, "taken_back")
    await desk.settle()
    assert desk.worker.working == {CHAT}
    assert desk.question is None, "the question about voice has gone"
    assert desk.sent[:3] == [
        CapabilityRevoked(SEE, "taken_back"),
        CapabilityRevoked(POINT, "see_ended"),
        CapabilityRevoked(CONTROL, "see_ended"),
    ]
    assert [body["capability"] for body in desk.record.told(EventType.CONSENT_REVOKE)] == ["see", "point", "control"]
    assert desk.record.told(EventType.CONSENT_DENY)[-1] == {"capability": "voice", "reason": "see_ended"}


async def test_without_see_nothing_else_is_even_asked() -> None:
    desk = await Desk().opened()
    await desk.permissions.revoke(SEE, "taken_back")
    desk.request(CONTROL)
    await desk.settle()
    assert desk.question is None
    assert desk.sent[-1] == CapabilityAnswered(CONTROL, False, "see_ended", 0, 5)


async def test_an_end_acts_before_it_is_recorded() -> None:
    desk = await Desk().opened()
    desk.record.disk.clear()
    ending = create_task(desk.permissions.revoke(SEE, "taken_back"), name="take back", awaited=True)
    await desk.settle()
    assert desk.worker.working == {CHAT}
    assert desk.record.told(EventType.CONSENT_REVOKE) == []
    desk.record.disk.set()
    await ending
    assert len(desk.record.told(EventType.CONSENT_REVOKE)) == 2


async def test_a_cut_holds_at_once_and_for_all_that_needs_see() -> None:
    desk = await Desk().opened()
    desk.permissions.cut(SEE)
    assert not desk.permissions.allows(SEE)
    assert not desk.permissions.allows(POINT)
    assert desk.permissions.allows(CHAT)
    assert POINT in desk.worker.cut_off
    assert set(desk.permissions.granted()) == {CHAT}


async def test_a_cut_while_the_grant_is_being_written_leaves_nothing_running() -> None:
    desk = await Desk().opened()
    desk.record.disk.clear()
    desk.request(CONTROL)
    await desk.answer(CONTROL)
    desk.permissions.cut(CONTROL)
    desk.record.disk.set()
    await desk.settle()
    assert not desk.permissions.allows(CONTROL)
    await desk.permissions.revoke(CONTROL, "taken_back")
    assert CONTROL not in desk.worker.working
    assert desk.record.told(EventType.CONSENT_REVOKE) == [{"capability": "control", "reason": "taken_back"}]


async def test_a_grant_that_came_too_late_is_ended_in_the_record_too() -> None:
    desk = await Desk().opened()
    desk.record.disk.clear()
    desk.request(CONTROL)
    await desk.answer(CONTROL)
    taken = desk.permissions.revoke(CONTROL, "given_back", tell=False)
    desk.record.disk.set()
    await taken
    await desk.settle()
    assert not desk.permissions.allows(CONTROL)
    kinds = [kind for kind, body, _ in desk.record.lanes["C"] if body.get("capability") == "control"]
    assert kinds == [EventType.CONSENT_GRANT, EventType.CONSENT_REVOKE]


async def test_a_request_taken_back_leaves_the_screen_and_can_be_made_again() -> None:
    desk = await Desk().opened()
    first = desk.request(CONTROL)
    await desk.settle()
    await desk.permissions.revoke(CONTROL, "given_back", tell=False)
    second = desk.request(CONTROL)
    await desk.settle()
    assert desk.record.lanes["C"][-1] == (
        EventType.CONSENT_DENY,
        {"capability": "control", "reason": "given_back"},
        first,
    )
    await desk.answer(CONTROL)
    assert desk.record.lanes["C"][-1][2] == second
    assert desk.permissions.allows(CONTROL)


async def test_expiry_ends_and_says_so() -> None:
    desk = await Desk().opened()
    desk.request(CONTROL)
    await desk.answer(CONTROL, expires_in_s=300)
    desk.now += 300
    assert not desk.permissions.allows(CONTROL), "by the clock, before anybody looked"
    desk.permissions.tick()
    assert CONTROL not in desk.worker.working
    await desk.settle()
    assert desk.sent[-1] == CapabilityRevoked(CONTROL, "expired")


async def test_no_answer_is_no_and_the_question_goes() -> None:
    desk = await Desk().opened()
    desk.request(CONTROL)
    await desk.settle()
    desk.now += 60
    desk.permissions.tick()
    await desk.settle()
    assert desk.question is None
    assert desk.record.told(EventType.CONSENT_DENY) == [{"capability": "control", "reason": "no_answer"}]


async def test_pause_lets_everything_rest_but_words_and_facts() -> None:
    desk = await Desk().opened()
    desk.permissions.pause(True)
    assert desk.worker.resting == {SEE, POINT}
    assert [capability for capability in Capability if desk.permissions.allows(capability)] == [CHAT]
    assert CHAT in ACTS_WHILE_PAUSED
    assert set(desk.permissions.granted()) == {SEE, POINT, CHAT}, "paused is not taken back"
    desk.permissions.pause(False)
    assert desk.worker.resting == set()
    assert desk.permissions.allows(SEE)


async def test_a_use_is_on_record_before_it_happens_and_needs_a_grant_until_then() -> None:
    desk = await Desk().opened()
    await desk.permissions.use(CHAT, {"characters": 12})
    assert desk.record.lanes["C"][-1][:2] == (EventType.CAPABILITY_USE, {"characters": 12, "capability": "chat"})
    with pytest.raises(PeerError):
        await desk.permissions.use(CONTROL, {})
    assert desk.record.lanes["C"][-1][1]["capability"] == "chat", "what is not allowed is no use"


async def test_the_end_ends_everything_and_takes_the_question_away() -> None:
    desk = await Desk().opened()
    desk.request(CONTROL)
    desk.request(VOICE)
    await desk.settle()
    desk.permissions.end_all()
    await desk.settle()
    assert desk.worker.working == set()
    assert desk.question is None
    assert desk.permissions.granted() == {}
    assert {reason for _, reason in desk.worker.endings} == {"session_end"}
    with pytest.raises(PeerError):
        desk.request(FILES)
