"""The real relay served on a free port by the test's own event loop, with a clock the test moves."""

import asyncio
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from litestar import Litestar

from protocol.messages.relay_api import DeviceEnrolment
from protocol.pairing.certificates import issue_certificate
from protocol.transport.tasks import create_task
from relay.accounts.passwords import hash_password
from relay.accounts.people import Person, Role
from relay.app import RelayParts, build_relay
from relay.storage.accounts import AccountStore
from relay.storage.engine import Database
from relay.storage.migrate import open_data_folder
from relay.storage.organisation import OrganisationStore

PASSWORD = "correct horse battery"
NOON_MS = 1_800_000_000_000
"""2027-01-15 08:00:00 UTC."""

# argon2 is slow on purpose; once is enough for all tests of a run.
_PASSWORD_HASH = hash_password(PASSWORD)


@dataclass
class MovableClock:
    """A clock that stands still until it is moved."""

    now_ms: int = NOON_MS

    def __call__(self) -> int:
        return self.now_ms

    def advance(self, *, ms: int = 0, minutes: float = 0, hours: float = 0) -> None:
        self.now_ms += int(ms + minutes * 60_000 + hours * 3_600_000)


@dataclass
class ServedRelay:
    """A relay in this process. `database` is open for the test to look into and to prepare."""

    url: str
    data_dir: Path
    clock: MovableClock
    database: Database
    http: httpx.AsyncClient
    app: Litestar
    root: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    async def add_person(self, name: str, role: Role = Role.TECHNICIAN) -> Person:
        person = Person(secrets.token_hex(8), name, name.title(), role)
        await AccountStore(self.database).add(person, _PASSWORD_HASH, self.clock())
        return person

    async def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        return await self.http.post("/api/v1/sign-in", json={"name": name, "password": password})

    async def token_of(self, name: str) -> dict[str, str]:
        """Sign in and return the headers to use from then on."""
        answer = await self.sign_in(name)
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    async def make_organisation(self) -> None:
        await OrganisationStore(self.database).create(
            "Acme IT", self.root.public_key().public_bytes_raw(), self.clock()
        )

    async def certify(
        self, person: Person, signing_key: bytes | None = None, *, hours: int = 168, sealing_key: bytes = bytes(32)
    ) -> None:
        """Enrol a device of the person and certify it from the clock's now on."""
        store, now_ms = OrganisationStore(self.database), self.clock()
        enrolment = DeviceEnrolment(
            signing_key=signing_key or secrets.token_bytes(32), sealing_key=sealing_key, label="A laptop"
        )
        await store.enrol(secrets.token_hex(8), person.id, enrolment, now_ms)
        device = await store.current_device(person.id)
        assert device is not None
        not_after = now_ms // 1000 + hours * 3600
        certificate = issue_certificate(
            self.root,
            serial="1",
            technician_id=person.id,
            name=person.display_name,
            organisation="Acme IT",
            signing_key=device.signing_key,
            sealing_key=device.sealing_key,
            roles=[person.role.value],
            not_before=now_ms // 1000,
            not_after=not_after,
        )
        await store.certify(device.id, certificate, now_ms, not_after * 1000)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield  # the test runner's signals are not ours


@contextlib.asynccontextmanager
async def served_relay(
    data_dir: Path, *, entropy: Callable[[int], bytes] = secrets.token_bytes, origin: str = ""
) -> AsyncIterator[ServedRelay]:
    """Serve a new relay from `data_dir` until the block ends; `origin` is how people reach it, if not directly."""
    clock = MovableClock()
    path = open_data_folder(data_dir, clock())
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    parts = RelayParts(
        data_dir=data_dir,
        database_path=path,
        origin=origin or url,
        joins_per_minute=1000,
        clock=clock,
        entropy=entropy,
    )
    app = build_relay(parts)
    config = uvicorn.Config(app, log_config=None, access_log=False, ws="websockets-sansio", timeout_graceful_shutdown=5)
    server = _Server(config)
    serving = create_task(server.serve(sockets=[listener]), name="relay under test")
    database = Database(path)
    try:
        await asyncio.wait_for(server.ready.wait(), 30)
        async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:
            yield ServedRelay(url, data_dir, clock, database, http, app)
    finally:
        server.should_exit = True
        await asyncio.wait_for(serving, 30)
        await database.close()
        listener.close()
