"""A relay's database with one session and its log, without the web around them."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.events import EventType
from protocol.audit.log.certificate import issue_log_certificate
from protocol.audit.log.leaf import BatchLeaf, parse_leaf
from protocol.messages.relay_api import DeviceEnrolment, NewTicket
from relay.accounts.people import Person, Role
from relay.clock import SECOND_MS
from relay.log.audit_log import AuditLog
from relay.log.check import LogCheck, LogReport
from relay.log.keys import SigningKeys, log_keys
from relay.storage.accounts import AccountStore
from relay.storage.engine import Database
from relay.storage.events import EventStore
from relay.storage.log import LogStore
from relay.storage.log_reading import LogReader
from relay.storage.migrate import open_data_folder
from relay.storage.organisation import OrganisationStore
from relay.storage.sessions import SessionStore
from relay.storage.tickets import TicketStore
from relay.tickets.inviting import InvitationMaker
from tests.support.relay_events import NOON_MS, LaneWriter
from tests.support.relay_in_process import MovableClock

ROOT = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\x07")
DEVICE = Ed25519PrivateKey.from_private_bytes(b"T" * 32)
CUSTOMER = Ed25519PrivateKey.from_private_bytes(b"C" * 32)
YEAR = 2027


class LoggingRelay:
    """A database with one session, its events, and its log; `open` it before use."""

    def __init__(self, folder: Path) -> None:
        self.clock = MovableClock(NOON_MS)
        self.database = Database(open_data_folder(folder, self.clock()))
        self.keys: SigningKeys = log_keys(folder, "support.example.com")
        self.log = AuditLog(self.database, self.keys, clock=self.clock)
        self.store = LogStore(self.database)
        self.events = EventStore(self.database, self.log.events_kept)
        self.session = ""
        self.customer: LaneWriter

    async def open(self) -> None:
        """Make everything a session needs, and the session."""
        person = Person("t", "tess", "Tess", Role.TECHNICIAN)
        await AccountStore(self.database).add(person, "-", self.clock())
        organisation = OrganisationStore(self.database)
        await organisation.create("Acme IT", bytes(32), self.clock())
        enrolment = DeviceEnrolment(
            signing_key=DEVICE.public_key().public_bytes_raw(), sealing_key=bytes(32), label="A laptop"
        )
        await organisation.enrol("d", "t", enrolment, self.clock())
        await organisation.certify("d", b"certificate", 0, 10 * NOON_MS)
        ticket = await TicketStore(self.database).create(NewTicket(subject="-", customer="-"), "t", self.clock())
        maker = InvitationMaker.begin(secrets.token_bytes, now_ms=self.clock(), spoken=False)
        invitation, _ = await SessionStore(self.database).open(ticket, "t", "-", maker.invite, self.clock())
        self.session = invitation.session
        self.customer = LaneWriter(self.session, "C", CUSTOMER)

    async def write(self, count: int, type: EventType = EventType.NOTE) -> None:
        """Store `count` more events of lane C, `type` for the last one."""
        events = [self.customer.write() for _ in range(count - 1)] + [self.customer.write(type)]
        await self.events.keep(self.session, events, self.clock())

    async def leaves(self) -> list[BatchLeaf]:
        """Return the batches in the log."""
        found = [parse_leaf(one.leaf) for one in await self.store.leaves_of_session(self.session, receipted=False)]
        return [leaf for leaf in found if isinstance(leaf, BatchLeaf)]

    async def certify(self, policy: str = "quorum none\n") -> None:
        """Give the log a certificate."""
        certificate = issue_log_certificate(
            ROOT,
            self.keys.public,
            serial="1",
            organisation="Acme IT",
            policy=policy,
            require_receipt=False,
            not_before=0,
            not_after=NOON_MS,
        )
        await self.store.keep_certificate("1", certificate, (0, NOON_MS * SECOND_MS), self.clock())

    async def check(self) -> LogReport:
        return await LogCheck(LogReader(self.database), self.keys.public).run()


@asynccontextmanager
async def running(relay: LoggingRelay) -> AsyncIterator[None]:
    """Run the relay's log until the block ends."""
    task = asyncio.get_running_loop().create_task(relay.log.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def until(holds: Callable[[], object]) -> None:
    """Wait until `holds` (awaited) is true, at most half a minute."""
    async with asyncio.timeout(30):
        while not await holds():  # type: ignore[misc]
            await asyncio.sleep(0.02)


async def signed_size(relay: LoggingRelay) -> int:
    """Return how many leaves the newest checkpoint covers."""
    heads = await relay.store.newest_heads(relay.keys.public.origin(YEAR))
    return heads[0].checkpoint.size if heads else 0
