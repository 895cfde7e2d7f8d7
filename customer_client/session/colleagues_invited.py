"""Asking the customer whether a colleague may join, and the invitation a yes makes. Network thread."""

import hashlib
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from customer_client.session.colleagues_seat import Premises, Seat
from customer_client.session.questions import Request
from customer_client.session.state import Colleague
from protocol.audit.events import TECHNICIAN, EventType
from protocol.consent import ANSWER_TIME_S
from protocol.errors import PeerError
from protocol.messages.colleague import ColleagueAnswered, ColleagueInvited, ColleagueLeft, ColleaguePurpose
from protocol.messages.consent import Capability
from protocol.pairing.certificates import TechnicianCertificate, verify_certificate
from protocol.pairing.joining_invitation import INVITATION_LIFE_S, make_invitation
from protocol.transport.record_keeper import unless_over
from protocol.transport.tasks import create_task

MAX_COLLEAGUES = 3
"""Beside the one in charge; each has a picture of their own, which costs this computer work."""

WITHDRAWN = "withdrawn"
"""Why a colleague may not come: who had invited them has taken it back."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Invited:
    """A colleague the customer let join. `number` is the signed event of `host`'s lane T that asked.

    `secret` (32 bytes) is what only the colleague can open; `until` is monotonic seconds.
    """

    number: int
    host: Seat
    certificate: TechnicianCertificate
    certificate_bytes: bytes
    purpose: ColleaguePurpose
    until: float
    secret: bytes = field(repr=False)

    @property
    def named(self) -> dict[str, object]:
        """The colleague, as every event about them names them."""
        return {"certificate_sha256": hashlib.sha256(self.certificate_bytes).hexdigest()}


class InvitationDesk:
    """`here` names the technician ids of everybody who is connected or invited."""

    def __init__(self, premises: Premises, here: Callable[[], tuple[str, ...]]) -> None:
        self._premises = premises
        self._here = here
        self._open: dict[tuple[Seat, int], Invited] = {}
        self._asked: set[tuple[Seat, int]] = set()
        self._asking: dict[Request, tuple[Seat, int]] = {}
        self._withdrawn: set[tuple[Seat, int]] = set()

    def invited(self, host: Seat, message: ColleagueInvited) -> None:
        """Start on an invitation whose signed event we hold.

        Raises:
            PeerError: there is no such event, or it was asked before (`not_allowed`).
        """
        held = host.keeper.record.event(TECHNICIAN, message.event_seq)
        said = {"certificate_sha256": _digest(message.certificate), "purpose": message.purpose.value}
        told = held.body if held is not None and held.event.type is EventType.COLLEAGUE_INVITED else {}
        key = (host, message.event_seq)
        if {name: told.get(name) for name in said} != said or key in self._asked:
            raise PeerError("an invitation without its signed event", code="not_allowed")
        self._asked.add(key)
        create_task(unless_over(self._serve(host, message)), name="ask whether a colleague may join")

    def take(self, host: Seat, number: int) -> Invited:
        """Return the invitation `number` of `host`, once.

        Raises:
            PeerError: there is none, it was taken, or it has expired (`not_allowed`).
        """
        invited = self._open.pop((host, number), None)
        if invited is None or time.monotonic() >= invited.until:
            raise PeerError("nobody was invited with this number", code="not_allowed")
        return invited

    def withdraw(self, host: Seat) -> None:
        """Ask nothing more for `host`, whose session is over."""
        for request in [request for request, (seat, _number) in self._asking.items() if seat is host]:
            self._premises.questions.withdraw(request)

    def withdrawn(self, host: Seat, number: int) -> None:
        """The technician of `host` takes invitation `number` back; nothing happens when it is settled already.

        Raises:
            PeerError: there was no such invitation (`not_allowed`).
        """
        key = (host, number)
        if key not in self._asked:
            raise PeerError("nobody was invited with this number", code="not_allowed")
        self._withdrawn.add(key)
        for request in [request for request, asking in self._asking.items() if asking == key]:
            self._premises.questions.withdraw(request)
        if (invited := self._open.pop(key, None)) is not None:
            create_task(unless_over(_forget(invited)), name="record that an invitation was withdrawn")

    async def _serve(self, host: Seat, message: ColleagueInvited) -> None:
        try:
            certificate = verify_certificate(
                message.certificate, root_id=self._premises.trust.root_id, unix_now=time.time()
            )
        except PeerError as error:
            _log.warning("a colleague who cannot be verified: %s (%s)", error, error.code)
            await self._refuse(host, message, error.code)
            return
        obstacle = self._obstacle(certificate)
        if not obstacle:
            obstacle = await self._ask(host, certificate, message) or self._obstacle(certificate)
        if (host, message.event_seq) in self._withdrawn:
            await self._refuse(host, message, WITHDRAWN)
        elif obstacle:
            await self._refuse(host, message, obstacle)
        else:
            await self._allow(host, message, certificate)

    def _obstacle(self, certificate: TechnicianCertificate) -> str:
        now = time.monotonic()
        self._open = {key: invited for key, invited in self._open.items() if now < invited.until}
        here = (*self._here(), *(invited.certificate.technician_id for invited in self._open.values()))
        if certificate.technician_id in here:
            return "here_already"
        return "too_many" if len(here) > MAX_COLLEAGUES else ""

    async def _ask(self, host: Seat, certificate: TechnicianCertificate, message: ColleagueInvited) -> str:
        """Return why the customer did not allow it, empty when they did."""
        introduction = host.technician.introduction
        request = Request(
            capabilities=(Capability.SEE,),
            organisation=certificate.organisation,
            technician=certificate.name,
            ticket=introduction.ticket,
            subject=introduction.subject,
            reason="",
            deadline=time.monotonic() + ANSWER_TIME_S,
            colleague=Colleague(invited_by=host.technician.name, helps=message.purpose is ColleaguePurpose.HELP),
        )
        self._asking[request] = (host, message.event_seq)
        try:
            said = await self._premises.questions.ask(request)
        finally:
            del self._asking[request]
        if said is None:
            return "no_answer"
        return "" if Capability.SEE in said.answer.allowed else "declined"

    async def _allow(self, host: Seat, message: ColleagueInvited, certificate: TechnicianCertificate) -> None:
        introduction = host.technician.introduction
        invitation, secret = make_invitation(
            session=host.session,
            ticket=introduction.ticket,
            subject=introduction.subject,
            reason=introduction.purpose,
            purpose=message.purpose,
            certificate=message.certificate,
            sealing_key=certificate.sealing_key,
            customer_key=self._premises.key,
            expires_at=int(time.time()) + INVITATION_LIFE_S,
            entropy=secrets.token_bytes,
        )
        body = {
            "certificate_sha256": _digest(message.certificate),
            "purpose": message.purpose.value,
            "name": certificate.name,
            "organisation": certificate.organisation,
        }
        written = await host.keeper.write(EventType.COLLEAGUE_ALLOWED, body, answers=message.event_seq)
        invited = Invited(
            number=message.event_seq,
            host=host,
            certificate=certificate,
            certificate_bytes=message.certificate,
            purpose=message.purpose,
            until=time.monotonic() + INVITATION_LIFE_S,
            secret=secret,
        )
        host.link.send(ColleagueAnswered(message.event_seq, True, "", written, invitation))
        if (host, message.event_seq) in self._withdrawn:  # while it was recorded
            await _forget(invited)
        else:
            self._open[(host, message.event_seq)] = invited

    async def _refuse(self, host: Seat, message: ColleagueInvited, reason: str) -> None:
        body = {"certificate_sha256": _digest(message.certificate), "reason": reason}
        written = await host.keeper.write(EventType.COLLEAGUE_REFUSED, body, answers=message.event_seq)
        host.link.send(ColleagueAnswered(message.event_seq, False, reason, written, b""))


async def _forget(invited: Invited) -> None:
    """Record and tell that nobody waits for a colleague whose invitation was withdrawn after the yes."""
    body = {**invited.named, "reason": WITHDRAWN}
    written = await invited.host.keeper.write(EventType.COLLEAGUE_LEFT, body, answers=invited.number)
    invited.host.link.send(ColleagueLeft(invited.number, WITHDRAWN, written))


def _digest(certificate: bytes) -> str:
    return hashlib.sha256(certificate).hexdigest()
