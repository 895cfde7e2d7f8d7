"""The invited technician's way into a session: accepts the invitation, then proves to be the invited one.

Runs on the network thread; everything that decides is in the pure machines of `protocol.pairing`.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.errors import LocalError, PeerError
from protocol.messages.chat import EarlyChatMessage
from protocol.messages.colleague import ColleaguePurpose, decode_joining
from protocol.messages.colleague_api import ColleagueInvitation
from protocol.messages.consent import Capability
from protocol.messages.pairing import Decision
from protocol.messages.relay_api import OpenedSession
from protocol.pairing.commands import Decided, Failed, Send
from protocol.pairing.joining import ColleagueJoining, Command, JoinOffered, JoinTerms
from protocol.pairing.joining_invitation import Invitation, open_invitation
from technician_app.controllers.account import Identity
from technician_app.controllers.profile import DeviceKeys

ASKED_WHEN_JOINING = (Capability.SEE,)
"""What an accepted invitation allows."""

_MAY_ASK = {
    ColleaguePurpose.VIEW: frozenset({Capability.SEE}),
    ColleaguePurpose.HELP: frozenset({Capability.SEE, Capability.CONTROL}),
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Joining:
    """A session that joins another one, as this technician was invited."""

    opened: OpenedSession
    invitation: Invitation

    @property
    def may_ask(self) -> frozenset[Capability]:
        """What can be asked for until this technician is in charge."""
        return _MAY_ASK[self.invitation.fields.purpose]


async def accept_invitation(identity: Identity, keys: DeviceKeys, offered: ColleagueInvitation) -> Joining:
    """Check an invitation and take the place at the relay.

    Raises:
        PeerError: it is not genuine, not for this device, or over.
        EnvironmentFault: the relay cannot be reached.
    """
    invitation = open_invitation(
        offered.invitation,
        root_id=bytes.fromhex(identity.organisation.root_id),
        own=identity.certificate,
        sealing_key=keys.sealing,
        unix_now=time.time(),
    )
    if (invitation.fields.session, invitation.fields.ticket) != (offered.joins, offered.ticket):
        raise PeerError("the relay names another session", code="invitation_rejected")
    opened = (await identity.api.join_invited(offered.session)).opened
    if (opened.session, opened.ticket) != (offered.session, offered.ticket):
        raise PeerError("the relay opened another session", code="relay_answer_malformed")
    fields = invitation.fields  # what the customer signed counts, not what the relay says
    named = msgspec.structs.replace(opened, subject=fields.subject, reason=fields.reason)
    return Joining(named, invitation)


class ColleaguePairing:
    """In place of `TechnicianPairing`: no PIN and no question, because the customer was asked before.

    `confirmed` is called when the customer's program has proved to be the one that made the invitation.
    """

    def __init__(
        self,
        joining: Joining,
        *,
        certificate: bytes,
        device_key: Ed25519PrivateKey,
        post: Callable[[bytes], None],
        confirmed: Callable[[], None],
    ) -> None:
        fields = joining.invitation.fields
        terms = JoinTerms(
            inviting=fields.session,
            session=joining.opened.session,
            mailbox=joining.opened.mailbox,
            certificate=certificate,
            customer_key=fields.customer_key,
            purpose=fields.purpose,
            secret=joining.invitation.secret,
        )
        self._customer_key = fields.customer_key
        self._machine = ColleagueJoining(terms, device_key=device_key, entropy=secrets.token_bytes)
        self._post = post
        self._confirmed = confirmed
        self._decided: asyncio.Future[Decided] = asyncio.get_running_loop().create_future()

    async def decided(self) -> Decided:
        """Wait for the customer's program to offer a connection."""
        return await self._decided

    def customer_arrived(self) -> None:
        """The customer's program begins by itself."""

    def enter_pin(self, text: str) -> None:
        """Refuse it.

        Raises:
            LocalError: a session that joins another has no PIN.
        """
        raise LocalError("a PIN for a joined session", code="pin_not_wanted")

    def chat(self, message: EarlyChatMessage) -> None:
        """Nothing is written before the session."""

    def received(self, body: bytes) -> None:
        """Take a body of the mailbox."""
        try:
            self._do(self._machine.receive(decode_joining(body)))
        except PeerError as error:
            _log.info("passed over: %s", error)

    def answer(self, sdp_answer: str) -> None:
        """Answer the customer's offer."""
        self._do(self._machine.answer(sdp_answer))

    def farewell(self, reason: str) -> None:
        """Nobody waits for one here."""

    def _do(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case Send(body=body):
                    self._post(body)
                case JoinOffered(sdp_offer=offer, keys=keys, signature=signature):
                    self._confirmed()
                    decision = Decision(signature, True, ASKED_WHEN_JOINING, 0, offer)
                    self._decided.set_result(Decided(decision, self._customer_key, keys))
                case Failed(code=code):
                    _log.warning("somebody who does not hold the invitation: %s", code)
