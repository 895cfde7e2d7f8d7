"""Accounts as the rules see them: names and roles. Pure."""

import unicodedata
from dataclasses import dataclass
from enum import Enum

from protocol.errors import PeerError
from protocol.messages.relay_api import Account

MAX_NAME_CHARACTERS = 200


class Role(Enum):
    """What a person is here for; what that allows is the table in `relay.accounts.permissions`."""

    TECHNICIAN = "technician"
    LEAD = "lead"
    """Sees the sessions of the whole team."""
    AUDITOR = "auditor"
    """Reads everything and changes nothing but signatures and exports."""
    ADMINISTRATOR = "administrator"
    """Manages accounts, holds and erasure, and reads no body of a record."""


@dataclass(frozen=True)
class Person:
    """An account that is signed in."""

    id: str
    name: str
    display_name: str
    role: Role

    def as_account(self) -> Account:
        """Return the JSON body of this person."""
        return Account(id=self.id, name=self.name, display_name=self.display_name, role=self.role.value)


def account_name(text: str) -> str:
    """Return `text` as an account name: NFKC, without spaces around it, lower case.

    Raises:
        PeerError: empty, longer than 200 characters, or with control characters (`invalid_request`).
    """
    name = unicodedata.normalize("NFKC", text).strip().casefold()
    if not 1 <= len(name) <= MAX_NAME_CHARACTERS or not name.isprintable():
        raise PeerError(
            "not an account name",
            code="invalid_request",
            user_text="A user name has 1 to 200 printable characters.",
        )
    return name
