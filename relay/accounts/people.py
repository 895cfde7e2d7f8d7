"""Accounts as the rules see them: names, roles and what a role may do. Pure."""

import unicodedata
from dataclasses import dataclass
from enum import Enum

from protocol.errors import PeerError
from protocol.messages.relay_api import Account

MAX_NAME_CHARACTERS = 200


class Role(Enum):
    """What a person may do. Administrators may also read the sessions of others."""

    TECHNICIAN = "technician"
    ADMINISTRATOR = "administrator"


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


def check_may_see_session(person: Person, technician_id: str) -> None:
    """Check that `person` may read or complete a session of the technician `technician_id`.

    Raises:
        PeerError: somebody else's session, and not an administrator (`permission_denied`).
    """
    if person.id != technician_id and person.role is not Role.ADMINISTRATOR:
        raise PeerError(
            "somebody else's session",
            code="permission_denied",
            user_text="This session belongs to another technician.",
        )
