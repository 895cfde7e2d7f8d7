"""What a session asks about the other technicians who are here, and the answers when there are none."""

from typing import TYPE_CHECKING, Protocol

from protocol.errors import PeerError
from protocol.messages.colleague import ColleagueAwaited, ColleagueInvited, ColleagueWithdrawn
from protocol.messages.consent import Capability

if TYPE_CHECKING:
    from customer_client.session.live import LiveSession


ColleagueWish = ColleagueInvited | ColleagueAwaited | ColleagueWithdrawn
"""What a technician wants with a colleague."""


class Company(Protocol):
    """Holds the sessions of one customer together: see `colleagues.Colleagues`."""

    async def arrived(self, live: "LiveSession", message: ColleagueWish) -> None:
        """Take what the technician of `live` wants with a colleague.

        Raises:
            PeerError: they may not (`not_allowed`).
        """

    def require_charge(self, live: "LiveSession") -> None:
        """Do nothing when the technician of `live` is in charge.

        Raises:
            PeerError: they are not (`not_allowed`).
        """

    def barred(self, live: "LiveSession", capability: Capability) -> str:
        """Return why `live` cannot have `capability` now, as a short code; empty when nothing is in the way."""

    def show_people(self) -> None:
        """What somebody here may do has changed, or whether they are heard."""

    def name_among(self, live: "LiveSession") -> str:
        """Return the name of the technician of `live` when there are several to be told apart, else nothing."""

    async def opened(self, live: "LiveSession") -> None:
        """The record of `live` has begun, and what was asked for first is answered."""

    def leads(self, live: "LiveSession") -> bool:
        """Return whether the technician of `live` is in charge: what the window shows is about them."""

    def everybody(self, live: "LiveSession") -> tuple["LiveSession", ...]:
        """Return the sessions of all technicians who are here, `live` among them."""


class Alone(Company):
    """There is one technician and there will be no other."""

    async def arrived(self, live: "LiveSession", message: ColleagueWish) -> None:
        """Refuse it."""
        raise PeerError("nobody can join this session", code="not_allowed")

    def require_charge(self, live: "LiveSession") -> None:
        """Who is alone is in charge."""

    def barred(self, live: "LiveSession", capability: Capability) -> str:
        """Nobody is in the way."""
        return ""

    def show_people(self) -> None:
        """There is no list of people."""

    def name_among(self, live: "LiveSession") -> str:
        """There is nobody to be told apart from."""
        return ""

    async def opened(self, live: "LiveSession") -> None:
        """There is nobody to follow."""

    def leads(self, live: "LiveSession") -> bool:
        """Who is alone is in charge."""
        return True

    def everybody(self, live: "LiveSession") -> tuple["LiveSession", ...]:
        """Return the one there is."""
        return (live,)
