"""Both sides of a resume with repeatable entropy, and the new connection's D0 as far as the keys are concerned."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from protocol.messages.resume import decode_resume
from protocol.pairing.commands import Failed, Send
from protocol.pairing.resume import CustomerResume, ResumeAnswered, ResumeOffered, TechnicianResume
from protocol.pairing.resume_keys import AttemptKeys, ResumeKeys
from tests.protocol.pairing.paired_machines import entropy_of

MAILBOX = b"m" * 32
SESSION = "5" * 32


@dataclass
class CustomerSide:
    """The customer's program: one attempt at a time, the newest."""

    name: str = ""
    session: str = SESSION
    first_key: bytes = b"k" * 32
    attempts: int = 0
    machine: CustomerResume | None = None
    answered: list[ResumeAnswered] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    offers: list[str] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys = ResumeKeys(self.first_key)

    def begin(self, now: float = 0.0) -> list[bytes]:
        self.attempts += 1
        self.offers.append(f"offer {self.name} {self.attempts}")
        self.machine = CustomerResume(
            keys=self.keys,
            session=self.session,
            mailbox=MAILBOX,
            sdp_offer=self.offers[-1],
            entropy=entropy_of(f"C{self.name}/{self.attempts}"),
            now=now,
        )
        return self.take(self.machine.start())

    def receive(self, body: bytes, now: float = 0.0) -> list[bytes]:
        assert self.machine is not None
        return self.take(self.machine.receive(decode_resume(body), now))

    def take(self, commands: list[Any]) -> list[bytes]:
        bodies = []
        for command in commands:
            match command:
                case Send(body=body):
                    bodies.append(body)
                case ResumeAnswered():
                    self.answered.append(command)
                case Failed(code=code):
                    self.failures.append(code)
        self.sent.extend(bodies)
        return bodies


@dataclass
class TechnicianSide:
    """The technician's program: answers the newest offer."""

    name: str = ""
    session: str = SESSION
    first_key: bytes = b"k" * 32
    offered: list[ResumeOffered] = field(default_factory=list)
    answers: dict[str, bytes] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys = ResumeKeys(self.first_key)
        self.machine = TechnicianResume(
            keys=self.keys, session=self.session, mailbox=MAILBOX, entropy=entropy_of(f"T{self.name}")
        )

    def receive(self, body: bytes, now: float = 0.0) -> list[bytes]:
        return self.take(self.machine.receive(decode_resume(body), now))

    def take(self, commands: list[Any]) -> list[bytes]:
        bodies: list[bytes] = []
        for command in commands:
            match command:
                case Send(body=body):
                    bodies.append(body)
                case ResumeOffered(attempt=attempt):
                    self.offered.append(command)
                    answer = f"answer {self.name} {len(self.offered)}"
                    self.answers[answer] = attempt
                    bodies += [made.body for made in self.machine.answer(attempt, answer) if isinstance(made, Send)]
                case Failed(code=code):
                    self.failures.append(code)
        self.sent.extend(bodies)
        return bodies


def exporter_of(keys: AttemptKeys) -> bytes:
    """The DTLS exporter of the connection that an attempt led to: equal on both sides, never twice the same."""
    return hashlib.sha256(b"exporter" + keys.th).digest()


def talk(customer: CustomerSide, technician: TechnicianSide) -> None:
    """One honest attempt, up to the answer."""
    bodies = customer.begin()
    while bodies:
        bodies = [reply for body in bodies for reply in technician.receive(body)]
        bodies = [reply for body in bodies for reply in customer.receive(body)]


def bind_both(customer: CustomerSide, technician: TechnicianSide) -> None:
    """D0 verifies on both sides, and both learn that it did."""
    for side, keys in ((customer, customer.answered[-1].keys), (technician, technician.offered[-1].keys)):
        side.keys.advance(keys.number, exporter_of(keys))
        side.keys.proven(keys.number + 1)
