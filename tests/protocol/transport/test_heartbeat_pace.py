"""When heartbeats leave: often enough that silence is noticed, seldom while media says the same."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from protocol.pairing.keys import Role
from protocol.transport.heartbeat_pace import HEARTBEAT_S, IN_STEP_S, SELDOM_S, HeartbeatPace
from protocol.transport.outage import UNSTABLE_AFTER_S

NEVER = float("-inf")


def beats(pace: HeartbeatPace, media: list[float], until: float) -> list[float]:
    """Return when heartbeats leave up to `until`, from 0, media leaving at the times `media`."""
    left, now = [], 0.0
    while now <= until:
        due = pace.due_at(max((at for at in media if at <= now), default=NEVER))
        if due <= now:
            pace.beaten(now)
            left.append(now)
            continue
        now = min(due, *(at for at in media if at > now), until + 1.0)
    return left


def test_on_a_still_line_the_technicians_leave_every_second_and_the_customers_a_little_later() -> None:
    assert beats(HeartbeatPace(Role.TECHNICIAN), [], 4.0) == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert beats(HeartbeatPace(Role.CUSTOMER), [], 4.0) == [0.0, 1.25, 2.5, 3.75]


def test_beside_media_they_leave_every_five_seconds_unless_somebody_measures_closely() -> None:
    caret = [0.5 * step for step in range(1, 41)]
    assert beats(HeartbeatPace(Role.TECHNICIAN), caret, 16.0) == [0.0, 5.0, 10.0, 15.0]
    closely = HeartbeatPace(Role.TECHNICIAN)
    closely.closely = True
    assert beats(closely, caret, 3.0) == [0.0, 1.0, 2.0, 3.0]


@given(st.lists(st.floats(0.0, 20.0), max_size=40), st.sampled_from(Role))
def test_one_datagram_may_be_lost_before_silence_counts(media: list[float], role: Role) -> None:
    said = sorted([*beats(HeartbeatPace(role), sorted(media), 20.0), *media])
    longest_s = HEARTBEAT_S + (IN_STEP_S if role is Role.CUSTOMER else 0.0)
    assert all(later - earlier <= longest_s + 1e-9 for earlier, later in pairwise(said))
    assert longest_s * 2 <= UNSTABLE_AFTER_S


def test_the_customers_leaves_with_the_technicians_but_not_twice_at_once() -> None:
    pace = HeartbeatPace(Role.CUSTOMER)
    assert pace.answers(0.0)
    pace.beaten(0.0)
    assert not pace.answers(0.2)
    assert pace.answers(SELDOM_S)
    assert not HeartbeatPace(Role.TECHNICIAN).answers(0.0)
