"""The desktop portal: the real one, with GNOME's compositor behind it; the test answers in the place of the dialog."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from Xlib import X
from Xlib.display import Display as XDisplay

from customer_client.capture.choose import choose_capture, choose_cursor_watcher
from customer_client.capture.portal_source import PortalSource
from customer_client.capture.source import DamageSource, Display, Picture
from customer_client.capture.thumbnails import thumbnails
from customer_client.input.choose import choose_injector, choose_local_activity
from customer_client.input.injector import Injector
from customer_client.input.ledger import InjectionLedger
from customer_client.input.portal_hands import PortalHands
from customer_client.portal.gstreamer import require_gstreamer
from customer_client.portal.injected import InjectedPresses
from customer_client.portal.screen import Devices, PortalScreen
from customer_client.protection.hands import Act, Press
from customer_client.protection.portal_hands import QuietHands
from customer_client.redaction.cover import NothingHidden
from protocol.errors import EnvironmentFault
from protocol.messages.input import Button
from tests.support.capture_conformance import check_capture_source
from tests.support.portal_backend import CANCELLED
from tests.support.wayland_desktop import WaylandDesktop, wayland_desktop

DEADLINE_S = 20.0


@pytest.fixture(scope="module")
def desktop() -> Iterator[WaylandDesktop]:
    with wayland_desktop() as running:
        yield running


@contextmanager
def shared(on_ended: Callable[[], None] = lambda: None) -> Iterator[PortalScreen]:
    with closing(PortalScreen(on_ended)) as screen:
        screen.ask()
        yield screen


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def pixel(picture: Picture, x: int, y: int) -> tuple[int, int, int]:
    start = y * picture.stride + x * 4
    return tuple(bytes(picture.pixels[start : start + 3]))


def shows(source: PortalSource, x: int, y: int, colour: tuple[int, int, int]) -> bool:
    return pixel(source.grab(), x, y) == colour


def test_the_display_is_seen_and_a_change_is_told(desktop: WaylandDesktop) -> None:
    require_gstreamer()
    with shared() as screen:
        assert screen.stream.size == (800, 600)
        assert desktop.backend.options["SelectSources"]["types"] == ("u", 1)
        assert "persist_mode" not in desktop.backend.options["SelectSources"]
        source = choose_capture(with_pointer=False, portal=screen)
        assert isinstance(source, DamageSource)
        with closing(source):
            assert source.shared_display() == Display("Display 1", 0, 0, 800, 600, primary=True)
            before, _everywhere = source.take()
            window = desktop.start("xterm", "-geometry", "30x8+200+200", "-bg", "#ff0000", "-e", "sleep 60")
            until(lambda: shows(source, 300, 280, (0, 0, 255)), "the red window is not seen")
            after, damage = source.take()
            assert after is not before
            assert any(area.y <= 280 < area.bottom for area in damage)
            small = thumbnails(source.displays(), cover=NothingHidden(), seen=source.grab)
            assert small["Display 1"].width <= 128
            desktop.end(window)


def test_it_is_a_capture_source_like_the_others(desktop: WaylandDesktop) -> None:
    with shared() as screen:
        check_capture_source(choose_capture(with_pointer=False, portal=screen))


def test_typing_clicking_and_scrolling_reach_programs(desktop: WaylandDesktop, tmp_path: Path) -> None:
    typed = tmp_path / "typed"
    with shared() as screen, closing(PortalSource(screen)) as source:
        injector = choose_injector(source.shared_display, InjectionLedger(), portal=screen)
        window = desktop.start(
            *("xterm", "-geometry", "60x20+100+100", "-bg", "#00ff00"),
            *("-e", "bash", "-c", f'while IFS= read -rsn1 c; do printf %s "$c" >> {typed}; done'),
        )
        try:
            until(lambda: shows(source, 300, 300, (0, 255, 0)), "the window is not there")
            injector.button(Button.PRIMARY, True, 65535 * 300 // 800, 65535 * 300 // 600)
            injector.button(Button.PRIMARY, False, 65535 * 300 // 800, 65535 * 300 // 600)
            until(lambda: _strikes_once(injector, typed), "no key has arrived")  # this desktop has no other keyboard
            injector.text("abGr 7Q")
            injector.key("ShiftLeft", True)
            injector.key("KeyA", True)
            assert injector.held() == {"ShiftLeft", "KeyA"}
            injector.release_all()
            assert injector.held() == frozenset()
            until(lambda: typed.read_text().endswith("A"), "the last key has not arrived")
            assert typed.read_text().lstrip("_") == "abGr 7QA"
            injector.wheel(0, 240, 300, 300)
            until(lambda: ("NotifyPointerAxisDiscrete", 0, -2) in desktop.backend.notified, "the wheel did not turn")
        finally:
            injector.close()
            desktop.end(window)


def _strikes_once(injector: Injector, typed: Path) -> bool:
    injector.text("_")
    time.sleep(0.05)
    return typed.exists()


def test_only_what_the_person_allowed_is_used(desktop: WaylandDesktop) -> None:
    desktop.backend._devices, before = 1, desktop.backend._devices
    try:
        with shared() as screen, closing(PortalSource(screen)) as source:
            assert screen.devices is Devices.KEYBOARD
            desktop.backend.notified.clear()
            injector = choose_injector(source.shared_display, InjectionLedger(), portal=screen)
            injector.button(Button.PRIMARY, True, 100, 100)
            injector.key("KeyA", True)
            injector.close()
            until(lambda: len(desktop.backend.notified) >= 2, "the key was not pressed")
            assert {said[0] for said in desktop.backend.notified} == {"NotifyKeyboardKeycode"}
    finally:
        desktop.backend._devices = before


def test_the_pointer_is_in_the_picture_and_not_told_beside_it(desktop: WaylandDesktop) -> None:
    assert choose_cursor_watcher(lambda: Display("d", 0, 0, 8, 8, primary=True), lambda change: None) is None
    with shared():
        assert desktop.backend.options["SelectSources"]["cursor_mode"] == ("u", 2)


def test_when_the_person_ends_it_in_their_panel_everything_stops(desktop: WaylandDesktop) -> None:
    ended = threading.Event()
    with shared(ended.set) as screen, closing(PortalSource(screen)) as source:
        injector = choose_injector(source.shared_display, InjectionLedger(), portal=screen)
        injector.key("KeyA", True)
        desktop.backend.close_session()
        assert ended.wait(DEADLINE_S)
        assert not screen.alive
        injector.release_all()  # the system has let go already
        with pytest.raises(EnvironmentFault) as fault:
            source.grab()
        assert fault.value.code == "display_gone"
        injector.close()


def test_closing_it_ends_the_sharing_at_the_system(desktop: WaylandDesktop) -> None:
    told = threading.Event()
    desktop.backend.ended.clear()
    with shared(told.set):
        pass
    assert desktop.backend.ended.wait(DEADLINE_S)
    assert not told.is_set()


def test_a_closed_dialog_can_be_asked_again(desktop: WaylandDesktop) -> None:
    with closing(PortalScreen()) as screen:
        desktop.backend.answer = CANCELLED
        with pytest.raises(EnvironmentFault) as fault:
            screen.ask()
        desktop.backend.answer = 0
        assert fault.value.code == "dialog_cancelled"
        assert not screen.alive
        screen.ask()
        assert screen.alive


def test_the_question_can_be_taken_off_the_screen(desktop: WaylandDesktop) -> None:
    desktop.backend.waits = True
    desktop.backend.asked.clear()
    desktop.backend.withdrawn.clear()
    said: list[str] = []
    with closing(PortalScreen()) as screen:

        def ask() -> None:
            with pytest.raises(EnvironmentFault) as fault:
                screen.ask()
            said.append(fault.value.code)

        asking = threading.Thread(target=ask)
        asking.start()
        assert desktop.backend.asked.wait(DEADLINE_S)
        screen.cancel()
        asking.join(DEADLINE_S)
        assert said == ["dialog_cancelled"]
        assert desktop.backend.withdrawn.wait(DEADLINE_S)
    desktop.backend.waits = False


def test_the_customers_hand_over_a_window_of_theirs_is_noticed_and_ours_is_not(desktop: WaylandDesktop) -> None:
    """Xwayland tells of its own windows only; what the other hand does is another session's input here."""
    noticed = threading.Event()
    ledger = InjectionLedger()
    with shared() as screen, closing(PortalSource(screen)) as source, shared() as hand:
        window = desktop.start("xterm", "-geometry", "60x20+100+100", "-bg", "#0000ff", "-e", "sleep 60")
        watcher = choose_local_activity(ledger, noticed.set)
        injector = choose_injector(source.shared_display, ledger, portal=screen)
        try:
            until(lambda: shows(source, 300, 300, (255, 0, 0)), "the window is not there")
            injector.move(65535 * 310 // 799, 65535 * 310 // 599)
            injector.key("KeyA", True)
            injector.key("KeyA", False)
            assert not noticed.wait(0.3)
            hand.notify("NotifyPointerMotionAbsolute", "udd", hand.stream.node, 330.0, 333.0)
            assert noticed.wait(DEADLINE_S)
        finally:
            injector.close()
            watcher.stop()
            desktop.end(window)


def test_nothing_is_pressed_in_a_window_of_ours_and_what_slips_through_is_not_the_customers(
    desktop: WaylandDesktop,
) -> None:
    x = XDisplay(desktop.environment["DISPLAY"])
    ledger = InjectionLedger()
    place = (65535 * 300 // 799, 65535 * 200 // 599)
    try:
        depth = x.screen().root_depth
        window = x.screen().root.create_window(100, 100, 400, 300, 0, depth, event_mask=X.ButtonPressMask)
        window.map()
        x.sync()
        with shared() as screen, closing(PortalSource(screen)) as source:
            injector = choose_injector(source.shared_display, ledger, portal=screen)
            until(lambda: _refused(injector, place), "a press in our window was made")
            assert not x.pending_events()
            hands = PortalHands(screen, ledger)  # as if the window came up between the look and the press
            until(lambda: _lands(hands, x), "no press arrives")
            press, now = x.next_event(), time.monotonic()
            assert not QuietHands().made(Press(Act.BUTTON, press.time))
            assert InjectedPresses().by_hand(press.time, now), "Xwayland does not count our clock"
            injector.close()
    finally:
        x.close()


def _refused(injector: Injector, place: tuple[int, int]) -> bool:
    injector.button(Button.PRIMARY, True, *place)
    injector.button(Button.PRIMARY, False, *place)
    return injector.dropped().own_window > 0


def _lands(hands: PortalHands, x: XDisplay) -> bool:
    hands.move(300, 200)
    hands.button(Button.PRIMARY, True)
    hands.button(Button.PRIMARY, False)
    time.sleep(0.05)
    return bool(x.pending_events())


def test_a_desktop_without_a_portal_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/nobody")
    with pytest.raises(EnvironmentFault) as fault:
        PortalScreen()
    assert fault.value.code == "wayland_without_portal"
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    with pytest.raises(EnvironmentFault) as fault:
        PortalScreen()
    assert fault.value.code == "wayland_without_portal"


def test_a_computer_without_gstreamer_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    with pytest.raises(EnvironmentFault) as fault:
        require_gstreamer()
    assert fault.value.code == "no_gstreamer"
