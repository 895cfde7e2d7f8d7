"""The address of a support server as a person reads it: from where the file was downloaded, or typed. Pure.

Only for a program that no organisation was built into. Whatever this finds is shown and confirmed before anything goes
to the network; a file name is never asked.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from customer_client.languages import marked
from customer_client.route_carriers import LONGEST, Carried, Carrier, route_in
from protocol.errors import PeerError

EXAMPLE = "help.example.org"

_HERE = ("localhost", "127.0.0.1", "::1")
"""Only this computer itself is spoken to without TLS: for trying things out."""

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_LONGEST_HOST = 253
_PAGE = "/j/"
_NOT_AN_ADDRESS = marked("That is not an address. It looks like help.example.org, and your link begins with it.")
_UNPROTECTED = marked("That address is not protected. It has to begin with https://")


@dataclass(frozen=True)
class RelayAddress:
    """A support server that may be asked about: `url` is its origin, such as `https://help.example.org`."""

    url: str

    @property
    def domain(self) -> str:
        """Return what a person compares: the host, and the port where it is an unusual one."""
        return self.url.partition("://")[2]


def parse_relay_address(text: str) -> RelayAddress:
    """Return the address in what a person typed or pasted: a host, an origin, or a whole link. Https is assumed.

    Letters of other alphabets are shown as browsers show suspicious ones, `xn--...`: none can pass for another.

    Raises:
        PeerError: `relay_address_malformed`; the user's sentence says what to do.
    """
    words = text.strip()
    if len(words) > LONGEST or not words:
        raise _refused(_NOT_AN_ADDRESS)
    try:
        parts = urlsplit(words if "://" in words else f"https://{words}")
        return RelayAddress(_origin(parts))
    except (ValueError, UnicodeError) as error:
        raise _refused(_NOT_AN_ADDRESS) from error


def route_in_link(text: str) -> str | None:
    """Return the route (12 symbols) in a link that was pasted whole, or None."""
    return route_in(Carried(Carrier.DOWNLOAD_ADDRESS, text.strip())) if "/" in text else None


def carried_relay(carried: Sequence[Carried]) -> RelayAddress | None:
    """Return the support server whose join page the file was downloaded from, as the browser noted.

    None without a note, where it names another kind of page (a mirror, a mail), or where notes disagree.
    """
    found = set()
    for one in carried:
        if one.carrier is Carrier.DOWNLOAD_ADDRESS and route_in(one) is not None and _is_join_page(one.text):
            with suppress(PeerError):
                found.add(parse_relay_address(one.text))
    return found.pop() if len(found) == 1 else None


def _is_join_page(address: str) -> bool:
    try:
        return urlsplit(address).path.startswith(_PAGE)
    except ValueError:
        return False


def _origin(parts: SplitResult) -> str:
    """Return the origin of an address; what stands before an `@` would only be there to deceive.

    Raises:
        PeerError: it is not protected.
        ValueError, UnicodeError: it is no address.
    """
    host, port = parts.hostname or "", parts.port
    if parts.scheme not in ("http", "https") or "@" in parts.netloc:
        raise ValueError(parts.scheme)
    name = _checked_host(host)
    if parts.scheme == "http" and host not in _HERE:
        raise _refused(_UNPROTECTED)
    usual = port is None or port == (80 if parts.scheme == "http" else 443)
    return f"{parts.scheme}://{name}" + ("" if usual else f":{port}")


def _checked_host(host: str) -> str:
    import ipaddress  # few addresses need it, and every start would wait for it

    if ":" in host:
        return f"[{ipaddress.IPv6Address(host)}]"
    name = host.rstrip(".")
    if not name.isascii():
        name = name.encode("idna").decode()
    labels = name.split(".")
    whole = len(name) <= _LONGEST_HOST and all(_LABEL.fullmatch(label) for label in labels)
    if not whole or (len(labels) < 2 and name not in _HERE):
        raise ValueError(name)
    if labels[-1].isdigit():
        ipaddress.IPv4Address(name)
    return name


def _refused(sentence: str) -> PeerError:
    return PeerError(sentence, code="relay_address_malformed", user_text=sentence)
