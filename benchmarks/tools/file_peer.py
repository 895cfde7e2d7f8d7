"""One side of a session that only carries files and input, as a process: `python -m benchmarks.tools.file_peer JSON`.

Tells JSON lines, takes orders as JSON lines on standard input: `answer`, `send`, `type`, `end`. Times are this
machine's monotonic seconds, the same in both processes.
"""

import asyncio
import json
import logging
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.events import EventType
from protocol.audit.session_record import SessionRecord
from protocol.channels import INPUT, Channel
from protocol.messages.files import FileOffered
from protocol.messages.input import TextTyped, decode_input
from protocol.pairing.keys import Role, SessionKeys
from protocol.transport import hooks
from protocol.transport.event_loop import new_event_loop
from protocol.transport.files.exchange import FileExchange
from protocol.transport.files.moving import Incoming
from protocol.transport.files.offered_file import FileToSend
from protocol.transport.files.owner import FilesOwner, Surroundings
from protocol.transport.files.status import FileStatus
from protocol.transport.journal import Journal, JournalHeader
from protocol.transport.link_handler import LinkHandler
from protocol.transport.record_keeper import RecordKeeper
from protocol.transport.session_link import Reason, SessionLink
from protocol.transport.tasks import create_task

LOG = "0123456789abcdef/2026"
SESSION = "ab" * 16
KEYS_A_SECOND = 50


def say(line: dict[str, Any]) -> None:
    """Tell what is now, with the time."""
    sys.stdout.write(json.dumps({"at": time.monotonic(), **line}) + "\n")
    sys.stdout.flush()


@dataclass(eq=False)
class FilePeer(FilesOwner):
    """Takes every file, counts every key."""

    role: Role
    folder: Path
    link: SessionLink = field(init=False)
    keeper: RecordKeeper = field(init=False)
    exchange: FileExchange = field(init=False)
    typing: bool = False

    # --- FilesOwner

    def offered(self, incoming: Incoming, offer: FileOffered) -> None:
        """Take it."""
        create_task(self.exchange.accept(offer.transfer, self.folder / "received"), name="take a file")

    def settled(self, status: FileStatus) -> None:
        """Say how it ended."""
        say({"stage": status.stage.value, "problem": status.problem})

    # --- what the link tells

    async def feature_arrived(self, channel: Channel, data: bytes) -> None:
        """Hand over a message about files."""
        await self.exchange.arrived(data)

    async def recorded(self, event: object, body: dict[str, object]) -> None:
        """Let what waited for it go on."""
        await self.exchange.recorded()

    def fast_arrived(self, channel: Channel, data: bytes) -> None:
        """Say how long a key was on its way; its text is when it was pressed, in µs."""
        message = decode_input(data)
        if isinstance(message, TextTyped):
            say({"key_ms": (time.monotonic_ns() // 1000 - int(message.text)) / 1000})

    async def about_to_end(self) -> None:
        """Give up what is unfinished."""
        await self.exchange.close()

    def __getattr__(self, name: str) -> Any:
        """Whatever else the link tells is of no interest here."""
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *_, **__: None

    # --- orders

    async def send(self, path: Path) -> None:
        """Offer a file."""
        await self.exchange.offer(await asyncio.to_thread(FileToSend, path))

    async def type_keys(self) -> None:
        """Press a key now and then."""
        while self.typing:
            self.link.send(TextTyped(str(time.monotonic_ns() // 1000)), INPUT)
            await asyncio.sleep(1 / KEYS_A_SECOND)


async def _serve(given: dict[str, Any]) -> None:
    hooks.install()
    role, folder = Role(given["role"]), Path(given["folder"])
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - nothing else runs yet
    peer = FilePeer(role, folder)
    handler: LinkHandler = peer
    peer.link = SessionLink(role=role, handler=handler)
    peer.keeper = _keeper(given, folder)
    keys = SessionKeys(*(bytes([number]) * 32 for number in range(8)))
    if role is Role.CUSTOMER:
        offer = await peer.link.connection.offer()
        say({"offer": offer})
        answer = (await _next_order())["answer"]
        await peer.link.connection.accept(answer)
    else:
        offer = (await _next_order())["offer"]
        answer = await peer.link.connection.answer(offer)
        say({"answer": answer})
    await peer.link.bind(keys, offer, answer, peer.keeper)
    peer.exchange = FileExchange(Surroundings(role, peer.link, peer.keeper), peer)
    peer.exchange.sender.yield_to_picture(given.get("yields", False))
    running = create_task(peer.link.run(), name="session link")
    await peer.keeper.write(EventType.SESSION_OPEN, _opening(role, given))
    say({"ready": True})
    await _follow(peer)
    await running


async def _follow(peer: FilePeer) -> None:
    while True:
        order = await _next_order()
        if "send" in order:
            await peer.send(Path(order["send"]))
        elif "type" in order:
            peer.typing = order["type"]
            if peer.typing:
                create_task(peer.type_keys(), name="type")
        else:
            await peer.link.end(Reason.ENDED_BY_TECHNICIAN)
            return


async def _next_order() -> dict[str, Any]:
    line = await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    order: dict[str, Any] = json.loads(line) if line else {"end": True}
    return order


def _keeper(given: dict[str, Any], folder: Path) -> RecordKeeper:
    keys = {lane: Ed25519PrivateKey.from_private_bytes(bytes.fromhex(given["signing"][lane])) for lane in ("C", "T")}
    public = {lane: key.public_key().public_bytes_raw() for lane, key in keys.items()}
    lane = given["role"]
    record = SessionRecord(
        session=SESSION,
        lane=lane,
        own_key=keys[lane],
        peer_key=public["T" if lane == "C" else "C"],
        log=LOG,
        entropy=lambda size: bytes(size),
    )
    header = JournalHeader(SESSION, lane, "DS-2026-000001", LOG, "http://relay", b"", b"", b"", b"")
    return RecordKeeper(
        record=record,
        journal=Journal(folder / "journal", header),
        record_key=bytes(32),
        signers=public,
        store=lambda events: True,
    )


def _opening(role: Role, given: dict[str, Any]) -> dict[str, object]:
    customer = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(given["signing"]["C"])).public_key()
    common: dict[str, object] = {
        "ticket": "DS-2026-000001",
        "certificate_sha256": "0" * 64,
        "customer_key": customer.public_bytes_raw().hex(),
        "th": "00" * 32,
    }
    if role is Role.CUSTOMER:
        return common | {"organisation": "Acme", "technician": "Tess"}
    return common | {"subject": "Printer", "purpose": "Look at it", "capabilities": ["see"]}


def main() -> None:
    """Be the side the argument describes."""
    logging.basicConfig(level=logging.INFO, format="%(relativeCreated)d %(name)s %(message)s")
    logging.getLogger("aiortc").setLevel(logging.WARNING)
    given = json.loads(sys.argv[1])
    # each side runs on the loop its program runs on
    loop_factory = asyncio.new_event_loop if given["role"] == Role.CUSTOMER.value else new_event_loop
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(_serve(given))


if __name__ == "__main__":
    main()
