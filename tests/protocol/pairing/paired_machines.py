"""Both handshake machines with fixed keys and repeatable entropy, and the two people in front of them."""

import hashlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from protocol.messages.consent import Capability
from protocol.pairing.certificates import issue_certificate, root_id
from protocol.pairing.commands import Command, Decided, Failed, Introduced, PinWanted, Send
from protocol.pairing.customer_handshake import CustomerHandshake
from protocol.pairing.handshake import Handshake, State
from protocol.pairing.pin import Pin
from protocol.pairing.technician_handshake import TechnicianHandshake

UNIX_NOW = 1_800_000_000.0
ORIGIN = "https://help.example.org"
PIN = Pin("49302715")
WRONG_PIN = Pin("49302716")

ROOT = Ed25519PrivateKey.from_private_bytes(b"R" * 32)
DEVICE = Ed25519PrivateKey.from_private_bytes(b"D" * 32)
SEALING = X25519PrivateKey.from_private_bytes(b"S" * 32)
CUSTOMER_KEY = Ed25519PrivateKey.from_private_bytes(b"C" * 32)
ROOT_ID = root_id(ROOT.public_key().public_bytes_raw())

OFFER = "v=0\r\no=offer of the customer"
ANSWER = "v=0\r\no=answer of the technician"


def entropy_of(seed: str) -> Callable[[int], bytes]:
    """Return an entropy source that gives the same bytes in every run and others for every seed."""
    count = 0

    def take(size: int) -> bytes:
        nonlocal count
        count += 1
        return hashlib.shake_256(f"{seed}/{count}".encode()).digest(size)

    return take


def certificate_bytes(root: Ed25519PrivateKey = ROOT, **changes: Any) -> bytes:
    fields: dict[str, Any] = {
        "serial": "a1",
        "technician_id": "t-7",
        "name": "Noor Haddad",
        "organisation": "Example Support",
        "signing_key": DEVICE.public_key().public_bytes_raw(),
        "sealing_key": SEALING.public_key().public_bytes_raw(),
        "roles": ("technician",),
        "not_before": int(UNIX_NOW) - 60,
        "not_after": int(UNIX_NOW) + 3600,
    }
    return issue_certificate(root, **(fields | changes))


CERTIFICATE = certificate_bytes()


def new_customer(seed: str = "C", **changes: Any) -> CustomerHandshake:
    arguments: dict[str, Any] = {
        "mailbox": b"m" * 32,
        "relay_origin": ORIGIN,
        "root_id": ROOT_ID,
        "session_key": CUSTOMER_KEY,
        "pin": PIN,
        "build": "customer 0.1",
        "entropy": entropy_of(seed),
        "now": 0.0,
    }
    return CustomerHandshake(**(arguments | changes))


def new_technician(seed: str = "T", **changes: Any) -> TechnicianHandshake:
    arguments: dict[str, Any] = {
        "mailbox": b"m" * 32,
        "relay_origin": ORIGIN,
        "certificate": CERTIFICATE,
        "device_key": DEVICE,
        "session": "0" * 32,
        "ticket": "DS-2026-000123",
        "subject": "Printer",
        "purpose": "Look at the print queue",
        "capabilities": (Capability.SEE, Capability.DIAGNOSTICS),
        "build": "technician 0.1",
        "entropy": entropy_of(seed),
        "now": 0.0,
    }
    return TechnicianHandshake(**(arguments | changes))


@dataclass
class Party:
    """One machine and its person: types `pin` when asked, answers the question with `accepts`, answers an offer."""

    machine: Handshake
    pin: Pin = PIN
    accepts: bool = True
    offer: str = OFFER
    answer: str = ANSWER
    commands: list[Command] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)

    def take(self, commands: list[Command], now: float) -> list[bytes]:
        """Do what the machine asks at `now`; return the bodies to post."""
        posted: list[bytes] = []
        waiting = deque(commands)
        while waiting:
            command = waiting.popleft()
            self.commands.append(command)
            if isinstance(command, Send):
                posted.append(command.body)
            else:
                waiting.extend(self._react(command, now))
        self.sent.extend(posted)
        return posted

    def receive(self, body: bytes, now: float, unix_now: float = UNIX_NOW) -> list[bytes]:
        posted = self.take(self.machine.receive(body, now, unix_now), now)
        if self.machine.state is State.COMMITTING:
            tick = self.machine.next_timer()
            assert tick is not None
            posted += self.take(self.machine.handle_timer(tick), tick)
        return posted

    def found(self, kind: type | tuple[type, ...]) -> list[Any]:
        return [command for command in self.commands if isinstance(command, kind)]

    @property
    def failure(self) -> str:
        """The code this party's attempt failed with, or nothing."""
        return next((command.code for command in self.found(Failed)), "")

    def _react(self, command: Command, now: float) -> list[Command]:
        machine = self.machine
        if isinstance(command, PinWanted) and isinstance(machine, TechnicianHandshake):
            return machine.enter_pin(self.pin, now)
        if isinstance(command, Introduced) and isinstance(machine, CustomerHandshake):
            return machine.decide(self.accepts, (Capability.SEE,), 900, self.offer, now)
        if isinstance(command, Decided) and command.decision.accepted and isinstance(machine, TechnicianHandshake):
            return machine.answer(self.answer, now)
        return []


Relay = Callable[[int, bytes], bytes | None]
"""Given the number of a body (M0 is 0) and the body: what to deliver instead, or nothing."""


def run(
    customer: Party, technician: Party, relay: Relay = lambda number, body: body, *, stop_before: int | None = None
) -> None:
    """Let both talk through `relay` until nothing is left to say, or body `stop_before` is about to be delivered."""
    assert isinstance(technician.machine, TechnicianHandshake)
    waiting = deque((customer, body) for body in technician.take(technician.machine.start(0.0), 0.0))
    number = 0
    while waiting and number != stop_before:
        receiver, body = waiting.popleft()
        delivered = relay(number, body)
        number += 1
        if delivered is not None:
            sender = technician if receiver is customer else customer
            waiting.extend((sender, reply) for reply in receiver.receive(delivered, 1.0))


def established() -> tuple[Party, Party]:
    """Return customer and technician after an honest handshake."""
    customer, technician = Party(new_customer()), Party(new_technician())
    run(customer, technician)
    assert customer.machine.state is technician.machine.state is State.ESTABLISHED
    return customer, technician


def stopped_before(number: int) -> tuple[Party, Party, bytes]:
    """Return both after an honest start, and the body M`number` that is about to be delivered."""
    customer, technician = Party(new_customer()), Party(new_technician())
    run(customer, technician, stop_before=number)
    sender = customer if number % 2 else technician
    return customer, technician, sender.sent[-1]
