"""Whose session a route is about: the id in its path, checked against the table of permissions."""

from dataclasses import dataclass

from protocol.errors import PeerError
from protocol.ids import parse_session_id
from relay.accounts.people import Person
from relay.accounts.permissions import Action, check_may_with
from relay.storage.sessions import SessionOwner, SessionStore


@dataclass(frozen=True)
class SessionAccess:
    """Answers whether somebody may do something with a session."""

    sessions: SessionStore

    async def require(self, person: Person, action: Action, text: str) -> str:
        """Return the id in `text` when `person` may do `action` with that session.

        Raises:
            PeerError: `not_found`, `permission_denied`.
        """
        return (await self.owner(person, action, text)).session

    async def owner(self, person: Person, action: Action, text: str) -> SessionOwner:
        """Return whose session it is when `person` may do `action` with it.

        Raises:
            PeerError: `not_found`, `permission_denied`.
        """
        try:
            session = parse_session_id(text)
        except PeerError as error:
            raise PeerError(str(error), code="not_found", user_text="There is no session with this id.") from error
        owner = await self.sessions.owner(session)
        check_may_with(person, action, owner.technician_id)
        return owner
