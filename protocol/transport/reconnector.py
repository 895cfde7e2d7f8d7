"""Makes a new connection for a session whose line broke, through the mailbox, and hands it over when it is bound.

Runs on the network thread. The customer's side offers, as at first; the technician's side asks it to when it noticed
first. Attempts follow each other with growing pauses, cut short by whatever promises success: the relay is back, the
other program is back, this computer has other addresses.
"""

import asyncio
import logging
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from aiortc import MediaStreamTrack

from protocol.errors import DesksideError, EnvironmentFault, PeerError
from protocol.messages.base import encode
from protocol.messages.resume import (
    ResumeAsked,
    ResumeFarewell,
    ResumeMessage,
    ResumeOffer,
    decode_resume,
)
from protocol.pairing.commands import Failed, Send
from protocol.pairing.keys import Role
from protocol.pairing.resume import Command, CustomerResume, ResumeAnswered, ResumeOffered, TechnicianResume
from protocol.pairing.resume_keys import AttemptKeys, ResumeKeys, asking_label, farewell_label
from protocol.transport.bearer import Bearer
from protocol.transport.ladder import RELAYED_WAIT_S
from protocol.transport.peer_connection import PeerConnection
from protocol.transport.tasks import create_task

GATHER_S = RELAYED_WAIT_S + 2.0
HANDSHAKE_S = RELAYED_WAIT_S + 3.0
"""The other side gathers, too, before it answers."""

CONNECT_S = 8.0
_ANSWERS_WITHIN_S = 1.0
RESUMED_WITHIN_S = 5.0
"""After this side took a new connection, the other side has so long to say that it did, too."""

PAUSES_S = (0.0, 1.0, 2.0, 4.0, 8.0, 10.0)
"""From the beginning of one attempt to the beginning of the next, at least; each made up to 30 % longer or shorter.

The technician's side, which only asks, leaves out the first.
"""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Resumption:
    """What a session is resumed with. `mailbox` is 32 bytes; `post` hands a body to the other party through the relay.

    `hurry` tells the connection to the relay whether it matters now that it works.
    """

    keys: ResumeKeys
    session: str
    mailbox: bytes
    post: Callable[[bytes], None]
    hurry: Callable[[bool], None]


@dataclass(frozen=True)
class Replacement:
    """A new connection the session goes on with: the SDP answer, and what the other side sends on it.

    `number` counts the resumes of the session, this one included.
    """

    number: int
    connection: PeerConnection
    sdp_answer: str
    tracks: tuple[MediaStreamTrack, ...]


class Reconnector:
    """One side's attempts. `adopt` is called with each bearer that was bound; what it raises counts as a failure.

    `farewell` is called with the other side's reason when it ended the session meanwhile.
    """

    def __init__(
        self,
        role: Role,
        resumption: Resumption,
        *,
        new_bearer: Callable[[], Bearer],
        adopt: Callable[[Bearer, Replacement], None],
        farewell: Callable[[str], None],
    ) -> None:
        self._role = role
        self._resumption = resumption
        self._new_bearer = new_bearer
        self._adopt = adopt
        self._farewell = farewell
        self._relay_there = asyncio.Event()
        self._relay_there.set()
        self._prodded = asyncio.Event()
        self._wanted = False
        self._asked = False
        self._adopted_at = float("-inf")
        self._hello_at = float("-inf")
        self._trying: asyncio.Task[None] | None = None
        self._serving: asyncio.Task[bool] | None = None
        self._customer: CustomerResume | None = None
        self._answered: asyncio.Future[ResumeAnswered] | None = None
        self._nonces: set[bytes] = set()
        self._technician = TechnicianResume(
            keys=resumption.keys, session=resumption.session, mailbox=resumption.mailbox, entropy=secrets.token_bytes
        )

    def want(self) -> None:
        """The line is broken: try until it is not. May be called again and again.

        A line that was just taken is given a moment to prove itself.
        """
        if time.monotonic() - self._adopted_at < RESUMED_WITHIN_S:
            return
        if not self._wanted:
            self._wanted = True
            self._resumption.keys.connection_dropped(time.monotonic())
        self._start()

    def stop_wanting(self) -> None:
        """The line works: an attempt that is under way may still succeed, none is begun."""
        if self._wanted:
            self._wanted = False
            self._resumption.keys.connection_works()
            self.prod()

    def prod(self) -> None:
        """Something has changed for the better: do not wait for the next attempt."""
        self._prodded.set()

    def relay_changed(self, connected: bool) -> None:
        """The connection to the relay came or went."""
        if connected:
            self._relay_there.set()
            self._give_up_handshake()  # what was said over the connection before may be lost
            self.prod()
        else:
            self._relay_there.clear()

    def received(self, body: bytes) -> bool:
        """Take a body of the mailbox; return whether it was for us."""
        try:
            message = decode_resume(body)
        except PeerError:
            return False
        now = time.monotonic()
        match message:
            case ResumeAsked():
                self._take_asked(message, now)
            case ResumeFarewell():
                self._take_farewell(message, now)
            case _:
                self._take_handshake(message, now)
        return True

    def say_farewell(self, reason: str) -> None:
        """Tell the other side, by way of the relay, that this side has ended the session."""
        resumption, nonce = self._resumption, secrets.token_bytes(32)
        label = farewell_label(resumption.session, self._role, nonce, reason)
        proofs = resumption.keys.proofs(label, time.monotonic())
        if proofs:
            resumption.post(encode(ResumeFarewell(nonce, reason, proofs)))

    def close(self) -> None:
        """The session is over: forget the keys, stop trying."""
        self._wanted = False
        self._resumption.keys.destroy()
        for task in (self._trying, self._serving):
            if task is not None:
                task.cancel()

    def _start(self) -> None:
        if self._trying is None or self._trying.done():
            self._trying = create_task(self._try_forever(), name="reconnect")

    async def _try_forever(self) -> None:
        attempt = self._offer if self._role is Role.CUSTOMER else self._ask
        tries = 0 if self._role is Role.CUSTOMER else 1
        while self._wanted or self._asked:
            await self._relay_there.wait()
            self._asked = False
            self._prodded.clear()
            began = time.monotonic()
            if not self._resumption.keys.held(began):
                _log.info("this session cannot be resumed any more")
                return
            adopted = await attempt()
            tries += 1
            if adopted:
                await self._let_it_prove_itself()
            elif self._wanted and not self._asked:
                await self._pause(began + _pause_s(tries) - time.monotonic())

    async def _let_it_prove_itself(self) -> None:
        """Wait until the connection that was just taken works, the other side asks for another, or its time is up."""
        deadline = time.monotonic() + RESUMED_WITHIN_S
        while self._wanted and not self._asked and time.monotonic() < deadline:
            self._prodded.clear()
            await self._pause(deadline - time.monotonic())

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._prodded.wait()
        except TimeoutError:
            return

    # --- the customer's side

    async def _offer(self) -> bool:
        bearer = self._new_bearer()
        adopted = False
        try:
            async with asyncio.timeout(GATHER_S):
                offer = await bearer.connection.offer()
            answered = await self._handshake(offer)
            await bearer.connection.accept(answered.sdp_answer)
            await self._bind(bearer, answered.keys, offer, answered.sdp_answer)
            adopted = True
        except (TimeoutError, DesksideError) as error:
            _log.info("no new connection: %s", error or type(error).__name__)
        finally:
            self._customer = self._answered = None
            if not adopted:
                create_task(bearer.close(), name="close a connection that was not needed")
        return adopted

    async def _handshake(self, offer: str) -> ResumeAnswered:
        resumption = self._resumption
        self._answered = asyncio.get_running_loop().create_future()
        self._customer = CustomerResume(
            keys=resumption.keys,
            session=resumption.session,
            mailbox=resumption.mailbox,
            sdp_offer=offer,
            entropy=secrets.token_bytes,
            now=time.monotonic(),
        )
        self._hello_at = time.monotonic()
        self._do(self._customer.start())
        async with asyncio.timeout(HANDSHAKE_S):
            return await self._answered

    def _take_asked(self, message: ResumeAsked, now: float) -> None:
        resumption = self._resumption
        label = asking_label(resumption.session, message.nonce)
        if self._role is not Role.CUSTOMER or message.nonce in self._nonces:
            return
        if now - max(self._adopted_at, self._hello_at) < _ANSWERS_WITHIN_S:
            return  # they asked before they heard
        if not resumption.keys.prove(label, message.proofs, now):
            _log.info("asked to reconnect by somebody without the key")
            return
        _log.info("asked to reconnect")
        self._nonces.add(message.nonce)
        self._asked = True
        self._give_up_handshake()
        self.prod()
        self._start()

    def _give_up_handshake(self) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(EnvironmentFault("said again", code="resume_restarted"))

    # --- the technician's side

    async def _ask(self) -> bool:
        if self._serving is not None and not self._serving.done():
            serving = self._serving
            await asyncio.wait({serving})
            return not serving.cancelled() and serving.result()
        resumption, nonce = self._resumption, secrets.token_bytes(32)
        proofs = resumption.keys.proofs(asking_label(resumption.session, nonce), time.monotonic())
        if proofs:
            resumption.post(encode(ResumeAsked(nonce, proofs)))
        return False

    def _serve(self, offered: ResumeOffered) -> None:
        if self._serving is not None:
            self._serving.cancel()
        self._serving = create_task(self._answer(offered), name="answer a new connection")

    async def _answer(self, offered: ResumeOffered) -> bool:
        bearer = self._new_bearer()
        adopted = False
        try:
            async with asyncio.timeout(GATHER_S):
                answer = await bearer.connection.answer(offered.sdp_offer)
            self._do(self._technician.answer(offered.attempt, answer))
            await self._bind(bearer, offered.keys, offered.sdp_offer, answer)
            adopted = True
        except (TimeoutError, DesksideError) as error:
            _log.info("no new connection: %s", error or type(error).__name__)
        finally:
            if not adopted:
                create_task(bearer.close(), name="close a connection that was not needed")
        return adopted

    # --- both sides

    async def _bind(self, bearer: Bearer, keys: AttemptKeys, offer: str, answer: str) -> None:
        async with asyncio.timeout(CONNECT_S):
            await bearer.bind(keys, offer, answer)
        self._resumption.keys.advance(keys.number, bearer.exporter32)
        self._asked, self._adopted_at = False, time.monotonic()
        _log.info("the session goes on over another connection, number %d", keys.number + 1)
        self._adopt(bearer, Replacement(keys.number + 1, bearer.connection, answer, tuple(bearer.tracks)))

    def _take_handshake(self, message: ResumeMessage, now: float) -> None:
        if self._role is Role.TECHNICIAN:
            self._do(self._technician.receive(message, now))
        elif self._customer is not None and not isinstance(message, ResumeOffer):
            self._do(self._customer.receive(message, now))

    def _take_farewell(self, message: ResumeFarewell, now: float) -> None:
        resumption = self._resumption
        other = Role.TECHNICIAN if self._role is Role.CUSTOMER else Role.CUSTOMER
        label = farewell_label(resumption.session, other, message.nonce, message.reason)
        if resumption.keys.prove(label, message.proofs, now):
            self._farewell(message.reason)

    def _do(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case Send(body=body):
                    self._resumption.post(body)
                case ResumeOffered():
                    self._serve(command)
                case ResumeAnswered():
                    if self._answered is not None and not self._answered.done():
                        self._answered.set_result(command)
                case Failed(code=code, user_text=text):
                    _log.info("an attempt to reconnect failed: %s", code)
                    if self._answered is not None and not self._answered.done():
                        self._answered.set_exception(EnvironmentFault(code, code=code, user_text=text))


def _pause_s(tries: int) -> float:
    return PAUSES_S[min(tries, len(PAUSES_S)) - 1] * random.uniform(0.7, 1.3)  # noqa: S311
