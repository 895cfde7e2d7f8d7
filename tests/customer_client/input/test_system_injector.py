"""SystemInjector over hands that only note, and the words WindowsHands says to SendInput (a noting user32)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_client.capture.source import Display
from customer_client.input.macos_hands import KEY_CODES, MacHands
from customer_client.input.system_events import OUR_MARK
from customer_client.input.system_injector import SystemInjector
from customer_client.input.windows_hands import WindowsHands, absolute
from protocol.errors import EnvironmentFault
from protocol.messages.input import Button


class NotingHands:
    no_secure_attention = "windows"

    def __init__(self):
        self.done = []

    def knows(self, code):
        return None if code == "Power" else len(code)

    def __getattr__(self, name):
        return lambda *details: self.done.append((name, *details))


class NotingUser32:
    """Notes inputs as Windows would read them; two displays, the second left of the first."""

    def __init__(self, takes=True):
        self.sent, self.takes, self.swapped = [], takes, False

    def GetSystemMetrics(self, metric):
        return {76: -1920, 77: 0, 78: 3840, 79: 1080, 23: self.swapped}[metric]

    def GetForegroundWindow(self):
        return 7

    def GetWindowThreadProcessId(self, window, _process):
        return 10 * window

    def GetKeyboardLayout(self, thread):
        return 10 * thread

    def MapVirtualKeyExW(self, scan_code, _kind, layout):
        return {(0x1E, 700): 0x41, (0xE048, 700): 0x26}.get((scan_code, layout), 0)

    def SendInput(self, count, inputs, size):
        if not self.takes:
            return 0
        for one in inputs[:count]:
            keyboard, mouse = one.either.keyboard, one.either.mouse
            assert (keyboard.extra if one.type else mouse.extra) == OUR_MARK
            key = (keyboard.virtual_key, keyboard.scan_code, keyboard.flags)
            self.sent.append(key if one.type else (mouse.dx, mouse.dy, mouse.data, mouse.flags))
        return count


@pytest.fixture
def hands():
    return NotingHands()


@pytest.fixture
def injector(hands):
    return SystemInjector(hands, lambda: Display("left", -1920, 0, 1920, 1080, primary=False), clock=lambda: 5.0)


def test_places_are_clamped_to_a_display_left_of_the_origin(injector, hands):
    injector.move(0, 0)
    injector.move(10**6, 65535)
    assert hands.done == [("move", -1920, 0), ("move", -1, 1079)]


def test_held_modifiers_are_let_go_while_text_is_typed(injector, hands):
    injector.key("ControlLeft", True)
    injector.key("KeyA", True)
    hands.done.clear()
    injector.text("é\n")
    assert hands.done == [("key", 11, False), ("character", "é"), ("key", 11, True)]
    assert injector.dropped().unknown == 1


def test_everything_held_is_released_once(injector, hands):
    injector.key("ShiftLeft", True)
    injector.button(Button.BACK, True, 0, 0)
    hands.done.clear()
    injector.release_all()
    injector.release_all()
    assert hands.done == [("key", 9, False), ("button", Button.BACK, False)]
    assert injector.held() == frozenset()


def test_floods_and_unknown_keys_are_counted(injector, hands):
    for _ in range(600):
        injector.move(1, 1)
    injector.key("Power", True)
    assert injector.dropped().too_fast == 100
    assert injector.dropped().unknown == 1


def test_windows_gets_scan_codes_units_and_the_whole_desktop():
    user32 = NotingUser32()
    hands = WindowsHands(user32)
    hands.key(hands.knows("KeyA"), True)
    hands.key(hands.knows("ArrowUp"), False)
    hands.character("é")
    hands.character("😀")
    hands.move(-1920, 1079)
    hands.button(Button.FORWARD, True)
    hands.wheel(0, -60)
    assert user32.sent == [
        (0x41, 0x1E, 0x8),
        (0x26, 0x48, 0x8 | 0x1 | 0x2),
        (0, 0xE9, 0x4),
        (0, 0xE9, 0x6),
        (0, 0xD83D, 0x4),
        (0, 0xDE00, 0x4),
        (0, 0xD83D, 0x6),
        (0, 0xDE00, 0x6),
        (8, 65505, 0, 0xC001),
        (0, 0, 2, 0x80),
        (0, 0, 0xFFFFFFC4, 0x800),
    ]


def test_what_windows_refuses_is_logged_and_releases_are_made_later(caplog):
    user32 = NotingUser32(takes=False)
    hands = WindowsHands(user32)
    hands.key(0x1E, True)
    hands.key(0x1E, False)
    assert "took 0 of 1" in caplog.text
    user32.takes = True
    hands.wheel(0, 120)
    assert user32.sent == [(0x41, 0x1E, 0x8 | 0x2), (0, 0, 120, 0x800)]


def test_keys_that_share_a_scan_code_or_have_none_go_by_their_meaning():
    user32 = NotingUser32()
    hands = WindowsHands(user32)
    for code in ("NumLock", "Pause", "F24", "AudioVolumeUp"):
        hands.key(hands.knows(code), True)
    assert user32.sent == [(0x90, 0, 0), (0x13, 0, 0), (0x87, 0, 0), (0xAF, 0, 0)]


def test_buttons_that_are_swapped_for_the_left_hand_are_swapped_back():
    user32 = NotingUser32()
    user32.swapped = True
    WindowsHands(user32).button(Button.PRIMARY, True)
    assert user32.sent == [(0, 0, 0, 0x8)]


@given(st.integers(1, 32768), st.data())
def test_each_pixel_of_an_axis_has_a_coordinate_that_means_it(size, data):
    pixel = data.draw(st.integers(0, size - 1))
    assert absolute(pixel, size) * size // 65536 == pixel


class OwnEverything:
    """All windows are ours, until told otherwise."""

    ours = True

    def at(self, x, y):
        return self.ours

    def has_focus(self):
        return self.ours


def test_nothing_is_pressed_or_typed_in_our_own_windows(hands):
    own = OwnEverything()
    display = Display("only", 0, 0, 1920, 1080, primary=True)
    injector = SystemInjector(hands, lambda: display, own_windows=own, clock=lambda: 5.0)
    injector.key("KeyA", True)
    injector.text("abc")
    injector.button(Button.PRIMARY, True, 5, 5)
    injector.wheel(0, 120, 5, 5)
    assert [name for name, *_ in hands.done] == ["move"]
    assert injector.dropped().own_window == 6
    own.ours = False
    injector.text("a")
    assert hands.done[-1] == ("character", "a")


class NotingServices:
    """Notes the events macOS would be posted."""

    def __init__(self, trusted=True):
        self.posted, self._trusted = [], trusted

    def AXIsProcessTrusted(self):
        return self._trusted

    def CGEventPost(self, _tap, event):
        self.posted.append(tuple(event))

    def CGEventSetFlags(self, event, flags):
        event.append(flags)

    def CGEventKeyboardSetUnicodeString(self, event, length, data):
        event.append(data[: 2 * length].decode("utf-16-le"))

    def CGEventCreateMouseEvent(self, _source, kind, place, number):
        return [kind, place.x, place.y, number]

    def CGEventSetIntegerValueField(self, _event, field, value):
        assert (field, value) == (42, OUR_MARK)

    def CFRelease(self, event):
        pass

    def __getattr__(self, _name):
        return lambda _source, *details: list(details)


def test_macos_gets_modifiers_characters_drags_and_whole_lines():
    services = NotingServices()
    hands = MacHands(services)
    hands.key(KEY_CODES["MetaLeft"], True)
    hands.key(KEY_CODES["KeyC"], True)
    hands.character("é")
    hands.button(Button.PRIMARY, True)
    hands.move(-5, 7)
    hands.wheel(0, 60)
    hands.wheel(40, 20)
    assert services.posted == [
        (0x37, True, 0x100000),
        (0x08, True, 0x100000),
        (0, True, 0, "é"),
        (0, False, 0, "é"),
        (1, 0.0, 0.0, 0),
        (6, -5.0, 7.0, 0),
        (1, 2, 1, 0, 0),
        (1, 2, 1, -1, 0),
    ]


def test_macos_without_the_permission_is_said_instead_of_dropping_events():
    with pytest.raises(EnvironmentFault) as fault:
        MacHands(NotingServices(trusted=False))
    assert fault.value.code == "macos_input_permission"
