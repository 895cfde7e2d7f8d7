"""What the customer's side says about its displays, and what it does when others are wanted."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest

from customer_client.capture.sharing import shared_of
from customer_client.capture.source import Display
from customer_client.capture.thumbnails import Thumbnail
from customer_client.diagnostics.window_facts import WindowFacts
from customer_client.protection.guarded_source import money_in_front
from customer_client.session.displays import DisplayDesk
from customer_client.session.state import Bar
from protocol.errors import EnvironmentFault
from protocol.messages.consent import Capability
from protocol.messages.displays import (
    DisplaysListed,
    DisplaysRefused,
    DisplaysWanted,
    DisplayThumbnail,
    ScreenshotKept,
    SightChanged,
    ThumbnailsWanted,
    WindowAsked,
    WindowDescribed,
)
from protocol.messages.session import DisplayDescribed
from tests.support.permission_desk import Desk

MAIN = Display("HDMI-1", 0, 0, 1920, 1080, primary=True)
SIDE = Display("DP-2", -1280, 100, 1280, 1024, primary=False, scale_percent=150)
HUGE = Display("WALL", 1920, 0, 16000, 4000, primary=False)


class Screens:
    """The desktop as the desk knows it; tells of changes as the capture thread would."""

    def __init__(self, *displays: Display) -> None:
        self.displays = displays
        self.names: frozenset[str] = frozenset()
        self.desk: DisplayDesk
        self.money = False

    @property
    def display(self) -> Display:
        return shared_of(self.displays, self.names)

    def share(self, names: frozenset[str]) -> None:
        self.look_for_displays(names)
        self.desk.changed()

    def thumbnails(self) -> dict[str, Thumbnail]:
        if self.money:
            raise money_in_front()
        return {display.name: Thumbnail(1, 1, b"rgb") for display in self.displays}

    def window_at(self, x: int, y: int) -> WindowFacts:
        if self.money:
            raise money_in_front()
        return WindowFacts("Notes", "editor")

    def look_for_displays(self, names: frozenset[str]) -> None:
        self.names = names


class Window:
    """Holds the bar."""

    def __init__(self) -> None:
        self.state = SimpleNamespace(bar=Bar("Tess", "Acme", "DS-1", 0.0, frozenset()))

    def update(self, bar: Bar) -> None:
        self.state = SimpleNamespace(bar=bar)


@pytest.fixture
async def room():
    permissions = await Desk().opened()
    screens, window, sent, switched = Screens(MAIN, SIDE, HUGE), Window(), [], []
    desk = DisplayDesk(screens, permissions.permissions, sent.append, window, lambda: switched.append(1))
    screens.desk = desk
    desk.begin()
    yield SimpleNamespace(
        desk=desk, screens=screens, sent=sent, window=window, switched=switched, permissions=permissions.permissions
    )
    desk.end()


def ids_of(room) -> dict[str, int]:
    listed = next(message for message in reversed(room.sent) if isinstance(message, DisplaysListed))
    return {display.name: display.id for display in listed.displays}


async def test_at_first_all_are_listed_and_the_primary_one_is_described(room):
    described, listed = room.sent
    assert described == DisplayDescribed(1920, 1080, "HDMI-1")
    assert [(display.name, display.x, display.scale_percent) for display in listed.displays] == [
        ("HDMI-1", 0, 100),
        ("DP-2", -1280, 150),
        ("WALL", 1920, 100),
    ]
    assert listed.shared == (ids_of(room)["HDMI-1"],)


async def test_both_people_are_told_once_when_the_screen_cannot_be_seen_and_when_it_can_again(room):
    locked = EnvironmentFault("another desktop", code="secure_desktop")
    del room.sent[:]
    for fault in (locked, locked, EnvironmentFault("off", code="display_gone")):
        room.desk.sight_changed(fault)
    assert "cannot be seen" in room.window.state.bar.notice
    room.desk.sight_changed(locked)
    assert "Only you can answer" in room.window.state.bar.notice
    room.desk.sight_changed(None)
    assert room.window.state.bar.notice == ""
    assert [message.lost for message in room.sent] == ["secure_desktop", "display_gone", "secure_desktop", ""]


async def test_what_the_protection_tells_itself_and_notices_of_others_stay_as_they_are(room):
    del room.sent[:]
    room.window.update(replace(room.window.state.bar, notice="A file has come."))
    room.desk.sight_changed(money_in_front())
    room.desk.sight_changed(None)
    assert room.sent == []
    assert room.window.state.bar.notice == "A file has come."


async def test_a_technician_who_may_not_see_is_not_told_that_nothing_can_be_seen(room):
    await room.permissions.revoke(Capability.SEE, "taken_back")
    room.desk.sight_changed(EnvironmentFault("another desktop", code="secure_desktop"))
    assert not any(isinstance(message, SightChanged) for message in room.sent)


async def test_another_display_is_shared_told_and_shown_to_the_customer(room):
    room.desk.arrived(DisplaysWanted((ids_of(room)["DP-2"],)))
    assert room.screens.names == {"DP-2"}
    assert DisplayDescribed(1280, 1024, "DP-2") in room.sent
    assert room.switched == [1]
    assert "DP-2" in room.window.state.bar.notice


async def test_two_together_also_left_of_the_origin_are_one_picture(room):
    ids = ids_of(room)
    room.desk.arrived(DisplaysWanted((ids["HDMI-1"], ids["DP-2"])))
    assert DisplayDescribed(3200, 1124, "2 displays") in room.sent
    assert set(room.sent[-1].shared) == {ids["HDMI-1"], ids["DP-2"]}


async def test_what_is_too_large_together_is_refused_and_said_to_both(room):
    ids = ids_of(room)
    room.desk.arrived(DisplaysWanted(tuple(ids.values())))
    assert room.sent[-1] == DisplaysRefused(19200, 4000)
    assert room.screens.names == frozenset()
    assert "larger than can be shown" in room.window.state.bar.notice


async def test_a_row_longer_than_a_picture_can_be_is_refused_too(room):
    far = Display("FAR", 15000, 0, 1920, 1080, primary=False)
    room.screens.displays = (MAIN, far)
    room.desk.changed()
    room.desk.arrived(DisplaysWanted(tuple(ids_of(room).values())))
    assert room.sent[-1] == DisplaysRefused(16920, 1080)


async def test_a_display_that_goes_away_gives_way_to_the_primary_one_with_a_word(room):
    side = ids_of(room)["DP-2"]
    room.desk.arrived(DisplaysWanted((side,)))
    room.screens.displays = (MAIN,)
    room.desk.changed()
    assert room.screens.names == frozenset()
    assert room.sent[-1].shared == (ids_of(room)["HDMI-1"],)
    assert "went away" in room.window.state.bar.notice
    room.screens.displays = (MAIN, SIDE)
    room.desk.changed()
    assert ids_of(room)["DP-2"] == side, "the same display has the same id again"
    assert room.sent[-1].shared == (ids_of(room)["HDMI-1"],), "and is not shared again by itself"


async def test_another_resolution_is_told(room):
    room.screens.displays = (replace(MAIN, width=1280, height=720), SIDE)
    room.desk.changed()
    assert DisplayDescribed(1280, 720, "HDMI-1") in room.sent


@pytest.mark.parametrize("message", [DisplaysWanted((2,)), ThumbnailsWanted(), WindowAsked(1, 0, 0), ScreenshotKept(1)])
async def test_nothing_happens_while_sharing_is_paused(room, message):
    room.permissions.pause(True)
    room.sent.clear()
    room.desk.arrived(message)
    room.desk.changed()
    assert room.sent == []
    assert room.screens.names == frozenset()
    assert room.window.state.bar.notice == ""


async def test_nothing_that_was_looked_at_leaves_while_money_is_in_front(room):
    room.sent.clear()
    room.screens.money = True
    for message in (ThumbnailsWanted(), WindowAsked(1, 0, 0)):
        room.desk.arrived(message)
        await everything_done()
    assert room.sent == []
    room.screens.money = False
    for message in (ThumbnailsWanted(), WindowAsked(2, 0, 0)):
        room.desk.arrived(message)
        await everything_done()
    assert [type(message) for message in room.sent] == [DisplayThumbnail] * 3 + [WindowDescribed]


async def everything_done() -> None:
    """Wait until the work that was begun is over."""
    own = asyncio.current_task()
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task is not own and task.get_name() in _WORK))


_WORK = ("thumbnails", "describe a window")


async def test_the_customer_is_told_of_a_screenshot(room):
    room.desk.arrived(ScreenshotKept(7))
    assert "ticket" in room.window.state.bar.notice
