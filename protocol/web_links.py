"""Web addresses in somebody else's text: found, never hidden, named by their full host in ASCII. Pure."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

MAX_LINKS = 10
"""Of one text; the rest stays text."""

MAX_URL = 1000

_ADDRESS = re.compile(r"https?://[^\s<>\"'`{}|\\^\[\]]{1,1200}", re.IGNORECASE)
_TRAILING = ".,;:!?)'\""
_ASCII_URL = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Link:
    """`url` as it would be opened (ASCII), `host` as it is asked for on the network: punycode, lower case."""

    url: str
    host: str


def find_links(text: str) -> tuple[Link, ...]:
    """Return the http and https addresses in `text` that can be opened, in order, at most MAX_LINKS, none twice.

    Left out is what names nobody clearly: a user name before the host (`https://bank@elsewhere`), a host that is no
    host name, or an address that is too long.
    """
    found = (_link(match.group().rstrip(_TRAILING)) for match in _ADDRESS.finditer(text))
    return tuple(dict.fromkeys(link for link in found if link is not None))[:MAX_LINKS]


def _link(address: str) -> Link | None:
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
        ascii_host = host.encode("idna").decode("ascii").lower()
        rest = _percent_encoded(address.split("://", 1)[1][len(parts.netloc) :])
    except (UnicodeError, ValueError):
        return None
    if not ascii_host or "@" in parts.netloc or not re.fullmatch(r"[a-z0-9.-]+", ascii_host):
        return None
    place = f"{ascii_host}:{port}" if port is not None else ascii_host
    url = f"{parts.scheme.lower()}://{place}{rest}"
    return Link(url, ascii_host) if len(url) <= MAX_URL and _ASCII_URL.fullmatch(url) else None


def _percent_encoded(rest: str) -> str:
    return "".join(
        character if "\x21" <= character <= "\x7e" else "".join(f"%{byte:02X}" for byte in character.encode())
        for character in rest
    )
