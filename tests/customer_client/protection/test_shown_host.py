"""The customer reads the whole name of the relay's computer, in letters that cannot pretend to be others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_client.protection.host import shown_host


@pytest.mark.parametrize(
    ("relay", "host"),
    [
        ("https://support.example.org", "support.example.org"),
        ("https://Support.Example.ORG:443/path", "support.example.org"),
        ("https://support.example.org:8443", "support.example.org:8443"),
        ("http://127.0.0.1:9001", "127.0.0.1:9001"),
        ("http://[::1]:80", "[::1]"),
        ("https://your-bank.example@evil.example", "evil.example"),
        ("https://ехample.org", "xn--ample-ywe6i.org"),
        ("support.example.org", "support.example.org"),
        ("support.example.org.", "support.example.org"),
        ("", ""),
    ],
)
def test_only_the_host_is_shown(relay: str, host: str) -> None:
    assert shown_host(relay) == host


@given(st.text(max_size=80))
def test_no_address_breaks_it(text: str) -> None:
    assert isinstance(shown_host(text), str)
