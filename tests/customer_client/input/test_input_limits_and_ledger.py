from hypothesis import given
from hypothesis import strategies as st

from customer_client.input.key_codes import EVDEV_CODES, x11_keycode
from customer_client.input.ledger import EventKind, InjectionLedger
from customer_client.input.limits import MAX_EVENTS_PER_S, EventBudget

DOWN, UP, MOVE = EventKind.KEY_DOWN, EventKind.KEY_UP, EventKind.MOVE


@given(st.lists(st.floats(0, 0.2), max_size=2000))
def test_never_more_than_the_burst_and_the_rate_pass(pauses):
    budget, now, passed = EventBudget(), 0.0, 0
    for pause in pauses:
        now += pause
        passed += budget.take(now)
    assert passed <= MAX_EVENTS_PER_S * (1 + now)


def test_a_flood_is_held_to_the_rate():
    budget = EventBudget()
    assert sum(budget.take(0.0) for _ in range(2000)) == 500
    assert sum(budget.take(0.5) for _ in range(2000)) == 250


def test_an_injected_event_is_ours_once():
    ledger = InjectionLedger()
    ledger.injecting(MOVE, (5, 6), 0.0)
    assert ledger.is_ours(MOVE, (5, 6), 0.1)
    assert not ledger.is_ours(MOVE, (5, 6), 0.1)


def test_an_event_that_nobody_injected_is_the_customers():
    ledger = InjectionLedger()
    ledger.injecting(DOWN, 38, 0.0)
    assert not ledger.is_ours(DOWN, 39, 0.0)
    assert not ledger.is_ours(MOVE, (38, 0), 0.0)


def test_what_was_never_reported_is_forgotten_after_a_second():
    ledger = InjectionLedger()
    ledger.injecting(MOVE, (5, 6), 0.0)
    assert not ledger.is_ours(MOVE, (5, 6), 1.1)


def test_a_held_key_repeats_until_its_release_was_reported():
    ledger = InjectionLedger()
    ledger.injecting(DOWN, 38, 0.0)
    assert all(ledger.is_ours(DOWN, 38, at) for at in (0.0, 5.0, 5.1))
    ledger.injecting(UP, 38, 6.0)
    assert ledger.is_ours(DOWN, 38, 6.0)
    assert ledger.is_ours(UP, 38, 6.0)
    assert not ledger.is_ours(DOWN, 38, 6.1)


@given(st.lists(st.tuples(st.sampled_from(EventKind), st.integers(0, 5)), max_size=600))
def test_events_reported_in_order_are_all_ours(events):
    ledger = InjectionLedger()
    for number, (kind, detail) in enumerate(events):
        ledger.injecting(kind, detail, number / 1000)
    assert all(ledger.is_ours(kind, detail, 0.7) for kind, detail in events)


def test_every_key_of_a_pc_keyboard_has_a_code_of_its_own():
    assert len(set(EVDEV_CODES.values())) == len(EVDEV_CODES)
    letters = {f"Key{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"} | {f"Digit{digit}" for digit in range(10)}
    pad = {f"Numpad{key}" for key in "0123456789"} | {f"F{number}" for number in range(1, 25)}
    assert letters | pad <= set(EVDEV_CODES)
    assert [x11_keycode(code) for code in ("KeyA", "Enter", "ArrowUp", "MetaLeft", "Numpad0")] == [38, 36, 111, 133, 90]


def test_keys_that_switch_the_computer_off_do_not_exist_for_remote_input():
    assert x11_keycode("Power") is x11_keycode("Sleep") is x11_keycode("WakeUp") is None
