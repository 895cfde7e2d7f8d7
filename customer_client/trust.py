"""Whom this copy of the client trusts: one relay and one organisation, never taken from a link or a file name.

An organisation's build carries `trust.json` beside this module; otherwise both come from the command line or the
environment, set by whoever starts the program. A copy made for everybody has neither: then the person confirms the
relay's domain, and the organisation is that relay's (`relay_intents.py`).
"""

import os
from dataclasses import dataclass
from pathlib import Path

from customer_client.relay_address import RelayAddress, parse_relay_address
from protocol.errors import PeerError

_BUILT_IN = Path(__file__).with_name("trust.json")


@dataclass(frozen=True)
class Trust:
    """`relay` is its http(s) address, `root_id` the SHA-256 of the organisation's root public key (32 bytes)."""

    relay: str
    root_id: bytes
    require_receipt: bool = False
    """No control before the organisation's log has confirmed the session, whatever the relay says."""


@dataclass(frozen=True)
class Unpinned:
    """A copy made for everybody: it names no organisation, so the person in front of it confirms a relay first.

    `suggested` is the one to show, None when the person has to type it.
    """

    suggested: RelayAddress | None


def for_everybody(relay: str | None, organisation: str | None, noted: RelayAddress | None) -> Unpinned | None:
    """Return what is known when no organisation is named at all, not even a malformed one; None when one is.

    An address that whoever started the program gave, or that is built in, comes before the one the browser `noted`.
    """
    built_in = _read_built_in()
    if organisation or os.environ.get("DESKSIDE_ORGANISATION") or built_in.get("organisation"):
        return None
    named = relay or os.environ.get("DESKSIDE_RELAY") or built_in.get("relay", "")
    if not named:
        return Unpinned(noted)
    try:
        return Unpinned(parse_relay_address(named))
    except PeerError:
        return None


def find_trust(relay: str | None, organisation: str | None) -> Trust | None:
    """Return the trust to use: arguments, then DESKSIDE_RELAY and DESKSIDE_ORGANISATION, then the built-in file.

    None when one of the two is missing or malformed: then there is nobody this copy may talk to.
    """
    built_in = _read_built_in()
    relay = relay or os.environ.get("DESKSIDE_RELAY") or built_in.get("relay", "")
    organisation = organisation or os.environ.get("DESKSIDE_ORGANISATION") or built_in.get("organisation", "")
    try:
        root_id = bytes.fromhex(organisation)
    except ValueError:
        root_id = b""
    if not relay or len(root_id) != 32:
        return None
    return Trust(relay.rstrip("/"), root_id, require_receipt=built_in.get("require_receipt") == "always")


def _read_built_in() -> dict[str, str]:
    if not _BUILT_IN.exists():
        return {}
    import json  # here, because most copies have no such file, and the window does not wait for it

    read: dict[str, str] = json.loads(_BUILT_IN.read_text(encoding="utf-8"))
    return read
