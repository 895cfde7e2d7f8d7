"""Making the invitation of a new session from random bytes. Pure: time and entropy are passed in."""

from collections.abc import Callable
from dataclasses import dataclass

from protocol.errors import EnvironmentFault
from protocol.ids import session_id
from protocol.pairing.route import new_route, new_spoken_route
from relay.accounts.tokens import TOKEN_BYTES, token_hash, token_text
from relay.tickets.sessions import LINK_LIFE_MS, MAILBOX_BYTES, SESSION_ID_BYTES, SPOKEN_ROUTE_LIFE_MS, Invitation

_SPOKEN_ROUTE_TRIES = 100


@dataclass(frozen=True)
class InvitationMaker:
    """Makes one invitation. The technician's token is random from the start; only its hash goes into the invitation."""

    entropy: Callable[[int], bytes]
    now_ms: int
    spoken: bool
    token: str

    @staticmethod
    def begin(entropy: Callable[[int], bytes], *, now_ms: int, spoken: bool) -> "InvitationMaker":
        """Return a maker with a fresh token for the technician's side."""
        return InvitationMaker(entropy, now_ms, spoken, token_text(entropy(TOKEN_BYTES)))

    def invite(self, is_free: Callable[[str], bool]) -> Invitation:
        """Return the invitation; `is_free` tells whether a spoken route is open for nobody else.

        Raises:
            EnvironmentFault: almost every spoken route is taken (`no_spoken_route`).
        """
        return Invitation(
            session=session_id(self.entropy(SESSION_ID_BYTES)),
            mailbox=self.entropy(MAILBOX_BYTES),
            route=new_route(self.entropy),
            spoken_route=self._spoken_route(is_free) if self.spoken else "",
            technician_token=token_hash(self.token),
            link_ends_at_ms=self.now_ms + LINK_LIFE_MS,
            spoken_ends_at_ms=self.now_ms + SPOKEN_ROUTE_LIFE_MS if self.spoken else 0,
        )

    def _spoken_route(self, is_free: Callable[[str], bool]) -> str:
        for _ in range(_SPOKEN_ROUTE_TRIES):
            route = new_spoken_route(self.entropy)
            if is_free(route):
                return route
        raise EnvironmentFault("no spoken route is free", code="no_spoken_route")
