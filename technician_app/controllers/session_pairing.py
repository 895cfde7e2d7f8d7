"""Runs the handshake on the technician's side, attempt after attempt, until the customer has decided.

Runs on the network thread; everything that decides is in the pure machines of `protocol.pairing`.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.errors import PeerError
from protocol.messages.chat import EarlyChatMessage
from protocol.messages.consent import Capability
from protocol.pairing.commands import (
    ChatReceived,
    Command,
    Confirmed,
    Decided,
    Failed,
    FarewellReceived,
    PinWanted,
    Send,
)
from protocol.pairing.handshake import State
from protocol.pairing.pin import parse_pin
from protocol.pairing.technician_handshake import TechnicianHandshake


@dataclass(frozen=True)
class Asking:
    """Who asks whom for what: all of it goes, sealed and signed, to the customer; `plan` are the permissions."""

    mailbox: bytes
    relay_origin: str
    certificate: bytes
    device_key: Ed25519PrivateKey
    session: str
    ticket: str
    subject: str
    purpose: str
    plan: tuple[Capability, ...]
    build: str


@dataclass(frozen=True)
class PairingHandlers:
    """What the pairing tells: a body to post, a PIN to ask for, the PIN was right, an attempt failed (sentence), and
    what the customer writes before deciding."""

    post: Callable[[bytes], None]
    pin_wanted: Callable[[], None]
    confirmed: Callable[[], None]
    attempt_failed: Callable[[str], None]
    chat_arrived: Callable[[EarlyChatMessage], None]


class TechnicianPairing:
    """One session's pairing. `customer_arrived` starts an attempt; every failed attempt starts the next."""

    def __init__(self, asking: Asking, handlers: PairingHandlers) -> None:
        self._asking = asking
        self._handlers = handlers
        self._machine: TechnicianHandshake | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._decided: asyncio.Future[Decided] = asyncio.get_running_loop().create_future()

    async def decided(self) -> Decided:
        """Wait for the customer's decision."""
        return await self._decided

    def customer_arrived(self) -> None:
        """The customer's program is at the mailbox: begin, unless an attempt is under way or all is decided."""
        if self._machine is None and not self._decided.done():
            self._begin()

    def enter_pin(self, text: str) -> None:
        """Spend the one guess of this attempt.

        Raises:
            PeerError: not a PIN (its check digit catches typing errors before a guess is spent), or none is wanted.
        """
        pin = parse_pin(text)
        if self._machine is None or self._machine.state is not State.PIN_WANTED:
            raise PeerError(
                "no attempt",
                code="pin_not_wanted",
                user_text="No code is wanted right now: wait until the customer sees one.",
            )
        self._do(self._machine.enter_pin(pin, time.monotonic()))

    def chat(self, message: EarlyChatMessage) -> None:
        """Write to the customer while they decide; afterwards nothing is sent here."""
        if self._machine is not None:
            self._do(self._machine.chat(message, time.monotonic()))

    def received(self, body: bytes) -> None:
        """Take a body of the mailbox."""
        if self._machine is not None:
            self._do(self._machine.receive(body, time.monotonic(), time.time()))

    def answer(self, sdp_answer: str) -> None:
        """Answer the customer's offer."""
        if self._machine is not None:
            self._do(self._machine.answer(sdp_answer, time.monotonic()))

    def farewell(self, reason: str) -> None:
        """Say good-bye if anybody listens, and stop."""
        if self._machine is not None:
            self._do(self._machine.farewell(reason, time.monotonic()))
        if self._timer is not None:
            self._timer.cancel()

    def _begin(self) -> None:
        asking = self._asking
        self._machine = TechnicianHandshake(
            mailbox=asking.mailbox,
            relay_origin=asking.relay_origin,
            certificate=asking.certificate,
            device_key=asking.device_key,
            session=asking.session,
            ticket=asking.ticket,
            subject=asking.subject,
            purpose=asking.purpose,
            capabilities=asking.plan,
            build=asking.build,
            entropy=secrets.token_bytes,
            now=time.monotonic(),
        )
        self._do(self._machine.start(time.monotonic()))

    def _do(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case Send(body=body):
                    self._handlers.post(body)
                case PinWanted():
                    self._handlers.pin_wanted()
                case Confirmed():
                    self._handlers.confirmed()
                case Decided():
                    if not self._decided.done():
                        self._decided.set_result(command)
                case ChatReceived(message=message):
                    self._handlers.chat_arrived(message)
                case Failed(user_text=text):
                    self._attempt_over(text)
                case FarewellReceived():
                    self._attempt_over("The customer has left.")
        self._arm()

    def _attempt_over(self, text: str) -> None:
        if not self._decided.done():
            self._handlers.attempt_failed(text)
            self._begin()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._machine.next_timer() if self._machine is not None else None
        if due is not None:
            self._timer = asyncio.get_running_loop().call_later(max(0.0, due - time.monotonic()), self._timer_due)

    def _timer_due(self) -> None:
        if self._machine is not None:
            self._do(self._machine.handle_timer(time.monotonic()))
