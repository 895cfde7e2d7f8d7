"""A relay that does its worst between two technicians and two customers: nobody accepts what the other did not say.

Each body a program posts goes through the relay, which may drop, repeat, delay, replay, change, reflect, splice into
the other session, downgrade or answer in its own words. When it does what is told it: by Hypothesis in the tests, by
`random` in `make drill`.
"""

import random
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import msgspec

from protocol.errors import PeerError
from protocol.messages.base import encode
from protocol.messages.pairing import (
    CustomerReveal,
    PairingAborted,
    TechnicianShare,
    decode_pairing,
)
from protocol.pairing.commands import Answered, Confirmed, Decided, Introduced
from protocol.pairing.handshake import Handshake, State
from protocol.pairing.keys import SessionKeys
from protocol.pairing.pin import Pin
from protocol.pairing.technician_handshake import TechnicianHandshake
from tests.protocol.pairing.paired_machines import WRONG_PIN, Party, new_customer, new_technician

DEEDS = (
    "drop",
    "repeat",
    "delay",
    "replay",
    "replace",
    "flip",
    "flip in this direction",
    "reflect",
    "splice",
    "downgrade",
    "hint",
    "wait",
    "restart",
)
LONGEST_RUN = 120
HINTS = ("wrong_pin", "certificate_untrusted", "cancelled", "no such code")
CONVINCED = (Confirmed, Introduced, Decided, Answered)
"""What only the other side's very own message may bring about."""
MOST_INTERFERENCES = 5
LATEST_BODY, MOST_CHOICES = 24, 2**16
WRONG_PINS = ((False, False), (False, False), (False, True))
WAITS_S = (0.05, 61.0, 95.0, 601.0)


@dataclass(frozen=True)
class Interference:
    """When the relay handles body number `at`, it does `deed`; `choice` says which body, bit or side."""

    at: int
    deed: str
    choice: int


@dataclass
class Session:
    """One mailbox and everybody who ever took part in it: attempts follow each other, each with a new PIN."""

    index: int
    customers: list[Party] = field(default_factory=list)
    technicians: list[Party] = field(default_factory=list)
    agreed: dict[Handshake, SessionKeys] = field(default_factory=dict)
    """The keys of each machine that had any; a machine forgets its own when its attempt ends."""

    def begin(self, now: float, wrong_pin: bool) -> list[bytes]:
        """Start an attempt with fresh machines; return the technician's M0."""
        attempt = len(self.customers)
        name = f"{self.index}/{attempt}"
        pin = Pin(f"{self.index}{attempt:07d}")
        mailbox = bytes([self.index]) * 32
        texts = {"offer": f"offer {name}", "answer": f"answer {name}"}
        self.customers.append(Party(new_customer(f"C{name}", mailbox=mailbox, pin=pin, now=now), **texts))
        technician = new_technician(f"T{name}", mailbox=mailbox, session=f"session {self.index}", now=now)
        self.technicians.append(Party(technician, pin=WRONG_PIN if wrong_pin else pin, **texts))
        return self.technicians[-1].take(technician.start(now), now)


class HostileRelay:
    """Carries bodies between the newest attempt's two machines of each session, and interferes as planned."""

    def __init__(self, plan: list[Interference], wrong_pins: tuple[bool, bool]) -> None:
        self.plan: dict[int, list[Interference]] = {}
        for interference in plan:
            self.plan.setdefault(interference.at, []).append(interference)
        self.now = 0.0
        self.seen: list[bytes] = []
        self.queue: deque[tuple[int, str, bytes]] = deque()
        self.sessions = [Session(0), Session(1)]
        for session, wrong in zip(self.sessions, wrong_pins, strict=True):
            self._post(session.index, "C", session.begin(self.now, wrong))

    def run(self) -> None:
        """Carry until nothing waits (or after 120 bodies), checking after each body that nobody was deceived."""
        for number in range(LONGEST_RUN):
            if not self.queue:
                return
            honest = self.queue.popleft()
            if honest[2] not in self.seen:
                self.seen.append(honest[2])
            for delivery in self._interfered(number, honest):
                self._deliver(*delivery)
            assert_nobody_was_deceived(self.sessions)

    def _interfered(self, number: int, honest: tuple[int, str, bytes]) -> list[tuple[int, str, bytes]]:
        deliveries = [honest]
        for deed in self.plan.get(number, ()):
            deliveries = self._do(deed, deliveries, honest)
        return deliveries

    def _do(self, deed: Interference, planned: list[Any], honest: tuple[int, str, bytes]) -> list[Any]:
        session, side, body = honest
        other_side = "T" if side == "C" else "C"
        recorded = self.seen[deed.choice % len(self.seen)]
        match deed.deed:
            case "drop":
                return []
            case "repeat":
                return [*planned, honest]
            case "delay":
                self.queue.append(honest)
                return []
            case "replay":
                return [*planned, (deed.choice % 2, "CT"[deed.choice // 2 % 2], recorded)]
            case "replace":
                return [(session, side, recorded)]
            case "flip":
                return [(session, side, flipped(body, deed.choice))]
            case "flip in this direction":
                return [*planned, (session, side, flipped(recorded, deed.choice))]
            case "reflect":
                return [*planned, (session, other_side, body)]
            case "splice":
                return [(1 - session, side, body), *(planned if deed.choice % 2 else [])]
            case "downgrade":
                return [(session, side, downgraded(body))]
            case "hint":
                return [*planned, (session, side, encode(PairingAborted(HINTS[deed.choice % len(HINTS)])))]
            case "wait":
                self._wait(WAITS_S[deed.choice % len(WAITS_S)])
            case "restart":
                self._post(session, "C", self.sessions[session].begin(self.now, wrong_pin=deed.choice % 4 == 0))
        return planned

    def _wait(self, seconds: float) -> None:
        self.now += seconds
        for session in self.sessions:
            for side, party in (("T", session.customers[-1]), ("C", session.technicians[-1])):
                self._post(session.index, side, party.take(party.machine.handle_timer(self.now), self.now))

    def _deliver(self, session: int, side: str, body: bytes) -> None:
        place = self.sessions[session]
        parties, others = place.customers, place.technicians
        if side == "T":
            parties, others = others, parties
        party = parties[-1]
        convinced = len(party.found(CONVINCED))
        self._post(session, "T" if side == "C" else "C", party.receive(body, self.now))
        if len(party.found(CONVINCED)) > convinced:
            assert any(body in other.sent for other in others), "convinced by a body the other side never sent"
        if party.machine._keys and party.machine not in place.agreed:
            place.agreed[party.machine] = party.machine._keys

    def _post(self, session: int, side: str, bodies: list[bytes]) -> None:
        self.queue.extend((session, side, body) for body in bodies)


def flipped(body: bytes, choice: int) -> bytes:
    changed = bytearray(body)
    bit = choice % (len(body) * 8)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def downgraded(body: bytes) -> bytes:
    """Return `body` with an older version named in its associated data, or another suite."""
    try:
        message = decode_pairing(body)
    except PeerError:
        return body
    if isinstance(message, TechnicianShare | CustomerReveal):
        older = message.associated_data.replace(b"\x011\x13CPACE", b"\x010\x13CPACE", 1)
        return encode(msgspec.structs.replace(message, associated_data=older))
    return body


def assert_nobody_was_deceived(sessions: list[Session]) -> None:
    for session in sessions:
        for customer in session.customers:
            assert_customer_was_not_deceived(customer, session)
        for technician in session.technicians:
            assert_technician_was_not_deceived(technician, session)


def assert_customer_was_not_deceived(customer: Party, session: Session) -> None:
    assert sum(is_kind(body, CustomerReveal) for body in customer.sent) <= 1, "a second guess at one PIN"
    for introduced in customer.found(Introduced):
        (technician,) = [p for p in session.technicians if session.agreed.get(p.machine) == introduced.keys]
        assert technician.found(Confirmed)
        assert technician.pin == pin_of(customer, session)
        assert introduced.introduction.session == f"session {session.index}"
        for answered in customer.found(Answered):
            assert answered.sdp_answer == technician.answer
            assert technician.machine.state in (State.ESTABLISHED, State.OVER)


def assert_technician_was_not_deceived(technician: Party, session: Session) -> None:
    assert isinstance(technician.machine, TechnicianHandshake)
    assert sum(is_kind(body, TechnicianShare) for body in technician.sent) <= 1, "a second guess with one machine"
    if technician.machine.pin_burnt:
        assert technician.found(Confirmed) or technician.machine.over
    if technician.found(Confirmed):
        keys = session.agreed[technician.machine]
        assert [party for party in session.customers if session.agreed.get(party.machine) == keys]
    for decided in technician.found(Decided):
        (customer,) = [
            party for party in session.customers for met in party.found(Introduced) if met.keys == decided.keys
        ]
        assert decided.decision.accepted == customer.accepts
        assert decided.decision.sdp_offer == customer.offer
        assert decided.customer_key == customer.machine._session_key.public_key().public_bytes_raw()


def pin_of(customer: Party, session: Session) -> Pin:
    return Pin(f"{session.index}{session.customers.index(customer):07d}")


def is_kind(body: bytes, kind: type) -> bool:
    return isinstance(decode_pairing(body), kind)


def deceived_by(seed: int, count: int) -> list[int]:
    """Let the relay follow `count` random plans; return the number of each plan that deceived somebody."""
    chance, deceived = random.Random(seed), list[int]()
    for number in range(count):
        plan = [
            Interference(chance.randint(0, LATEST_BODY), chance.choice(DEEDS), chance.randint(0, MOST_CHOICES))
            for _ in range(chance.randint(1, MOST_INTERFERENCES))
        ]
        try:
            HostileRelay(plan, chance.choice(WRONG_PINS)).run()
        except (AssertionError, ValueError):
            # A side that accepted without exactly one other side of the same transcript fails to unpack it.
            deceived.append(number)
    return deceived
