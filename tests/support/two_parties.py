"""A customer and a technician joined by a real peer connection in one process, past pairing, with real journals."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.events import Event, EventType
from protocol.audit.session_record import SessionRecord
from protocol.channels import Channel
from protocol.messages.diagnostics import DiagnosticsMessage
from protocol.messages.session import ControlMessage
from protocol.messages.signaling import StoredEvent
from protocol.pairing.keys import Role, SessionKeys
from protocol.pairing.resume_keys import ResumeKeys
from protocol.transport import hooks
from protocol.transport.journal import Journal, JournalHeader
from protocol.transport.outage import Outage
from protocol.transport.reconnector import Replacement, Resumption
from protocol.transport.record_keeper import RecordKeeper
from protocol.transport.session_link import Ending, SessionLink

LOG = "0123456789abcdef/2026"


@dataclass
class Party:
    """One side: implements LinkHandler by writing down what arrives."""

    role: Role
    events: "asyncio.Queue[Event]" = field(default_factory=asyncio.Queue)
    control: "asyncio.Queue[ControlMessage]" = field(default_factory=asyncio.Queue)
    inputs: "asyncio.Queue[tuple[Channel, bytes]]" = field(default_factory=asyncio.Queue)
    stability: list[bool] = field(default_factory=list)
    offered: list[StoredEvent] = field(default_factory=list)
    ended_calls: int = 0
    hurried: list[bool] = field(default_factory=list)
    outages: list[Outage | None] = field(default_factory=list)
    replacements: list[Replacement] = field(default_factory=list)
    diagnostics: "asyncio.Queue[DiagnosticsMessage]" = field(default_factory=asyncio.Queue)
    features: "asyncio.Queue[tuple[Channel, bytes]]" = field(default_factory=asyncio.Queue)
    link: SessionLink = field(init=False)
    keeper: RecordKeeper = field(init=False)
    running: "asyncio.Task[Ending]" = field(init=False)

    async def control_arrived(self, message: ControlMessage) -> None:
        self.control.put_nowait(message)

    async def diagnostics_arrived(self, message: DiagnosticsMessage) -> None:
        self.diagnostics.put_nowait(message)

    async def feature_arrived(self, channel: Channel, data: bytes) -> None:
        self.features.put_nowait((channel, data))

    async def recorded(self, event: Event, body: dict[str, object]) -> None:
        self.events.put_nowait(event)

    def fast_arrived(self, channel: Channel, data: bytes) -> None:
        self.inputs.put_nowait((channel, data))

    def stability_changed(self, unstable: bool) -> None:
        self.stability.append(unstable)

    def outage_goes_on(self, outage: Outage | None) -> None:
        self.outages.append(outage)

    def connection_replaced(self, replacement: Replacement) -> None:
        self.replacements.append(replacement)

    def round_trip_measured(self, rtt_ms: float) -> None:
        return

    async def about_to_end(self) -> None:
        self.ended_calls += 1

    def opening(self, customer_key: bytes, keys: SessionKeys) -> dict[str, object]:
        common = {"ticket": "DS-2026-000001", "certificate_sha256": "0" * 64}
        common |= {"customer_key": customer_key.hex(), "th": keys.th.hex()}
        if self.role is Role.CUSTOMER:
            return common | {"organisation": "Acme", "technician": "Tess"}
        return common | {"subject": "Printer", "purpose": "Look at it", "capabilities": ["see"]}


def session_keys() -> SessionKeys:
    return SessionKeys(*(secrets.token_bytes(32) for _ in range(8)))


def make_resumable(parties: tuple[Party, Party], keys: SessionKeys, session: str) -> None:
    """Let both resume over a mailbox that hands every body over at once."""
    loop = asyncio.get_running_loop()
    for party, other in zip(parties, reversed(parties), strict=True):

        def post(body: bytes, other: Party = other) -> None:
            loop.call_soon(other.link.mailbox_body, body)

        party.link.make_resumable(
            Resumption(
                keys=ResumeKeys(keys.resume), session=session, mailbox=bytes(32), post=post, hurry=party.hurried.append
            )
        )


def cut(party: Party) -> None:
    """Let nothing more arrive at `party` on the connection its session is on now."""
    party.link.connection._ice().data_received = lambda data, component: None  # type: ignore[method-assign]


@asynccontextmanager
async def two_parties(
    folder: Path, *, customer_keys: SessionKeys | None = None, bind: bool = True, resumable: bool = False
) -> AsyncIterator[tuple[Party, Party]]:
    """Yield (customer, technician), connected, bound and running; `customer_keys` differ to break the binding."""
    hooks.install()
    keys = session_keys()
    signing = {Role.CUSTOMER: Ed25519PrivateKey.generate(), Role.TECHNICIAN: Ed25519PrivateKey.generate()}
    public = {role: key.public_key().public_bytes_raw() for role, key in signing.items()}
    parties = Party(Role.CUSTOMER), Party(Role.TECHNICIAN)
    session = secrets.token_hex(16)
    for party, other in zip(parties, reversed(parties), strict=True):
        party.link = SessionLink(role=party.role, handler=party)
        record = SessionRecord(
            session=session,
            lane=party.role.value,
            own_key=signing[party.role],
            peer_key=public[other.role],
            log=LOG,
            entropy=secrets.token_bytes,
        )
        header = JournalHeader(session, party.role.value, "DS-2026-000001", LOG, "http://relay", b"", b"", b"", b"")
        party.keeper = RecordKeeper(
            record=record,
            journal=Journal(folder / party.role.value, header),
            record_key=keys.record,
            signers={role.value: key for role, key in public.items()},
            store=lambda events, party=party: party.offered.extend(events) or True,  # type: ignore[misc]
        )
    customer, technician = parties
    offer = await customer.link.connection.offer()
    answer = await technician.link.connection.answer(offer)
    await customer.link.connection.accept(answer)
    try:
        if bind:
            await asyncio.gather(
                customer.link.bind(customer_keys or keys, offer, answer, customer.keeper),
                technician.link.bind(keys, offer, answer, technician.keeper),
            )
            if resumable:
                make_resumable(parties, keys, session)
            for party in parties:
                party.running = asyncio.get_running_loop().create_task(party.link.run())
                await party.keeper.write(EventType.SESSION_OPEN, party.opening(public[Role.CUSTOMER], keys))
            for party in parties:
                async with asyncio.timeout(10):
                    await party.events.get()
        yield customer, technician
    finally:
        for party in parties:
            await party.link.connection.close()
