"""SystemInjector over hands that only note, and the words WindowsHands says to SendInput (a noting user32)."""

import pytest

from customer_client.capture.source import Display
from customer_client.input.macos_hands import KEY_CODES, MacHands
from customer_client.input.system_injector import SystemInjector
from customer_client.input.windows_hands import WindowsHands
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
        self.sent, self._takes = [], takes

    def GetSystemMetrics(self, metric):
        return {76: -1920, 77: 0, 78: 3840, 79: 1080}[metric]

    def SendInput(self, count, inputs, size):
        for one in inputs[:count]:
            keyboard, mouse = one.either.keyboard, one.either.mouse
            words = (keyboard.scan_code, keyboard.flags) if one.type else (mouse.dx, mouse.dy, mouse.data, mouse.flags)
            self.sent.append(words)
        return count if self._takes else 0


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
        (0x1E, 0x8),
        (0x48, 0x8 | 0x1 | 0x2),
        (0xE9, 0x4),
        (0xE9, 0x6),
        (0xD83D, 0x4),
        (0xDE00, 0x4),
        (0xD83D, 0x6),
        (0xDE00, 0x6),
        (0, 65535, 0, 0xC001),
        (0, 0, 2, 0x80),
        (0, 0, 0xFFFFFFC4, 0x800),
    ]


def test_what_windows_refuses_is_logged(caplog):
    WindowsHands(NotingUser32(takes=False)).key(0x1E, True)
    assert "took 0 of 1" in caplog.text


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
    assert fault.value.code == "input_denied"
