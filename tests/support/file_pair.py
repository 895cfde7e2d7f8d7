"""Two file exchanges over a real link and a real second connection, past pairing, with real journals and disks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from protocol.channels import Channel
from protocol.files.transfer import Stage
from protocol.messages.files import FileOffered
from protocol.pairing.keys import Role
from protocol.transport.files.exchange import FileExchange
from protocol.transport.files.moving import Incoming
from protocol.transport.files.offered_file import FileToSend
from protocol.transport.files.owner import FilesOwner, Surroundings
from protocol.transport.files.status import FileStatus
from tests.support.two_parties import Party, two_parties

PATIENCE_S = 30.0


@dataclass(eq=False)
class Side(FilesOwner):
    """One side: takes every offer into `folder` unless `takes` is false."""

    party: Party
    folder: Path
    takes: bool = True
    may: bool = True
    offers: list[FileOffered] = field(default_factory=list)
    shown: list[tuple[FileStatus, ...]] = field(default_factory=list)
    done: list[FileStatus] = field(default_factory=list)
    exchange: FileExchange = field(init=False)

    def __post_init__(self) -> None:
        self.exchange = FileExchange(Surroundings(self.party.role, self.party.link, self.party.keeper), self)
        party = self.party

        async def feature_arrived(channel: Channel, data: bytes) -> None:
            await self.exchange.arrived(data)

        async def recorded(event: object, body: dict[str, object]) -> None:
            party.events.put_nowait(event)  # type: ignore[arg-type]
            await self.exchange.recorded()

        async def about_to_end() -> None:
            party.ended_calls += 1
            await self.exchange.close()

        party.feature_arrived = feature_arrived  # type: ignore[method-assign]
        party.recorded = recorded  # type: ignore[method-assign, assignment]
        party.about_to_end = about_to_end  # type: ignore[method-assign]
        party.connection_replaced = lambda replacement: self.exchange.connection_replaced()  # type: ignore[method-assign]

    def offered(self, incoming: Incoming, offer: FileOffered) -> None:
        self.offers.append(offer)
        if self.takes:
            asyncio.get_running_loop().create_task(self.exchange.accept(offer.transfer, self.folder))

    def may_send(self) -> bool:
        return self.may

    def settled(self, status: FileStatus) -> None:
        self.done.append(status)

    def changed(self, files: tuple[FileStatus, ...]) -> None:
        self.shown.append(files)

    async def send(self, path: Path) -> bytes:
        """Offer the file at `path`; return the transfer's name."""
        return await self.exchange.offer(await asyncio.to_thread(FileToSend, path))

    def status(self, transfer: bytes) -> FileStatus:
        """Return how a transfer is."""
        return next(status for status in self.exchange.statuses() if status.transfer == transfer)

    async def until(self, transfer: bytes, *stages: Stage, moved: int = 0) -> FileStatus:
        """Wait until a transfer is at one of `stages`, with at least so many bytes moved."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                known = {status.transfer for status in self.exchange.statuses()}
                if transfer in known:
                    status = self.status(transfer)
                    if status.stage in stages and status.moved_bytes >= moved:
                        return status
                await asyncio.sleep(0.002)

    def events(self, prefix: str = "file.") -> list[str]:
        """Return the types of this side's own events about files."""
        types = [held.event.type.value for held in self.party.keeper.record.own_events]
        return [name for name in types if name.startswith(prefix)]


@asynccontextmanager
async def file_pair(folder: Path, *, resumable: bool = False) -> AsyncIterator[tuple[Side, Side]]:
    """Yield (customer, technician)."""
    async with two_parties(folder, resumable=resumable) as (customer, technician):
        sides = Side(customer, folder / "of customer"), Side(technician, folder / "of technician")
        assert customer.role is Role.CUSTOMER
        try:
            yield sides
        finally:
            for side in sides:
                await side.exchange.close()
