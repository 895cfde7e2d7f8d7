"""On a real X display, with a window manager and without: what is in front is noticed, and no picture of it is used."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator

import pytest

from customer_client.capture.grabber import ScreenGrabber
from customer_client.capture.thumbnails import thumbnails
from customer_client.capture.x11_source import X11Source
from customer_client.protection.guarded_source import guarded
from customer_client.protection.money import FrontWindow, MoneyKind
from customer_client.protection.tripwire import Tripwire
from customer_client.protection.x11_front_windows import X11FrontWindows
from customer_client.redaction.curtain import Curtain
from customer_client.redaction.window_watch import NoWindows
from demo.virtual_display import virtual_desktop, virtual_display
from protocol.errors import EnvironmentFault
from tests.support.titled_window import TitledWindow

DEADLINE_S = 20.0
NOBODY = 1
"""Another process than the one that makes the test's windows."""

GREEN, RED = 0x20C040, 0xD01050
BANK_BYTES = bytes((RED & 255, RED >> 8 & 255, RED >> 16))


@pytest.fixture(scope="module", params=["managed", "bare"])
def screen(request: pytest.FixtureRequest) -> Iterator[str]:
    with (virtual_desktop if request.param == "managed" else virtual_display)(640, 480) as name:
        if request.param == "managed":
            first = TitledWindow(name, "First", GREEN)
            until(lambda: first.show() or first.is_framed, "the window manager")
            first.close()
        yield name


@pytest.fixture
def opened() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as stack:
        yield stack


def window(opened: contextlib.ExitStack, screen: str, title: str, colour: int = GREEN) -> TitledWindow:
    made = TitledWindow(screen, title, colour)
    opened.callback(made.close)
    return made


def front(opened: contextlib.ExitStack, screen: str, **options: int) -> X11FrontWindows:
    windows = X11FrontWindows(screen, **({"own_process_id": NOBODY} | options))
    opened.callback(windows.close)
    return windows


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def test_the_topmost_window_and_its_new_titles_are_told(opened: contextlib.ExitStack, screen: str) -> None:
    windows = front(opened, screen)
    below, above = window(opened, screen, "Notes"), window(opened, screen, "Example Bank")
    below.show()
    until(lambda: FrontWindow("Notes", "Firefox") in windows.look(), "the window")
    above.show()
    until(lambda: FrontWindow("Example Bank", "Firefox") in windows.look(), "the window above")
    above.rename("Überweisung")
    until(lambda: FrontWindow("Überweisung", "Firefox") in windows.look(), "its new title")
    above.hide()
    until(lambda: windows.look() == (FrontWindow("Notes", "Firefox"),), "the window below")


def test_nothing_is_asked_again_while_nothing_has_changed(opened: contextlib.ExitStack, screen: str) -> None:
    windows = front(opened, screen)
    notes = window(opened, screen, "Notes")
    notes.show()
    until(lambda: FrontWindow("Notes", "Firefox") in windows.look(), "the window")
    time.sleep(0.2)  # a window manager has a word or two more to say about a new window
    windows.look()
    told = windows.look()
    assert told is windows.look()


def test_a_window_that_is_brought_back_to_the_front_is_told(opened: contextlib.ExitStack, screen: str) -> None:
    windows = front(opened, screen)
    bank, notes = window(opened, screen, "Example Bank"), window(opened, screen, "Notes")
    for each in (bank, notes):
        each.show()
    until(lambda: windows.look() == (FrontWindow("Notes", "Firefox"),), "notes in front")
    bank.activate()
    bank.show()
    until(lambda: FrontWindow("Example Bank", "Firefox") in windows.look(), "the bank in front")


def test_windows_of_this_program_and_panels_are_never_in_front(opened: contextlib.ExitStack, screen: str) -> None:
    ours = front(opened, screen, own_process_id=os.getpid())
    notes = window(opened, screen, "Example Bank")
    notes.show()
    assert ours.look() == ()
    others = front(opened, screen)
    panel = window(opened, screen, "Panel")
    panel.make_dock()
    panel.show()
    until(lambda: FrontWindow("Example Bank", "Firefox") in others.look(), "the window below the panel")
    assert FrontWindow("Panel", "Firefox") not in others.look()


def test_a_display_that_is_gone_is_said_so() -> None:
    with virtual_display(320, 240) as name:
        windows = X11FrontWindows(name)
    with pytest.raises(EnvironmentFault):
        windows.look()
    windows.close()


def test_no_thumbnail_of_a_bank_window_leaves_and_all_sharing_stops(opened: contextlib.ExitStack, screen: str) -> None:
    hits: list[MoneyKind] = []
    source = guarded(X11Source(screen), Tripwire(front(opened, screen)), hits.append)
    opened.callback(source.close)
    cover = Curtain(NoWindows)

    def look() -> list[bytes]:
        small = source.under_guard(lambda: thumbnails(source.displays(), screen, cover=cover))
        return [each.pixels for each in small.values()]

    def is_stopped() -> bool:
        try:
            look()
        except EnvironmentFault as fault:
            if fault.code != "money_in_front":
                raise
            return True
        return False

    def shows_the_bank() -> bool:
        return any(BANK_BYTES[::-1] in pixels for pixels in look())

    def is_stopped_before_the_bank_shows() -> bool:
        with contextlib.suppress(EnvironmentFault):
            assert not shows_the_bank()
        return is_stopped()

    notes, bank = window(opened, screen, "Notes"), window(opened, screen, "Example Bank", RED)
    notes.show()
    assert look()
    for _turn in range(6):
        bank.show()
        until(is_stopped_before_the_bank_shows, "the bank in front")
        bank.hide()
        # one that goes away between the picture and the look at the windows is the exception guarded_source names
        until(lambda: not is_stopped() and not shows_the_bank(), "a thumbnail again")
    assert set(hits) == {MoneyKind.BANK}


def test_no_picture_of_a_bank_window_is_ever_used(opened: contextlib.ExitStack, screen: str) -> None:
    hits: list[MoneyKind] = []
    tripwire = Tripwire(front(opened, screen))
    grabber: ScreenGrabber

    def stop(kind: MoneyKind) -> None:
        grabber.pause()
        hits.append(kind)

    source = guarded(X11Source(screen), tripwire, stop)
    opened.callback(source.close)
    grabber = ScreenGrabber(source, max_fps=200)
    opened.callback(grabber.stop)
    notes, bank = window(opened, screen, "Notes"), window(opened, screen, "Example Bank", RED)
    notes.show()
    grabber.start()
    assert grabber.take_newest(DEADLINE_S) is not None
    used = 0
    for turn in range(12):
        seen = len(hits)
        if turn % 3 == 2:
            bank.rename("News")
            bank.rename("Example Bank")
        bank.show()
        while len(hits) == seen:
            taken = grabber.take_newest(0.05)
            used += taken is not None
            assert taken is None or BANK_BYTES not in bytes(taken.picture.pixels), f"turn {turn}"
        assert grabber.take_newest(0.05) is None
        bank.hide()
        until(lambda: tripwire.check() is None, "the bank is away")
        grabber.resume()
        until(lambda: grabber.take_newest(0.05) is not None, "a picture again")
    assert hits == [MoneyKind.BANK] * 12
