"""How a route comes along with the program: by its file name, where it was downloaded, a link. Pure.

None of these is trusted with anything but a route, which is public and gives no right: never the relay's address, never
whom to trust (that is trust.py's), never consent. A carrier anybody can rename leads to another mailbox at worst, where
the PIN does not match. Two carriers that disagree decide nothing: then the person is asked.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from customer_client.languages import marked
from protocol.errors import PeerError
from protocol.pairing.route import parse_route, route_in_file_name

LINK_SCHEME = "deskside:"
LONGEST = 2048
"""Characters of a carrier that are looked at; names have at most 255 bytes, sensible addresses fewer than this."""

ASK = marked("Two different codes came with this file. Please type the code that your technician gives you now.")


class Carrier(enum.Enum):
    """What brought a text that may hold a route."""

    DOWNLOAD_ADDRESS = "download_address"
    """Where the browser noted that the file came from."""

    FILE_NAME = "file_name"
    LINK = "link"
    """A `deskside:` link that the system opened this program with."""


@dataclass(frozen=True)
class Carried:
    """A text and what brought it."""

    carrier: Carrier
    text: str


@dataclass(frozen=True)
class CarriedRoute:
    """The one route all carriers agree on: 12 symbols, or None. `disagree`: there were different ones."""

    route: str | None
    disagree: bool = False


def carried_route(carried: Sequence[Carried]) -> CarriedRoute:
    """Return the route that came along; carriers without a valid one have no say."""
    routes = {route for one in carried if (route := route_in(one)) is not None}
    if len(routes) > 1:
        return CarriedRoute(None, disagree=True)
    return CarriedRoute(routes.pop() if routes else None)


def route_in(carried: Carried) -> str | None:
    """Return the route in one carrier as 12 canonical symbols, or None when it holds no valid one or several.

    Of an address only the path counts: host, query and fragment are somebody else's, and so is the host of a link.
    """
    text = carried.text[:LONGEST]
    if carried.carrier is Carrier.FILE_NAME:
        return route_in_file_name(text)
    if carried.carrier is Carrier.LINK:
        return _route_in_link(text)
    path = _path_of(text)
    return route_in_file_name(path) if path else None


def is_link(text: str) -> bool:
    """Return whether an argument of the program is a `deskside:` link rather than a typed code."""
    return text[: len(LINK_SCHEME)].lower() == LINK_SCHEME


def _route_in_link(text: str) -> str | None:
    """Read `deskside:K7QF-2MXP-PBW5` and `deskside://join/K7QF-2MXP-PBW5`: the last part, and only all of it."""
    path = _path_of(text) if is_link(text) else None
    if path is None:
        return None
    try:
        return parse_route(path.rstrip("/").rpartition("/")[2])
    except PeerError:
        return None


def _path_of(address: str) -> str | None:
    try:
        return unquote(urlsplit(address).path)
    except ValueError:
        return None
