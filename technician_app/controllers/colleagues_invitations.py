"""Invitations of colleagues that wait at the relay, looked for now and then. Network thread."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from protocol.errors import DesksideError, PeerError
from protocol.messages.colleague_api import ColleagueInvitation
from protocol.transport.tasks import create_task
from technician_app.controllers.account import Identity
from technician_app.controllers.colleagues_joining import Joining, accept_invitation
from technician_app.controllers.profile import DeviceKeys

LOOK_EVERY_S = 5.0

MAY_JOIN = frozenset({"technician", "lead"})
"""Roles that are invited; nobody else asks the relay, which would refuse."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class InvitationsViewState:
    """The invitations that wait, newest first; `joining`: one of them is being accepted."""

    invitations: tuple[ColleagueInvitation, ...] = ()
    dismissed: frozenset[str] = frozenset()
    """Sessions of those who were put off: they stay on their tickets."""
    joining: bool = False

    @property
    def fresh(self) -> tuple[ColleagueInvitation, ...]:
        """Those that were not put off."""
        return tuple(each for each in self.invitations if each.session not in self.dismissed)

    def on(self, ticket: str) -> tuple[ColleagueInvitation, ...]:
        """Return those to sessions on the ticket with this number."""
        return tuple(each for each in self.invitations if each.ticket == ticket)


class InvitationsController:
    """Publishes a frozen state whenever it changes; `begin` after signing in, `end` before signing out."""

    def __init__(
        self,
        *,
        identity: Callable[[], Identity],
        keys: Callable[[], DeviceKeys],
        publish: Callable[[InvitationsViewState], None],
        every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._identity = identity
        self._keys = keys
        self._publish = publish
        self._every_s = every_s
        self._state = InvitationsViewState()
        self._used: set[str] = set()
        self._looking: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Look for invitations from now on, if this person can be invited at all."""
        await self.end()
        if self._identity().account.role not in MAY_JOIN:
            return
        self._looking = create_task(self._look_forever(), name="look for invitations")

    async def end(self) -> None:
        """Look no more."""
        looking, self._looking = self._looking, None
        if looking is not None:
            looking.cancel()
        self._show(InvitationsViewState())

    async def dismiss(self, session: str) -> None:
        """Do not show this invitation above everything else any more."""
        self._show(replace(self._state, dismissed=self._state.dismissed | {session}))

    async def join(self, session: str) -> Joining:
        """Accept an invitation.

        Raises:
            PeerError: it is not genuine, not for this device, or over.
            EnvironmentFault: the relay cannot be reached.
        """
        offered = next((each for each in self._state.invitations if each.session == session), None)
        if offered is None:
            raise PeerError(
                "no such invitation",
                code="invitation_expired",
                user_text="This invitation is over. Please ask your colleague to invite you again.",
            )
        self._show(replace(self._state, joining=True))
        try:
            return await accept_invitation(self._identity(), self._keys(), offered)
        finally:
            self._used.add(session)
            self._show(replace(self._state, joining=False))
            self._take(self._state.invitations)

    async def _look_forever(self) -> None:
        while True:
            try:
                self._take((await self._identity().api.invitations()).invitations)
            except DesksideError as error:
                _log.info("cannot look for invitations: %s (%s)", error, error.code)
            await asyncio.sleep(self._every_s)

    def _take(self, invitations: tuple[ColleagueInvitation, ...]) -> None:
        shown = tuple(each for each in invitations if each.session not in self._used)
        self._show(replace(self._state, invitations=shown))

    def _show(self, state: InvitationsViewState) -> None:
        if state != self._state:
            self._state = state
            self._publish(state)
