from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from relay.config import (
    DATA_VARIABLE,
    NotServable,
    ServeSettings,
    check_servable,
    default_data_dir,
    is_loopback,
    origin_of,
    public_origin,
    stun_address,
    ways_offered,
)
from relay.connectivity.offers import Ways

PLAIN = ServeSettings(data_dir=Path("data"))
TLS = replace(PLAIN, tls_cert=Path("cert.pem"), tls_key=Path("key.pem"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_plain_http_is_served_to_this_computer(host: str) -> None:
    assert is_loopback(host)
    check_servable(replace(PLAIN, host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "relay.example.com", ""])
def test_plain_http_is_not_served_to_others_without_tls_or_a_proxy(host: str) -> None:
    with pytest.raises(NotServable) as caught:
        check_servable(replace(PLAIN, host=host))
    assert "--tls-cert" in caught.value.user_text
    check_servable(replace(TLS, host=host))
    check_servable(replace(PLAIN, host=host, behind_proxy=True))


def test_a_certificate_without_its_key_is_refused() -> None:
    for half in (replace(TLS, tls_key=None), replace(TLS, tls_cert=None)):
        with pytest.raises(NotServable):
            check_servable(half)


@pytest.mark.parametrize(
    ("settings", "origin"),
    [
        (PLAIN, "http://127.0.0.1:8460"),
        (replace(PLAIN, host="::1"), "http://[::1]:8460"),
        (TLS, "https://127.0.0.1:8460"),
        (replace(PLAIN, public_url="https://Relay.Example.com/"), "https://relay.example.com"),
    ],
)
def test_the_origin_follows_from_the_settings(settings: ServeSettings, origin: str) -> None:
    assert public_origin(settings, 8460) == origin


def test_the_usual_port_is_not_written() -> None:
    assert public_origin(TLS, 443) == "https://127.0.0.1"
    assert public_origin(PLAIN, 80) == "http://127.0.0.1"


@pytest.mark.parametrize(
    "url", ["relay.example.com", "ftp://a", "https://", "https://a/path", "https://a?q", "https://u@a", "https://a#f"]
)
def test_what_is_no_origin_is_refused(url: str) -> None:
    with pytest.raises(NotServable):
        origin_of(url)


def test_stun_is_answered_where_others_reach_the_relay_unless_said_otherwise() -> None:
    assert stun_address(PLAIN) is None
    assert stun_address(replace(PLAIN, stun_port=4000)) == ("127.0.0.1", 4000)
    assert stun_address(replace(PLAIN, stun_host="0.0.0.0")) == ("0.0.0.0", 3478)
    public = replace(PLAIN, host="0.0.0.0", behind_proxy=True)
    assert stun_address(public) == ("0.0.0.0", 3478)
    assert stun_address(replace(public, stun_port=0)) is None


def test_stun_is_offered_at_the_name_people_reach_the_relay_by() -> None:
    ways = ways_offered(PLAIN, "https://relay.example.com:8443", stun_port=3478, turn_secret="")
    assert ways == Ways(stun=("stun:relay.example.com:3478",))
    assert ways_offered(PLAIN, "https://[2001:db8::1]", stun_port=3478, turn_secret="").stun == ()
    assert ways_offered(PLAIN, "https://relay.example.com", stun_port=0, turn_secret="").stun == ()


@pytest.mark.parametrize(
    "bad",
    [
        {"turn_urls": ("turn:turn.example.com:3478?transport=udp",)},
        {"turn_secret_file": Path("secret")},
        {"turn_urls": ("turn:turn.example.com",), "turn_secret_file": Path("secret")},
        {"turn_urls": ("http://turn.example.com",), "turn_secret_file": Path("secret")},
        {"turn_urls": ("turns:turn.example.com:443?transport=udp",), "turn_secret_file": Path("secret")},
        {"turn_urls": ("turn:a.example.com:1?transport=udp",) * 5, "turn_secret_file": Path("secret")},
    ],
)
def test_turn_is_all_or_nothing_and_well_formed(bad: dict[str, Any]) -> None:
    with pytest.raises(NotServable) as caught:
        check_servable(replace(PLAIN, **bad))
    assert "--turn-url" in caught.value.user_text


@pytest.mark.parametrize("address", ["", "proxy.example.com", "172.30.0.1/24", "0.0.0.0/0", "::/0", "*"])
def test_a_trusted_proxy_is_an_address_or_a_network_and_never_everybody(address: str) -> None:
    behind = replace(PLAIN, behind_proxy=True)
    check_servable(replace(behind, trusted_proxies=("172.30.0.1", "172.30.0.0/24", "fd00::/64")))
    with pytest.raises(NotServable) as caught:
        check_servable(replace(behind, trusted_proxies=(address,)))
    assert "--trusted-proxy" in caught.value.user_text


def test_a_trusted_proxy_without_a_proxy_is_a_mistake() -> None:
    with pytest.raises(NotServable):
        check_servable(replace(PLAIN, trusted_proxies=("172.30.0.1",)))


def test_the_environment_may_say_where_data_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_VARIABLE, "/var/lib/elsewhere")
    assert default_data_dir() == Path("/var/lib/elsewhere")
    monkeypatch.setenv(DATA_VARIABLE, "")
    assert default_data_dir().name == "deskside-relay"
