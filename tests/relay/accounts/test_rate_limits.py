import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.accounts.rate_limits import MAX_REMEMBERED_KEYS, JoinLimits, SignInLimits, SlidingWindow, group_address
from relay.clock import MINUTE_MS


def test_ten_joins_a_minute_from_one_address() -> None:
    limits = JoinLimits()
    assert [limits.admit("203.0.113.7", 0) for _ in range(11)] == [True] * 10 + [False]
    assert not limits.admit("203.0.113.7", MINUTE_MS - 1)
    assert limits.admit("203.0.113.7", MINUTE_MS)


def test_a_hundred_joins_a_minute_from_one_neighbourhood() -> None:
    limits = JoinLimits()
    admitted = [limits.admit(f"203.0.113.{host}", 0) for host in range(20) for _ in range(10)]
    assert admitted == [True] * 100 + [False] * 100
    assert limits.admit("203.0.114.1", 0)


@pytest.mark.parametrize(
    ("address", "subscriber", "neighbourhood"),
    [
        ("203.0.113.7", "203.0.113.7/32", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.7/32", "203.0.113.0/24"),
        ("2001:db8:1:23ff::5", "2001:db8:1:2300::/56", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/56", "fe80::/48"),
        ("unknown", "unknown", "unknown"),
    ],
)
def test_addresses_are_counted_by_subscriber_and_neighbourhood(
    address: str, subscriber: str, neighbourhood: str
) -> None:
    groups = group_address(address)
    assert (groups.subscriber, groups.neighbourhood) == (subscriber, neighbourhood)


def test_many_names_from_one_address_are_limited_too() -> None:
    limits = SignInLimits()
    assert [limits.admit(f"name{n}", "203.0.113.7", 0) for n in range(31)] == [True] * 30 + [False]
    assert limits.admit("name0", "198.51.100.1", 0)


def test_a_stranger_elsewhere_does_not_keep_somebody_out_with_a_few_attempts() -> None:
    limits = SignInLimits()
    assert [limits.admit("tess", "203.0.113.7", 0) for _ in range(11)] == [True] * 10 + [False]
    assert limits.admit("tess", "198.51.100.1", 0)


def test_one_name_is_not_tried_endlessly_from_everywhere() -> None:
    limits = SignInLimits()
    assert [limits.admit("tess", f"10.0.{n}.1", 0) for n in range(101)] == [True] * 100 + [False]


def test_a_good_sign_in_gives_its_attempt_back() -> None:
    limits = SignInLimits(name_from_address=1)
    assert limits.admit("tess", "203.0.113.7", 0)
    limits.succeeded("tess", "203.0.113.7")
    assert limits.admit("tess", "203.0.113.7", 0)
    assert not limits.admit("tess", "203.0.113.7", 0)


def test_memory_is_bounded_whatever_strangers_send() -> None:
    window = SlidingWindow(1, MINUTE_MS)
    for number in range(MAX_REMEMBERED_KEYS + 10):
        window.count(str(number), 0)
    assert window.has_room("0", 0)
    assert not window.has_room(str(MAX_REMEMBERED_KEYS + 9), 0)


@given(st.lists(st.integers(0, 300_000), max_size=60).map(sorted), st.integers(1, 5))
def test_no_window_ever_holds_more_than_its_limit(moments: list[int], limit: int) -> None:
    window, admitted = SlidingWindow(limit, MINUTE_MS), []
    for now_ms in moments:
        if window.has_room("key", now_ms):
            window.count("key", now_ms)
            admitted.append(now_ms)
    for start in admitted:
        assert sum(start <= moment < start + MINUTE_MS for moment in admitted) <= limit
