"""Facts are shown before anything is sent, the yes is to what is ticked, and every way out is recorded."""

import asyncio
from collections.abc import Callable

import pytest

from customer_client.session import diagnostics
from customer_client.session.diagnostics import READING_TIME_S, DiagnosticsDesk
from customer_client.session.state import Page
from customer_client.session.view import View
from protocol.audit.events import EventType
from protocol.channels import DIAGNOSTICS
from protocol.errors import PeerError
from protocol.messages.base import Message
from protocol.messages.consent import Capability
from protocol.messages.diagnostics import (
    DiagnosticsDeclined,
    DiagnosticsReport,
    DiagnosticsRequested,
    Fact,
    FactStatus,
)
from protocol.transport.tasks import create_task
from tests.support.permission_desk import Desk

FACTS = (
    Fact("disk.free", "Disks", "Free space", FactStatus.OK, "48 GB", "", 1),
    Fact("user.name", "System", "User", FactStatus.OK, "<user-1>", "", 1),
)
CAPABILITY = Capability.DIAGNOSTICS


class Counter:
    """A diagnostics desk with its permissions, its page, and what it has sent."""

    def __init__(self) -> None:
        self.around = Desk()
        self.view = View(lambda state: None, relay="relay")
        self.sent: list[Message] = []
        self.desk = DiagnosticsDesk(
            link=self,  # type: ignore[arg-type]  # only `send` is used
            keeper=self.around.record,
            permissions=self.around.permissions,
            view=self.view,
        )
        self.around.permissions.register(self.desk, CAPABILITY)

    def send(self, message: Message, channel: object) -> bool:
        assert channel == DIAGNOSTICS
        self.sent.append(message)
        return True

    async def requested(self) -> int:
        """Let the technician ask for a report, and wait until the facts are on the page."""
        seq = self.around.record.ask((CAPABILITY,))
        self.desk.requested(DiagnosticsRequested(seq))
        async with asyncio.timeout(10):
            while not self.view.state.facts:
                await self.around.settle()
        return seq

    async def done(self, holds: Callable[[], bool]) -> None:
        """Let it come to rest; it needs no time to pass."""
        await self.around.settle()
        assert holds()

    def told(self, kind: EventType) -> int:
        return len(self.around.record.told(kind))


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnostics, "collect", lambda: FACTS)


pytestmark = pytest.mark.usefixtures("collected")


async def opened() -> Counter:
    counter = Counter()
    await counter.around.opened()
    return counter


async def test_only_what_is_ticked_is_sent_and_the_yes_is_to_this_report_only() -> None:
    counter = await opened()
    await counter.requested()
    assert counter.view.state.page is Page.DIAGNOSTICS
    assert counter.sent == []
    counter.desk.decide(frozenset({"disk.free"}))
    await counter.done(lambda: counter.told(EventType.CONSENT_REVOKE) == 1)
    report = counter.sent[0]
    assert isinstance(report, DiagnosticsReport)
    assert [(fact.status, fact.value) for fact in report.facts] == [(FactStatus.OK, "48 GB"), (FactStatus.WITHHELD, "")]
    assert not counter.around.permissions.allows(CAPABILITY)
    kinds = [kind for kind, _, _ in counter.around.record.lanes["C"][-4:]]
    grant, sent, over = EventType.CONSENT_GRANT, EventType.DIAG_SENT, EventType.CONSENT_REVOKE
    assert kinds == [EventType.DIAG_PREVIEW, grant, sent, over]


async def test_nothing_ticked_is_a_recorded_no() -> None:
    counter = await opened()
    seq = await counter.requested()
    counter.desk.decide(None)
    await counter.done(lambda: counter.sent == [DiagnosticsDeclined("declined")])
    denial = (EventType.CONSENT_DENY, {"capability": "diagnostics", "reason": "declined"}, seq)
    assert counter.around.record.lanes["C"][-1] == denial


async def test_a_grant_given_before_saves_no_reading_and_outlasts_the_report() -> None:
    counter = await opened()
    counter.around.request(CAPABILITY)
    await counter.around.answer(CAPABILITY)
    await counter.requested()
    assert counter.sent == []
    counter.desk.decide(frozenset({"disk.free"}))
    await counter.done(lambda: counter.told(EventType.DIAG_SENT) == 1)
    assert counter.around.permissions.allows(CAPABILITY)
    await counter.requested()
    counter.desk.decide(None)
    await counter.done(lambda: counter.sent[-1] == DiagnosticsDeclined("declined"))


@pytest.mark.parametrize("granted_before", [True, False])
async def test_when_seeing_ends_the_page_goes_and_nothing_is_sent(granted_before: bool) -> None:
    counter = await opened()
    if granted_before:
        counter.around.request(CAPABILITY)
        await counter.around.answer(CAPABILITY)
    await counter.requested()
    await counter.around.permissions.revoke(Capability.SEE, "taken_back")
    counter.desk.decide(frozenset({"disk.free"}))
    await counter.done(lambda: counter.view.state.page is Page.SESSION)
    assert counter.told(EventType.DIAG_SENT) == 0
    assert counter.told(EventType.CONSENT_DENY) == 1


async def test_the_end_of_the_session_takes_the_page_away() -> None:
    counter = await opened()
    await counter.requested()
    counter.around.permissions.end_all()
    await counter.done(lambda: counter.view.state.page is Page.SESSION)
    assert counter.told(EventType.DIAG_SENT) == 0


async def test_reading_has_more_time_than_a_yes_or_no_but_not_for_ever() -> None:
    counter = await opened()
    await counter.requested()
    counter.around.now += READING_TIME_S - 1
    counter.around.permissions.tick()
    await counter.done(lambda: counter.view.state.page is Page.DIAGNOSTICS)
    counter.around.now += 1
    counter.around.permissions.tick()
    await counter.done(lambda: counter.view.state.page is Page.SESSION)
    assert counter.around.record.told(EventType.CONSENT_DENY)[-1]["reason"] == "no_answer"


async def test_two_reports_at_once_and_one_without_its_signed_event_break_the_protocol() -> None:
    counter = await opened()
    with pytest.raises(PeerError):
        counter.desk.requested(DiagnosticsRequested(99))
    await counter.requested()
    with pytest.raises(PeerError):
        counter.desk.requested(DiagnosticsRequested(counter.around.record.ask((CAPABILITY,))))


async def test_taking_it_back_while_the_report_is_being_recorded_stops_it() -> None:
    counter = await opened()
    await counter.requested()
    counter.around.record.disk.clear()
    counter.desk.decide(frozenset({"disk.free"}))
    await counter.around.settle()
    ending = create_task(counter.around.permissions.revoke(CAPABILITY, "taken_back"), name="end", awaited=True)
    await counter.around.settle()
    counter.around.record.disk.set()
    await ending
    await counter.done(lambda: counter.sent == [DiagnosticsDeclined("too_late")])
    assert counter.told(EventType.DIAG_SENT) == 0
