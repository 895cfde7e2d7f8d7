"""What a tap on a Mac is told becomes ours, and what is ours there; the numbers are Apple's, nothing is called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_client.capture.macos_permission import require_screen_permission
from customer_client.input.macos_own_windows import MacOwnWindows
from customer_client.input.system_events import OUR_MARK, Kind, SystemEvent, is_local
from customer_client.macos.event_tap import system_event
from customer_client.redaction.system_window_watch import SeenWindow
from protocol.errors import EnvironmentFault
from protocol.picture.geometry import Rect


@pytest.mark.parametrize(
    ("number", "kind"),
    [(10, Kind.KEY_DOWN), (11, Kind.KEY_UP), (1, Kind.BUTTON), (26, Kind.BUTTON), (5, Kind.MOVE), (22, Kind.WHEEL)],
)
def test_each_type_of_event_has_its_kind(number, kind):
    event = system_event(number, 8, 0, 0, 0)
    assert event == SystemEvent(kind, 8 if number in (10, 11) else 0, injected=False, ours=False)
    assert is_local(event)


def test_a_modifier_goes_down_and_up_by_its_flag():
    assert system_event(12, 0x38, 0x20102, 0, 0).kind is Kind.KEY_DOWN
    assert system_event(12, 0x38, 0x102, 0, 0).kind is Kind.KEY_UP


def test_other_events_are_nobodys_input():
    assert system_event(14, 0, 0, 0, 0) is None


@given(st.integers(0, 2**31), st.integers(-(2**63), 2**63 - 1))
def test_only_what_a_program_injected_with_our_mark_is_ours(sender, user_data):
    assert system_event(10, 1, 0, sender, user_data).ours == (sender != 0 and user_data == OUR_MARK)


def test_the_topmost_window_at_a_place_says_whose_it_is():
    ours = SeenWindow(1, "Deskside", "", "Deskside", Rect(0, 0, 100, 100), own=True)
    other = SeenWindow(2, "Notes", "", "Notes", Rect(50, 0, 100, 100), has_keyboard=True)
    above, below = MacOwnWindows(lambda: (ours, other)), MacOwnWindows(lambda: (other, ours))
    assert [above.at(x, 5) for x in (10, 60, 120, 300)] == [True, True, False, False]
    assert [below.at(x, 5) for x in (10, 60)] == [True, False]
    assert not above.has_focus()


class CoreGraphics:
    """Says whether the screen may be recorded, and notes whether it was asked for."""

    def __init__(self, allowed):
        self.allowed, self.asked = allowed, 0

    def CGPreflightScreenCaptureAccess(self):
        return self.allowed

    def CGRequestScreenCaptureAccess(self):
        self.asked += 1
        return False


def test_without_the_permission_it_is_asked_for_and_said():
    library = CoreGraphics(allowed=False)
    with pytest.raises(EnvironmentFault) as fault:
        require_screen_permission(library)
    assert (fault.value.code, library.asked) == ("macos_screen_permission", 1)


def test_with_the_permission_nobody_is_asked():
    library = CoreGraphics(allowed=True)
    require_screen_permission(library)
    assert library.asked == 0
