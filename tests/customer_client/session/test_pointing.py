"""Pointing at the customer's: only under a live grant, and gone with it."""

from types import SimpleNamespace

import pytest

from customer_client.capture.source import Display
from customer_client.session.pointing import CustomerPointing
from protocol.audit.events import EventType
from protocol.channels import DRAWING, POINTING
from protocol.errors import PeerError
from protocol.messages.base import encode
from protocol.messages.consent import Capability
from protocol.messages.drawing import DrawingStroke, Place, PointerShown, StrokeColour, StrokeKind
from tests.support.permission_desk import Desk

BOX = encode(DrawingStroke(1, StrokeKind.BOX, StrokeColour.BLUE, (Place(0, 0), Place(65535, 65535))))
HERE = encode(PointerShown(1, 65535, 0, True))


class Shown:
    """Holds what the window would show."""

    def __init__(self) -> None:
        self.state = SimpleNamespace(drawing=None)

    def update(self, drawing: object) -> None:
        self.state = SimpleNamespace(drawing=drawing)


@pytest.fixture
async def desk():
    desk = Desk()
    desk.shown = Shown()
    desk.pointing = CustomerPointing(
        desk.permissions, desk.shown, shared=lambda: Display("B", 100, 50, 800, 600, primary=False), name="Tess"
    )
    return await desk.opened()


async def test_what_is_drawn_is_shown_in_pixels_of_the_shared_display(desk):
    desk.pointing.arrived(DRAWING, BOX)
    desk.pointing.arrived(POINTING, HERE)
    await desk.settle()
    drawing = desk.shown.state.drawing
    assert drawing.strokes[0].points == ((0, 0), (799, 599))
    assert (drawing.left, drawing.top, drawing.pointer, drawing.name) == (100, 50, (799, 0), "Tess")
    desk.pointing.clear()


@pytest.mark.parametrize("end", ["taken back", "paused", "cut", "session end", "other display"])
async def test_everything_is_gone_when_it_is_not_allowed_any_more(desk, end):
    desk.pointing.arrived(DRAWING, BOX)
    await desk.settle()
    assert desk.shown.state.drawing is not None
    if end == "taken back":
        await desk.permissions.revoke(Capability.POINT, "taken_back")
    elif end == "paused":
        desk.permissions.pause(True)
    elif end == "cut":
        desk.permissions.cut(Capability.POINT)
        await desk.settle()
    elif end == "session end":
        desk.permissions.end_all()
    else:
        desk.pointing.clear()
    assert desk.shown.state.drawing is None


async def test_without_a_grant_it_is_dropped_and_does_not_come_back_with_one(desk):
    desk.permissions.pause(True)
    desk.pointing.arrived(DRAWING, BOX)
    desk.pointing.arrived(POINTING, HERE)
    await desk.settle()
    assert desk.shown.state.drawing is None
    desk.permissions.pause(False)
    await desk.settle()
    assert desk.shown.state.drawing is None


async def test_nothing_is_shown_before_it_is_recorded_that_pointing_is_used_once_for_each_grant(desk):
    desk.record.disk.clear()
    desk.pointing.arrived(POINTING, HERE)
    desk.pointing.arrived(DRAWING, BOX)
    await desk.settle()
    assert desk.shown.state.drawing is None
    desk.record.disk.set()
    await desk.settle()
    assert len(desk.shown.state.drawing.strokes) == 1
    assert desk.shown.state.drawing.pointer is not None
    desk.pointing.arrived(DRAWING, BOX)
    await desk.settle()
    assert desk.record.told(EventType.CAPABILITY_USE) == [{"capability": "point"}]
    desk.pointing.clear()


async def test_what_waited_for_the_record_is_gone_when_the_grant_ends_meanwhile(desk):
    desk.record.disk.clear()
    desk.pointing.arrived(DRAWING, BOX)
    await desk.settle()
    desk.permissions.pause(True)
    desk.record.disk.set()
    await desk.settle()
    desk.permissions.pause(False)
    await desk.settle()
    assert desk.shown.state.drawing is None
    desk.pointing.arrived(DRAWING, BOX)
    await desk.settle()
    assert desk.shown.state.drawing is not None
    desk.pointing.clear()


async def test_what_is_no_message_breaks_the_protocol_even_without_a_grant(desk):
    desk.permissions.pause(True)
    for channel in (DRAWING, POINTING):
        with pytest.raises(PeerError):
            desk.pointing.arrived(channel, b"\xc1")
