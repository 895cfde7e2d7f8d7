"""The time a yes lasts for unless the customer chooses another, as whoever starts the program may set it."""

import pytest

from customer_client.app_arguments import limit


@pytest.mark.parametrize(("text", "seconds"), [("10", 10), ("900", 900), ("3600", 3600)])
def test_a_time_from_ten_seconds_to_an_hour_can_be_offered_first(text: str, seconds: int) -> None:
    assert limit(text) == seconds


@pytest.mark.parametrize("text", ["0", "9", "3601", "-60", "", "soon", "1e3"])
def test_no_other_time_can_be_offered(text: str) -> None:
    with pytest.raises(ValueError, match=r"invalid literal|not in"):
        limit(text)
