"""What a low-level hook is told becomes: by whom, what, and whether that is the customer or the panic keys."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_client.input.system_events import OUR_MARK, Kind, SystemEvent, is_local
from customer_client.watchdog.panic_keys import MACOS_CHORD, WINDOWS_CHORD, PanicKeys
from customer_client.windows.input_hooks import key_event, mouse_event
from customer_client.windows.structures import KeyTold, MouseTold

SHIFT, CONTROL, ALT, END = 0xA0, 0xA2, 0xA4, 0x23


def key(code: int, kind: Kind = Kind.KEY_DOWN) -> SystemEvent:
    return SystemEvent(kind, code, injected=False, ours=False)


def test_a_key_of_the_keyboard_is_nobodys_injection():
    assert key_event(KeyTold(code=65, flags=0)) == SystemEvent(Kind.KEY_DOWN, 65, injected=False, ours=False)
    assert key_event(KeyTold(code=65, flags=0x80)).kind is Kind.KEY_UP


@pytest.mark.parametrize(
    ("message", "kind"),
    [(0x200, Kind.MOVE), (0x201, Kind.BUTTON), (0x20C, Kind.BUTTON), (0x20A, Kind.WHEEL), (0x20E, Kind.WHEEL)],
)
def test_each_message_of_the_mouse_has_its_kind(message, kind):
    event = mouse_event(message, MouseTold())
    assert event is not None
    assert event.kind is kind


def test_other_messages_are_none_of_the_mouses():
    assert mouse_event(0x113, MouseTold()) is None


@given(st.integers(0, 0xFF), st.integers(0, 2**63))
def test_only_what_is_injected_with_our_mark_is_ours(flags, extra):
    """A device's driver may put anything into `extra`: without the system's flag it is not ours."""
    event = key_event(KeyTold(code=1, flags=flags, extra=extra))
    assert event.ours == (bool(flags & 0x10) and extra == OUR_MARK)
    assert is_local(event) == (not event.ours)


def test_a_keyboard_on_the_screen_is_the_customers_but_a_program_that_moves_the_pointer_is_not():
    assert is_local(SystemEvent(Kind.KEY_DOWN, 65, injected=True, ours=False))
    assert not is_local(SystemEvent(Kind.MOVE, 0, injected=True, ours=False))
    assert is_local(SystemEvent(Kind.MOVE, 0, injected=False, ours=False))


@pytest.mark.parametrize("order", list(itertools.permutations((SHIFT, CONTROL, ALT))))
def test_the_panic_keys_are_seen_in_any_order_once_however_long_they_are_held(order):
    keys = PanicKeys(WINDOWS_CHORD)
    assert not any(keys.pressed(key(code)) for code in order)
    assert [keys.pressed(key(END)) for _ in range(3)] == [True, False, False]
    keys.pressed(key(END, Kind.KEY_UP))
    assert keys.pressed(key(END))
    keys.pressed(key(order[0], Kind.KEY_UP))
    keys.pressed(key(END, Kind.KEY_UP))
    assert not keys.pressed(key(END))


def test_the_panic_keys_of_a_mac_are_its_own_numbers():
    keys = PanicKeys(MACOS_CHORD)
    assert [keys.pressed(key(code)) for code in (0x3B, 0x3A, 0x3C, 0x77)] == [False, False, False, True]
