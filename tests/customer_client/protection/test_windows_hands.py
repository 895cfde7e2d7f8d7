"""Which presses count as the customer's own on Windows, by what low-level hooks were told. The hooks run in wine."""

from hypothesis import given
from hypothesis import strategies as st

from customer_client.protection.hands import Act, Press
from customer_client.protection.windows_hands import LATEST_MS, Told, ToldPresses

A, B = 65, 66
ALLOW, ELSEWHERE = 0x10102, 0x10104


def told(*presses: Told) -> ToldPresses:
    made = ToldPresses()
    for one in presses:
        made.add(one)
    return made


def test_a_key_counts_that_a_hook_was_told_of_although_tk_calls_it_sent():
    presses = told(Told(Act.KEY, 1000, True, code=A))
    assert presses.made(Press(Act.KEY, 1007, sent=True, code=A))


def test_each_telling_speaks_for_one_press():
    presses = told(Told(Act.KEY, 1000, True, code=A))
    assert presses.made(Press(Act.KEY, 1007, code=A))
    assert not presses.made(Press(Act.KEY, 1008, code=A))


def test_what_a_program_injected_does_not_count_and_a_press_by_hand_after_it_does():
    presses = told(Told(Act.KEY, 1000, False, code=A), Told(Act.KEY, 1500, True, code=A))
    assert presses.made(Press(Act.KEY, 1501, code=A))
    assert not presses.made(Press(Act.KEY, 1502, code=A))


def test_a_click_counts_only_in_the_widget_it_went_to():
    presses = told(Told(Act.BUTTON, 1000, True, window=ELSEWHERE))
    assert not presses.made(Press(Act.BUTTON, 1010, window=ALLOW))
    assert presses.made(Press(Act.BUTTON, 1010, window=ELSEWHERE))


def test_a_button_may_be_let_go_anywhere():
    assert told(Told(Act.BUTTON_UP, 1000, True, window=ELSEWHERE)).made(Press(Act.BUTTON_UP, 1010, window=ALLOW))


def test_another_key_and_another_act_do_not_count():
    presses = told(Told(Act.KEY, 1000, True, code=A))
    assert not presses.made(Press(Act.KEY, 1001, code=B))
    assert not presses.made(Press(Act.BUTTON, 1001, window=ALLOW))


@given(st.integers(0, 2**32 - 1), st.integers(-5000, 5000))
def test_only_a_press_soon_after_counts_also_while_the_clock_wraps(at, late):
    presses = told(Told(Act.KEY, at, True, code=A))
    assert presses.made(Press(Act.KEY, (at + late) % 2**32, code=A)) is (0 <= late <= LATEST_MS)
