"""Pointing, displays and screenshots on the technician's side: sent only when allowed, recorded before attached."""

import asyncio
import hashlib
from types import SimpleNamespace

import pytest

from protocol.audit.events import EventType
from protocol.channels import CONTROL, DRAWING, POINTING
from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.consent import Capability
from protocol.messages.displays import (
    DisplaysListed,
    DisplaysRefused,
    DisplaysWanted,
    DisplayThumbnail,
    ListedDisplay,
    ScreenshotKept,
    ThumbnailsWanted,
    WindowAsked,
    WindowDescribed,
)
from protocol.messages.drawing import DrawingCleared, PointerShown
from protocol.transport.tasks import create_task
from technician_app.controllers.screen_state import DisplaysShown, Screenshot
from technician_app.controllers.screen_tools import MAX_PNG_BYTES, TechnicianScreen

MAIN = ListedDisplay(1, "HDMI-1", 0, 0, 1920, 1080, 100, primary=True)
SIDE = ListedDisplay(2, "DP-2", 1920, 0, 1280, 1024, 100, primary=False)
SHOT = Screenshot(b"png bytes", 100, 50, exact=True, taken_at_ms=1_790_000_000_000)


class Room:
    """Everything around the tools, in memory."""

    def __init__(self) -> None:
        self.allowed = {Capability.SEE, Capability.POINT}
        self.sent: list[tuple[object, object]] = []
        self.happened: list[object] = []
        self.shown = DisplaysShown()
        self.tasks: list[asyncio.Task[object]] = []
        self.screen = TechnicianScreen(
            attachments=SimpleNamespace(attach=self._attach, api=SimpleNamespace(add_note=self._note), ticket="DS-1"),
            update=lambda displays: setattr(self, "shown", displays),
            begin=lambda work, name: self.tasks.append(create_task(work, name=name, awaited=True)),
        )
        self.screen.attach(
            lambda message, channel: self.sent.append((message, channel)),
            SimpleNamespace(write=self._write),
            SimpleNamespace(register=lambda *_: None, allows=lambda capability: capability in self.allowed),
        )

    async def _write(self, type: EventType, body: dict[str, object]) -> int:
        self.happened.append((type, body))
        return 9

    async def _attach(self, kind: str, name: str, content: bytes) -> None:
        self.happened.append((kind, name, content))

    async def _note(self, ticket: str, text: str) -> None:
        self.happened.append((ticket, text))

    async def done(self) -> None:
        await asyncio.gather(*self.tasks)


@pytest.fixture
async def room():
    return Room()


async def test_drawing_and_pointing_are_sent_only_while_allowed(room):
    room.screen.draw(DrawingCleared())
    room.screen.point(1, 2, True)
    room.screen.point(3, 4, True)
    room.allowed.clear()
    room.screen.draw(DrawingCleared())
    room.screen.point(1, 2, True)
    assert room.sent == [
        (DrawingCleared(), DRAWING),
        (PointerShown(1, 1, 2, True), POINTING),
        (PointerShown(2, 3, 4, True), POINTING),
    ]


async def test_other_displays_are_wanted_only_when_they_are_others(room):
    room.screen.arrived(DisplaysListed((MAIN, SIDE), (1,)))
    assert room.shown.listed == (MAIN, SIDE)
    room.screen.share_displays((1,))
    room.screen.share_displays((1, 2))
    room.screen.want_thumbnails()
    assert [message for message, _ in room.sent] == [DisplaysWanted((1, 2)), ThumbnailsWanted()]


async def test_thumbnails_are_kept_for_displays_there_are(room):
    room.screen.arrived(DisplaysListed((MAIN, SIDE), (1,)))
    small = DisplayThumbnail(2, 2, 1, b"abcdef")
    room.screen.arrived(small)
    room.screen.arrived(DisplayThumbnail(5, 1, 1, b"abc"))
    assert dict(room.shown.thumbnails) == {2: small}
    room.screen.arrived(DisplaysListed((MAIN,), (1,)))
    assert dict(room.shown.thumbnails) == {}


async def test_a_thumbnail_whose_pixels_do_not_fit_breaks_the_protocol(room):
    room.screen.arrived(DisplaysListed((MAIN,), (1,)))
    with pytest.raises(PeerError) as refused:
        room.screen.arrived(DisplayThumbnail(1, 2, 2, b"abc"))
    assert refused.value.code == "frame_malformed"


async def test_too_large_together_is_said(room):
    room.screen.arrived(DisplaysRefused(9000, 5000))
    assert "9000 x 5000" in room.shown.said


async def test_a_screenshot_is_recorded_with_its_hash_told_and_attached(room):
    room.screen.keep_screenshot(SHOT)
    await room.done()
    digest = hashlib.sha256(SHOT.png).hexdigest()
    body = {"capability": "see", "what": "screenshot", "sha256": digest, "bytes": len(SHOT.png)}
    assert room.happened == [
        (EventType.CAPABILITY_USE, body),
        ("screenshot", "screenshot-20260921-141320Z.png", SHOT.png),
    ]
    assert room.sent == [(ScreenshotKept(9), CONTROL)]
    assert room.shown.said == "Attached to the ticket."


async def test_a_grabbed_error_has_the_windows_description_sealed_beside_it(room):
    room.screen.keep_screenshot(
        Screenshot(b"png", 10, 10, exact=False, taken_at_ms=SHOT.taken_at_ms, error_at=(100, 200))
    )
    while not room.sent:
        await asyncio.sleep(0)
    asked, _ = room.sent[0]
    assert isinstance(asked, WindowAsked)
    assert (asked.x, asked.y) == (100, 200)
    room.screen.arrived(WindowDescribed(asked.number + 1, "another", "", 0))
    room.screen.arrived(WindowDescribed(asked.number, "Error 0x80", "notes", 1_790_000_000_000))
    await room.done()
    kinds = [entry[0] for entry in room.happened]
    assert kinds == [EventType.CAPABILITY_USE, "error", "error", "DS-1"]
    words = room.happened[2][2].decode()
    assert "Window: Error 0x80" in words
    assert "Program: notes" in words
    assert "still moving" in words
    assert "Error 0x80" not in room.happened[3][1], "the relay can read notes"


async def test_what_a_ticket_does_not_take_is_said_and_not_recorded(room):
    huge = Screenshot(bytes(MAX_PNG_BYTES + 1), 1, 1, exact=True, taken_at_ms=0)
    room.screen.keep_screenshot(huge)
    with pytest.raises(EnvironmentFault, match="screenshot"):
        await room.done()
    assert room.happened == []


async def test_nothing_is_kept_of_a_screen_that_is_not_shared_any_more(room):
    room.allowed.clear()
    room.screen.keep_screenshot(SHOT)
    await room.done()
    assert (room.happened, room.sent) == ([], [])
