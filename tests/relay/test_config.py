from dataclasses import replace
from pathlib import Path

import pytest

from relay.config import NotServable, ServeSettings, check_servable, is_loopback, origin_of, public_origin

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
