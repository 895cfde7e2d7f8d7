"""What the compositor sends, without one: sizes that change, streams that end, areas that are hidden."""

import queue
import threading
from contextlib import closing
from types import SimpleNamespace

import pytest

from customer_client.capture.portal_source import PortalSource
from customer_client.capture.source import Picture
from customer_client.portal.gstreamer import FrameSize, _size_in
from customer_client.portal.wayland import is_wayland
from customer_client.redaction.curtain import Curtain
from customer_client.redaction.window_watch import NoWindows
from protocol.errors import EnvironmentFault
from protocol.picture.geometry import Rect
from tests.support.capture_conformance import DEADLINE_S


def picture(width: int, height: int, value: int) -> Picture:
    return Picture(width, height, width * 4, bytearray([value]) * (width * height * 4))


class Pipe:
    """Gives the pictures that are put into it; None ends it."""

    def __init__(self) -> None:
        self.pictures: queue.Queue[Picture | None] = queue.Queue()
        self.discarded = threading.Event()

    def read(self) -> Picture | None:
        return self.pictures.get(timeout=DEADLINE_S)

    def close(self) -> None:
        self.pictures.put(None)

    def discard(self) -> None:
        self.discarded.set()


class Stage:
    """A source whose streams are `pipes`, one after the other."""

    def __init__(self, *pipes: Pipe, cover=None) -> None:
        self.screen = SimpleNamespace(alive=True, stream=SimpleNamespace(place=(10, 20), size=(0, 0), node=7))
        waiting = list(pipes)
        self.source = PortalSource(self.screen, cover=cover, open_pipe=lambda screen: waiting.pop(0))


def test_a_display_that_changes_its_size_is_told_and_read_anew():
    first, second = Pipe(), Pipe()
    stage, changed = Stage(first, second), threading.Event()
    with closing(stage.source) as source:
        source.listen(changed.set)
        first.pictures.put(picture(64, 32, 1))
        assert source.take()[1] == (Rect(0, 0, 64, 32),)
        assert not changed.is_set()
        second.pictures.put(picture(32, 64, 2))
        first.pictures.put(None)
        assert first.discarded.wait(DEADLINE_S)
        assert source.wait_for_damage(DEADLINE_S)
        taken, damage = source.take()
        assert ((taken.width, taken.height), damage) == ((32, 64), (Rect(0, 0, 32, 64),))
        assert changed.is_set()
        assert source.shared_display().left == 10


def test_only_what_differs_is_damage_and_a_still_screen_has_none():
    pipe = Pipe()
    with closing(Stage(pipe).source) as source:
        pipe.pictures.put(picture(64, 32, 1))
        before, _everywhere = source.take()
        below = bytearray(before.pixels)
        below[-4:] = b"\xff\xff\xff\x00"
        pipe.pictures.put(Picture(64, 32, 256, below))
        assert source.wait_for_damage(DEADLINE_S)
        after, damage = source.take()
        assert damage == (Rect(0, 16, 64, 16),)
        assert source.take() == (after, ())


def test_what_the_customer_hides_is_painted_over_and_the_stream_is_not():
    pipe, curtain = Pipe(), Curtain(NoWindows)
    curtain.hide_area(Rect(10, 20, 8, 8))
    stage = Stage(pipe, cover=curtain)
    with closing(stage.source) as source, closing(curtain):
        sent = picture(64, 32, 200)
        pipe.pictures.put(sent)
        source.grab()  # nobody had watched before this one
        seen = source.grab()
        assert bytes(seen.pixels[:4]) != b"\xc8\xc8\xc8\xc8"
        assert bytes(seen.pixels[-4:]) == b"\xc8\xc8\xc8\xc8"
        assert bytes(sent.pixels[:4]) == b"\xc8\xc8\xc8\xc8"


def test_when_the_system_ends_the_sharing_there_is_no_picture_any_more():
    pipe = Pipe()
    stage = Stage(pipe)
    with closing(stage.source) as source:
        pipe.pictures.put(picture(64, 32, 1))
        source.grab()
        stage.screen.alive = False
        with pytest.raises(EnvironmentFault) as fault:
            source.grab()
        assert fault.value.code == "display_gone"


@pytest.mark.parametrize(
    ("caps", "size"),
    [
        (b", format=(string)BGRx, width=(int)800, height=(int)600, framerate=(fraction)0/1", FrameSize(800, 600)),
        (b", width=(int)0, height=(int)600", None),
        (b", width=(int)99999, height=(int)600", None),
        (b", format=(string)BGRx", None),
    ],
)
def test_a_size_is_taken_from_what_gstreamer_says_within_bounds(caps, size):
    assert _size_in(caps) == size


@pytest.mark.parametrize(
    ("environment", "system", "is_one"),
    [
        ({"XDG_SESSION_TYPE": "wayland", "DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "linux", False),
        ({"XDG_SESSION_TYPE": "x11", "DISPLAY": ":0"}, "linux", False),
        ({"XDG_SESSION_TYPE": "wayland"}, "win32", False),
    ],
)
def test_a_wayland_session_is_recognised(environment, system, is_one):
    assert is_wayland(environment, system) is is_one
