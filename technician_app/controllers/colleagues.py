"""Inviting colleagues to a session, noting who came and went, handing the session over. Network thread."""

import hashlib
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.events import CUSTOMER, EventType
from protocol.audit.session_record import HeldEvent
from protocol.errors import DesksideError, EnvironmentFault, PeerError
from protocol.messages.colleague import (
    ColleagueAnswered,
    ColleagueAwaited,
    ColleagueInvited,
    ColleagueJoined,
    ColleagueLeft,
    ColleaguePurpose,
    ColleagueWithdrawn,
    SessionTaken,
)
from protocol.messages.colleague_api import NewColleague
from protocol.pairing.certificates import TechnicianCertificate, read_certificate, verify_certificate
from protocol.pairing.joining_invitation import endorse_invitation
from protocol.transport.record_keeper import RecordKeeper, unless_over
from protocol.transport.session_link import Ending, Reason, SessionLink
from technician_app.controllers.colleague_words import left_sentence, refusal_sentence
from technician_app.controllers.colleagues_state import (
    Candidate,
    ColleagueShown,
    ColleaguesShown,
    ColleagueStanding,
)
from technician_app.controllers.relay_api import RelayApi

ColleagueNews = ColleagueAnswered | ColleagueJoined | ColleagueLeft | SessionTaken

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OwnDevice:
    """This technician's certificate and the key it names; `root_id` (32 bytes) is the organisation's."""

    root_id: bytes
    certificate: bytes
    signing: Ed25519PrivateKey


class TechnicianColleagues:
    """Implements `ColleagueIntents`. `begin` runs work and shows what goes wrong, `shown` gets every change.

    `joined`: this session joins a colleague's, whose technician is in charge until the customer's program says so.
    """

    def __init__(
        self,
        *,
        api: RelayApi,
        session: str,
        device: OwnDevice,
        joined: bool,
        begin: Callable[[Coroutine[Any, Any, object], str], None],
        shown: Callable[[ColleaguesShown], None],
    ) -> None:
        self._api = api
        self._session = session
        self._device = device
        self._begin = begin
        self._shown = shown
        self._state = ColleaguesShown(in_charge=not joined, joined=joined)
        self._certificates: dict[str, tuple[bytes, TechnicianCertificate]] = {}
        self._invited: dict[int, bytes] = {}
        self._opened: dict[int, str] = {}
        self._customer_key = b""
        self.taken: Callable[[], None] = lambda: None
        """Called when this technician is in charge from now on."""
        self._link: SessionLink
        self._keeper: RecordKeeper

    @property
    def state(self) -> ColleaguesShown:
        """What the window shows."""
        return self._state

    @property
    def end_reason(self) -> Reason:
        """Why the session ends when this technician ends it: who is not in charge only leaves."""
        return Reason.ENDED_BY_TECHNICIAN if self._state.in_charge else Reason.LEFT

    def attach(self, link: SessionLink, keeper: RecordKeeper, customer_key: bytes) -> None:
        """Name the line, the record and the customer's key (32 bytes) of the session."""
        self._link, self._keeper, self._customer_key = link, keeper, customer_key

    # --- what the technician does

    def look(self) -> None:
        """Read anew who could be invited."""
        self._begin(self._look(), "look for colleagues")

    def invite(self, serial: str, purpose: ColleaguePurpose) -> None:
        """Ask the customer to let the holder of the certificate `serial` join."""
        self._begin(self._invite(serial, purpose), "invite a colleague")

    def withdraw(self, number: int) -> None:
        """Take invitation `number` back; a colleague who has come already stays."""
        self._begin(self._withdraw(number), "withdraw an invitation")

    def hand_over(self, session: str) -> None:
        """Leave the session to a colleague who is here."""
        self._begin(self._hand_over(session), "hand the session over")

    async def _look(self) -> None:
        found = await self._api.certificates()
        own = read_certificate(self._device.certificate).technician_id
        self._certificates = {}
        for data in found.certificates:
            try:
                certificate = verify_certificate(data, root_id=self._device.root_id, unix_now=time.time())
            except PeerError as error:
                _log.warning("a certificate of the relay's is left out: %s (%s)", error, error.code)
                continue
            if certificate.technician_id != own:
                self._certificates[certificate.serial] = (data, certificate)
        candidates = sorted(
            (Candidate(one.serial, one.technician_id, one.name) for _data, one in self._certificates.values()),
            key=lambda candidate: (candidate.name.casefold(), candidate.serial),
        )
        self._show(replace(self._state, candidates=tuple(candidates)))

    async def _invite(self, serial: str, purpose: ColleaguePurpose) -> None:
        if serial not in self._certificates or not self._state.in_charge:
            raise EnvironmentFault(
                "cannot invite",
                code="cannot_invite",
                user_text="This colleague cannot be invited now. Please look again who can.",
            )
        data, certificate = self._certificates[serial]
        body = {"certificate_sha256": _digest(data), "purpose": purpose.value, "name": certificate.name}
        number = await self._keeper.write(EventType.COLLEAGUE_INVITED, body)
        self._invited[number] = data
        person = ColleagueShown(number, certificate.name, purpose, ColleagueStanding.ASKED)
        self._show(replace(self._state, people=(*self._state.people, person)))
        self._link.send(ColleagueInvited(data, purpose, number))

    async def _withdraw(self, number: int) -> None:
        if self._standing(number) not in (ColleagueStanding.ASKED, ColleagueStanding.WAITING):
            return
        self._change(number, standing=ColleagueStanding.WITHDRAWING)
        self._link.send(ColleagueWithdrawn(number))
        if number in self._opened:
            await self._api.withdraw_colleague(self._session, self._opened[number])

    async def _hand_over(self, session: str) -> Ending:
        person = next((person for person in self._state.here if person.session == session), None)
        if person is None or not self._state.in_charge:
            raise EnvironmentFault(
                "nobody to hand over to",
                code="cannot_hand_over",
                user_text="This colleague is not in the session any more, so it was not handed over.",
            )
        body = {"certificate_sha256": _digest(self._invited[person.number]), "session": session}
        await self._keeper.write(EventType.SESSION_HANDED_OVER, body)
        return await self._link.end(Reason.HANDED_OVER)

    # --- what the customer's program says

    async def arrived(self, message: ColleagueNews) -> None:
        """Take what became of an invitation, or that this technician is in charge.

        Raises:
            PeerError: there is no signed event that says the same (`not_allowed`).
        """
        match message:
            case ColleagueAnswered(allowed=True):
                self._check(message, EventType.COLLEAGUE_ALLOWED)
                if self._standing(message.number) is ColleagueStanding.ASKED:  # else it was withdrawn meanwhile
                    self._change(message.number, standing=ColleagueStanding.WAITING)
                    self._begin(self._forward(message), "forward an invitation")
            case ColleagueAnswered(reason=reason):
                self._check(message, EventType.COLLEAGUE_REFUSED)
                self._change(message.number, standing=ColleagueStanding.REFUSED, said=refusal_sentence(reason))
            case ColleagueJoined(session=session):
                held = self._check(message, EventType.COLLEAGUE_JOINED)
                if held.body.get("session") != session:
                    raise _unsigned()
                await self._note(EventType.COLLEAGUE_JOINED, held, message.event_seq)
                self._change(message.number, standing=ColleagueStanding.HERE, session=session)
            case ColleagueLeft(reason=reason):
                held = self._check(message, EventType.COLLEAGUE_LEFT)
                await self._note(EventType.COLLEAGUE_LEFT, held, message.event_seq)
                self._change(message.number, standing=ColleagueStanding.GONE, said=left_sentence(reason))
            case SessionTaken(event_seq=seq):
                taken = self._keeper.record.event(CUSTOMER, seq)
                if taken is None or taken.event.type is not EventType.SESSION_TAKEN:
                    raise _unsigned()
                self._show(replace(self._state, in_charge=True))
                self.taken()

    async def _forward(self, message: ColleagueAnswered) -> None:
        certificate, device = self._invited[message.number], self._device
        person = next(person for person in self._state.people if person.number == message.number)
        try:
            endorsed = endorse_invitation(
                message.invitation,
                session=self._session,
                customer_key=self._customer_key,
                certificate=certificate,
                own=device.certificate,
                device_key=device.signing,
            )
            new = NewColleague(certificate=certificate, purpose=person.purpose, invitation=endorsed)
            awaited = await self._api.invite_colleague(self._session, new)
        except DesksideError as error:
            self._change(message.number, standing=ColleagueStanding.GONE, said=error.user_text)
            raise
        if self._standing(message.number) is ColleagueStanding.WAITING:
            self._opened[message.number] = awaited.session
            self._link.send(ColleagueAwaited(message.number, awaited.session, awaited.route))
        else:
            await self._api.withdraw_colleague(self._session, awaited.session)

    def _check(self, message: ColleagueAnswered | ColleagueJoined | ColleagueLeft, kind: EventType) -> HeldEvent:
        held = self._keeper.record.event(CUSTOMER, message.event_seq)
        if held is None or held.event.type is not kind or held.event.req != message.number:
            raise _unsigned()
        if message.number not in self._invited:
            raise _unsigned()
        return held

    async def _note(self, kind: EventType, held: HeldEvent, answers: int) -> None:
        """Write into the own lane what the customer's says."""
        said = {"certificate_sha256", "session", "reason"}
        body = {name: value for name, value in held.body.items() if name in said}
        await unless_over(self._write(kind, body, answers))

    async def _write(self, kind: EventType, body: dict[str, object], answers: int) -> None:
        await self._keeper.write(kind, body, answers=answers)

    def _standing(self, number: int) -> ColleagueStanding | None:
        return next((person.standing for person in self._state.people if person.number == number), None)

    def _change(self, number: int, **changes: Any) -> None:
        people = tuple(
            replace(person, **changes) if person.number == number else person for person in self._state.people
        )
        self._show(replace(self._state, people=people))

    def _show(self, state: ColleaguesShown) -> None:
        self._state = state
        self._shown(state)


def _digest(certificate: bytes) -> str:
    return hashlib.sha256(certificate).hexdigest()


def _unsigned() -> PeerError:
    return PeerError("news of a colleague without its signed event", code="not_allowed")
