"""Why the relay could not be reached, in words: what failed between this computer and it. Any thread; sends nothing."""

import socket
import urllib.error
from urllib.parse import urlsplit

from websockets.exceptions import InvalidProxy, InvalidProxyStatus, InvalidStatus, ProxyError

from protocol.errors import EnvironmentFault

_PASSWORD_WANTED = 407
_ELSEWHERE = (
    (socket.AF_INET, ("192.0.2.1", 9)),
    (socket.AF_INET6, ("2001:db8::1", 9, 0, 0)),
)
"""Addresses of RFC 5737 and RFC 3849 that nobody has: only whether there is a way to them is asked."""


def relay_fault(error: BaseException, url: str) -> EnvironmentFault:
    """Return what to say when `url` (of the relay) could not be reached because of `error`.

    Its code is `proxy_password`, `proxy_refused`, `no_network`, `relay_name_unknown`, `relay_answers_wrongly` or
    `relay_unreachable`.
    """
    code, sentence = _reason(_innermost(error), url)
    return EnvironmentFault(str(error) or type(error).__name__, code=code, user_text=sentence)


def is_lasting(error: BaseException) -> bool:
    """Return whether trying again at once would end alike."""
    return _status_of_proxy(_innermost(error)) == _PASSWORD_WANTED or isinstance(error, InvalidProxy | ImportError)


def has_network() -> bool:
    """Return whether this computer knows a way to anywhere else; no packet is sent."""
    return any(_has_way(family, address) for family, address in _ELSEWHERE)


def _reason(error: BaseException, url: str) -> tuple[str, str]:
    if _status_of_proxy(error) == _PASSWORD_WANTED:
        return "proxy_password", "The network you are in asks for a password before it lets Deskside out."
    # Without python-socks, websockets says so of a SOCKS proxy with an ImportError.
    if _status_of_proxy(error) or isinstance(error, InvalidProxy | ProxyError | ImportError):
        return "proxy_refused", "The network you are in does not let Deskside out."
    if not _is_here(url) and not has_network():
        return "no_network", "This computer is not connected to the internet."
    if isinstance(error, socket.gaierror):
        return "relay_name_unknown", "The address of the support server was not found on the internet."
    if isinstance(error, InvalidStatus | urllib.error.HTTPError):
        return "relay_answers_wrongly", "The support server is there, but does not work at the moment."
    return "relay_unreachable", "The support server cannot be reached. Please check the internet connection."


def _innermost(error: BaseException) -> BaseException:
    """Return what urllib has wrapped."""
    while isinstance(error, urllib.error.URLError) and isinstance(error.reason, BaseException):
        error = error.reason
    return error


def _status_of_proxy(error: BaseException) -> int:
    """Return the status a proxy refused with, 0 when none did."""
    if isinstance(error, InvalidProxyStatus):
        return error.response.status_code
    if isinstance(error, urllib.error.HTTPError):
        return _PASSWORD_WANTED if error.code == _PASSWORD_WANTED else 0
    # http.client tells it in words alone: "Tunnel connection failed: 407 Proxy Authentication Required".
    _, found, rest = str(error).partition("Tunnel connection failed: ")
    return int(rest[:3]) if found and rest[:3].isdigit() else 0


def _is_here(url: str) -> bool:
    return urlsplit(url).hostname in ("127.0.0.1", "::1", "localhost")


def _has_way(family: socket.AddressFamily, address: tuple[str | int, ...]) -> bool:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(address)
    except OSError:
        return False
    return True
