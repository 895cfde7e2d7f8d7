"""Runs the handshake on the customer's side: shows PINs, counts failures, keeps the machine's timers.

Runs on the network thread. Everything that decides is in the pure machines of `protocol.pairing`.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from customer_client.protection.alarms import alarm_of
from customer_client.session.state import Page
from customer_client.session.view import View
from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.chat import EarlyChatMessage
from protocol.messages.consent import Capability
from protocol.pairing.attempts import PinAttempts
from protocol.pairing.commands import Answered, ChatReceived, Command, Failed, FarewellReceived, Introduced, Send
from protocol.pairing.customer_handshake import CustomerHandshake
from protocol.pairing.pin import new_pin
from protocol.transport.tasks import create_task

_NOT_A_FAILURE = frozenset({"pin_expired", "cancelled", "no_reply"})
"""Endings that spent no guess: a new PIN is shown without counting."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Site:
    """Where this pairing happens: the mailbox (32 bytes), the relay's origin and the pinned organisation (32 bytes)."""

    mailbox: bytes
    relay_origin: str
    root_id: bytes
    build: str


class CustomerPairing:
    """One customer's pairing, over as many attempts as it takes. `post` hands a body to the technician.

    `technician_gone` is called when the attempt ends after the introduction, before or after the customer decided.
    """

    def __init__(
        self,
        site: Site,
        session_key: Ed25519PrivateKey,
        *,
        post: Callable[[bytes], None],
        view: View,
        technician_gone: Callable[[], None],
    ) -> None:
        self._site = site
        self._session_key = session_key
        self._post = post
        self._view = view
        self._technician_gone = technician_gone
        self._gone = ""
        self._interfered: BaseException | None = None
        self.chat_arrived: Callable[[EarlyChatMessage], None] = lambda message: None
        """Gets what the technician writes while the customer decides."""
        self._attempts = PinAttempts()
        self._machine: CustomerHandshake | None = None
        self._waiting: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._introduced: asyncio.Future[Introduced] = asyncio.get_running_loop().create_future()
        self._answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._decided = False

    @property
    def gone(self) -> str:
        """Why the technician is no longer there after the introduction; empty while they are."""
        return self._gone

    def check_untouched(self) -> None:
        """Do nothing while the technician and the relay are who they were, or the technician has just gone.

        Raises:
            PeerError, EnvironmentFault: somebody put themselves in between after the introduction.
        """
        if self._interfered is not None:
            raise self._interfered

    def interfered(self, error: BaseException) -> None:
        """Somebody put themselves into the relay's place before the parties were connected: no PIN, no further step."""
        if self._answered.done():
            return
        self._interfered = error
        self._machine = None
        self._arm()
        if not self._introduced.done():
            self._introduced.set_exception(error)
            return
        self._answered.set_exception(error)
        if not self._decided:
            self._answered.exception()  # nobody awaits it yet: the question on screen is declined instead
        self._technician_gone()

    def begin(self) -> None:
        """Show the first PIN."""
        self._new_attempt()

    async def introduced(self) -> Introduced:
        """Wait until a technician has proved to know a PIN and who they are; return that."""
        return await self._introduced

    def decline(self) -> None:
        """Tell the technician no; the pairing is over."""
        if self._machine is not None:
            self._do(self._machine.decide(False, (), 0, "", time.monotonic()))

    async def accept(self, capabilities: tuple[Capability, ...], sdp_offer: str) -> str:
        """Tell the technician yes, with the offer; return the SDP answer.

        Raises:
            PeerError: somebody put themselves in between.
            EnvironmentFault: the technician's program did not answer.
        """
        self.check_untouched()
        assert self._machine is not None
        self._decided = True
        self._do(self._machine.decide(True, capabilities, 0, sdp_offer, time.monotonic()))
        return await self._answered

    def chat(self, message: EarlyChatMessage) -> None:
        """Write to the technician while the customer decides; afterwards nothing is sent here."""
        if self._machine is not None:
            self._do(self._machine.chat(message, time.monotonic()))

    def received(self, body: bytes) -> None:
        """Take a body of the mailbox; during the pause after three failures the newest few are kept for later."""
        if self._machine is None:
            self._waiting = [*self._waiting[-4:], body]
            return
        self._do(self._machine.receive(body, time.monotonic(), time.time()))

    def farewell(self, reason: str) -> None:
        """Say good-bye if anybody listens, and stop."""
        if self._machine is not None:
            self._do(self._machine.farewell(reason, time.monotonic()))
        if self._timer is not None:
            self._timer.cancel()

    def _new_attempt(self) -> None:
        now = time.monotonic()
        if self._interfered is not None:
            return
        if not self._attempts.may_show(now):
            self._machine = None
            self._view.update(page=Page.PIN, pin="", attempts_left=0, pause_until=self._attempts.pause_until)
            create_task(self._after_pause(self._attempts.pause_until - now), name="pause after wrong codes")
            return
        pin = new_pin(secrets.token_bytes)
        self._machine = CustomerHandshake(
            mailbox=self._site.mailbox,
            relay_origin=self._site.relay_origin,
            root_id=self._site.root_id,
            session_key=self._session_key,
            pin=pin,
            build=self._site.build,
            entropy=secrets.token_bytes,
            now=now,
        )
        self._view.update(page=Page.PIN, pin=pin.shown, attempts_left=self._attempts.left(now), pause_until=0.0)
        self._arm()

    async def _after_pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._new_attempt()
        waiting, self._waiting = self._waiting, []
        for body in waiting:
            self.received(body)

    def _do(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case Send(body=body):
                    self._post(body)
                case Introduced():
                    if not self._introduced.done():
                        self._introduced.set_result(command)
                case Answered(sdp_answer=answer):
                    if not self._answered.done():
                        self._answered.set_result(answer)
                case ChatReceived(message=message):
                    self.chat_arrived(message)
                case Failed() | FarewellReceived():
                    self._attempt_over(command)
        self._arm()

    def _attempt_over(self, command: Failed | FarewellReceived) -> None:
        if self._introduced.done():
            self._ended_after_introduction(command)
            return
        _log.info("attempt over: %s", command)
        if isinstance(command, Failed) and alarm_of(command.code) is not None:
            # Whoever that is, they do not get another try.
            self._introduced.set_exception(_as_error(command))
            return
        spent = self._machine is not None and self._machine.pin_burnt
        if spent or (isinstance(command, Failed) and command.code not in _NOT_A_FAILURE):
            self._attempts.failed(time.monotonic())
            if isinstance(command, Failed):
                self._view.update(text=command.user_text)
        self._new_attempt()

    def _ended_after_introduction(self, command: Failed | FarewellReceived) -> None:
        text = command.user_text if isinstance(command, Failed) else "The technician has ended the session."
        if isinstance(command, Failed) and alarm_of(command.code) is not None:
            self._interfered = _as_error(command)
        if not self._answered.done():
            gone = EnvironmentFault(text, code="technician_gone", user_text=text)
            self._answered.set_exception(self._interfered or gone)
            if not self._decided:
                self._answered.exception()  # nobody awaits it yet: the question on screen is declined instead
        if not self._gone:
            self._gone = text
            self._technician_gone()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._machine.next_timer() if self._machine is not None else None
        if due is not None:
            delay = max(0.0, due - time.monotonic())
            self._timer = asyncio.get_running_loop().call_later(delay, self._timer_due)

    def _timer_due(self) -> None:
        if self._machine is not None:
            self._do(self._machine.handle_timer(time.monotonic()))


def _as_error(failed: Failed) -> PeerError:
    return PeerError(failed.code, code=failed.code, user_text=failed.user_text)
