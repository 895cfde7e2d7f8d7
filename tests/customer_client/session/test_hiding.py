"""What is hidden is told in numbers, recorded without titles, and shown to the customer alone."""

import asyncio
from dataclasses import replace

import pytest

from customer_client.redaction.curtain import Curtain
from customer_client.redaction.hidden import HiddenCounts, HiddenKind, HiddenWindow, ListedWindow, Look
from customer_client.redaction.window_watch import NoWindows
from customer_client.session import hiding
from customer_client.session.hiding import HiddenTeller, HidingDesk
from customer_client.session.state import Bar, CustomerViewState
from customer_client.session.view import View
from protocol.audit.events import EventType
from protocol.messages.displays import AreasHidden
from protocol.picture.geometry import Rect
from tests.support.permission_desk import Desk

AREA = Rect(10, 10, 100, 100)


class Windows(NoWindows):
    """One window that can be chosen, and notifications that come."""

    def __init__(self) -> None:
        self.chosen: frozenset[int] = frozenset()
        self.shown: tuple[HiddenWindow, ...] = ()

    def hide(self, chosen: frozenset[int], *, notifications: bool) -> None:
        self.chosen = chosen

    def look(self) -> Look:
        chosen = tuple(HiddenWindow(one, HiddenKind.CHOSEN_WINDOW, AREA) for one in self.chosen)
        return Look((*chosen, *self.shown))

    def listed(self) -> tuple[ListedWindow, ...]:
        return (ListedWindow(5, "Private photos", "eog", HiddenKind.CHOSEN_WINDOW if 5 in self.chosen else None),)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hiding, "SETTLE_S", 0.01)


async def until(condition) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def test_each_change_is_told_as_a_number_and_recorded_by_class() -> None:
    windows, sent = Windows(), []
    curtain, desk = Curtain(lambda: windows), await Desk().opened()
    teller = HiddenTeller(curtain, desk.record, desk.permissions, sent.append)
    teller.begin()
    curtain.hide_area(AREA)
    await until(lambda: sent == [AreasHidden(1)])
    await until(lambda: desk.record.told(EventType.AREAS_HIDDEN))
    curtain.hide_window(5, True)
    await until(lambda: sent == [AreasHidden(1), AreasHidden(2)])
    await until(lambda: len(desk.record.told(EventType.AREAS_HIDDEN)) == 2)
    assert desk.record.told(EventType.AREAS_HIDDEN)[-1] == HiddenCounts(windows=1, areas=1).body()
    teller.end()
    curtain.show_area(1)
    await asyncio.sleep(0.05)
    assert len(sent) == 2


async def test_notifications_that_come_and_go_are_told_but_not_recorded_each_time() -> None:
    windows, sent = Windows(), []
    curtain, desk = Curtain(lambda: windows), await Desk().opened()
    teller = HiddenTeller(curtain, desk.record, desk.permissions, sent.append)
    teller.begin()
    for number in range(3):
        windows.shown = (HiddenWindow(9, HiddenKind.NOTIFICATION, AREA),)
        curtain.since(curtain.now())
        await until(lambda number=number: len(sent) == 2 * number + 1)
        windows.shown = ()
        curtain.since(curtain.now())
        await until(lambda number=number: len(sent) == 2 * number + 2)
    assert len(desk.record.told(EventType.AREAS_HIDDEN)) == 1
    teller.end()


async def test_the_desk_lists_windows_and_areas_and_closes_with_the_session() -> None:
    published: list[CustomerViewState] = []
    view = View(published.append, relay="https://relay.example")
    view.update(bar=Bar("Tess", "Acme", "DS-1", 0.0, frozenset()))
    desk = HidingDesk(Curtain(Windows), view)
    desk.show(True)
    await until(lambda: view.state.hiding is not None and view.state.hiding.windows)
    desk.hide_window(5, True)
    await until(lambda: view.state.hiding.windows[0].hidden is HiddenKind.CHOSEN_WINDOW)
    desk.hide_area(AREA)
    await until(lambda: view.state.hiding.counts == HiddenCounts(windows=1, areas=1))
    (area,) = view.state.hiding.areas
    desk.show_area(area.number)
    await until(lambda: view.state.hiding.areas == ())
    for _ in range(17):
        desk.hide_area(AREA)
    assert "No more than 16" in view.state.hiding.said
    desk.end()
    assert view.state.hiding is None
    assert replace(published[-1], hiding=None) == published[-1]
