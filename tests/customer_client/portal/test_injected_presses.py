from hypothesis import given
from hypothesis import strategies as st

from customer_client.portal.injected import QUIET_S, InjectedPresses
from customer_client.protection.hands import Act, Press
from customer_client.protection.portal_hands import QuietHands

BUTTON = ("button", 272)


def at(seconds: float) -> int:
    """The X server's time at a monotonic time."""
    return int(seconds * 1000) % 2**32


def test_a_press_counts_while_nothing_was_injected_around_it():
    presses = InjectedPresses()
    assert presses.by_hand(at(100.0), 100.1)
    presses.down(BUTTON, 100.0)
    presses.up(BUTTON, 100.05)
    assert not presses.by_hand(at(100.06), 100.1)
    assert not presses.by_hand(at(99.9), 100.1), "the server may have had it first"
    assert presses.by_hand(at(100.05 + QUIET_S + 0.1), 103.0)


def test_nothing_counts_while_something_is_held_for_the_technician():
    presses = InjectedPresses()
    presses.down(("key", 28), 100.0)
    assert not presses.by_hand(at(150.0), 150.0)
    presses.nothing_held()
    assert presses.by_hand(at(150.0), 150.0)


def test_a_press_that_waited_in_a_busy_window_is_judged_by_when_it_was_made():
    presses = InjectedPresses()
    presses.down(BUTTON, 100.0)
    presses.up(BUTTON, 100.0)
    assert not presses.by_hand(at(100.3), 110.0)
    assert not presses.by_hand(at(100.3), 150.0), "nobody remembers for as long as that"


@given(st.integers(0, 2**32 - 1), st.floats(0, 1e7))
def test_a_time_of_another_clock_is_nobodys(time_ms, now):
    presses = InjectedPresses()
    late_ms = (int(now * 1000) - time_ms) % 2**32
    assert presses.by_hand(time_ms, now) == (late_ms <= 30_000)


def test_what_another_program_sends_to_a_window_does_not_count():
    hands = QuietHands(InjectedPresses(), clock=lambda: 50.0)
    assert hands.made(Press(Act.BUTTON, at(50.0)))
    assert not hands.made(Press(Act.BUTTON, at(50.0), sent=True))
