"""Both programs' desks for files with their permissions, over a real link, past pairing; people answer as told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from customer_client.session.files import CustomerFiles
from customer_client.session.permissions import Permissions
from customer_client.session.questions import Questions, Request
from customer_client.session.state import Answer, CustomerViewState, FilesShown
from customer_client.session.view import View
from protocol.audit.events import EventType
from protocol.channels import FILES, Channel
from protocol.files.transfer import Stage
from protocol.messages.consent import Capability, CapabilityAnswered, CapabilityRevoked
from protocol.transport.files.status import FileStatus
from protocol.transport.tasks import create_task
from technician_app.controllers.files import TechnicianFiles
from technician_app.controllers.permissions import AskedPermissions, PermissionOwner
from technician_app.controllers.session_state import FilesShown as FilesShownToTechnician
from tests.support.permission_desk import Worker
from tests.support.two_parties import Party, two_parties

PATIENCE_S = 20.0


class Desks:
    """`customer` and `technician` are the desks; `asking` is what the customer's program was told about asking."""

    def __init__(self, customer: Party, technician: Party, folder: Path) -> None:
        self.parties = customer, technician
        self.asking: list[bool] = []
        self.told = FilesShownToTechnician()
        view = View(lambda state: None, relay="relay.example")
        view.asking_changed = self.asking.append
        self.view = view
        self.permissions = Permissions(
            keeper=customer.keeper,
            send=customer.link.send,
            questions=Questions(lambda question: None),
            make_request=lambda what, why, deadline: Request(what, "Acme", "Tess", "DS-1", "Printer", why, deadline),
            changed=lambda: None,
        )
        self.permissions.register(Worker(), Capability.SEE)
        self.asked = AskedPermissions(
            keeper=technician.keeper,
            send=technician.link.send,
            changed=lambda *_: self.technician.permissions_changed(),
        )
        self.technician = TechnicianFiles(folder / "of technician", shown=self._shown, begin=self._begin)
        self.asked.register(PermissionOwner(), Capability.SEE)
        self.technician.attach(technician.link, technician.keeper, self.asked)
        self.customer = CustomerFiles(
            customer.link, customer.keeper, self.permissions, view, "Tess", folder=folder / "of customer"
        )
        _serve(customer, self.customer, self._customer_control)
        _serve(technician, self.technician, self._technician_control)

    async def begin(self) -> None:
        """The customer lets the technician see the screen."""
        await self.permissions.open((Capability.SEE,), Answer(frozenset({Capability.SEE})))
        await self.until(lambda: self.asked.allows(Capability.SEE), "seeing")

    @property
    def window(self) -> FilesShown:
        """What the customer's window of files shows."""
        state: CustomerViewState = self.view.state
        return state.files or FilesShown("Tess", (), None, "")

    def offers(self) -> list[FileStatus]:
        """Return the files the customer is asked about."""
        return [file for file in self.window.files if file.stage is Stage.OFFERED and not file.outgoing]

    async def until(self, holds: Callable[[], Any], what: str) -> Any:
        """Wait until `holds` returns something true, and return it."""
        async with asyncio.timeout(PATIENCE_S):
            while not (found := holds()):
                await asyncio.sleep(0.005)
        return found

    def recorded(self, lane: int) -> list[str]:
        """Return the types of a side's own events about files and consent (0: customer, 1: technician)."""
        types = [held.event.type.value for held in self.parties[lane].keeper.record.own_events]
        return [name for name in types if name.startswith(("file.", "consent."))]

    def _shown(self, files: FilesShownToTechnician) -> None:
        self.told = files

    def _begin(self, coroutine: Any, name: str) -> None:
        create_task(coroutine, name=name)

    async def _customer_control(self, message: Any) -> None:
        if isinstance(message, CapabilityRevoked):
            await self.permissions.revoke(message.capability, "given_back", tell=False)
        else:
            self.permissions.requested(message)

    async def _technician_control(self, message: Any) -> None:
        if isinstance(message, CapabilityAnswered):
            await self.asked.answered(message)
        elif isinstance(message, CapabilityRevoked):
            await self.asked.revoked(message)


def _serve(party: Party, desk: CustomerFiles | TechnicianFiles, control: Callable[[Any], Any]) -> None:
    async def feature_arrived(channel: Channel, data: bytes) -> None:
        assert channel == FILES
        await desk.exchange.arrived(data)

    async def recorded(event: Any, body: dict[str, object]) -> None:
        party.events.put_nowait(event)
        await desk.exchange.recorded()

    party.feature_arrived = feature_arrived  # type: ignore[method-assign]
    party.recorded = recorded  # type: ignore[method-assign]
    party.control_arrived = control  # type: ignore[method-assign]
    party.about_to_end = desk.close  # type: ignore[method-assign]


@asynccontextmanager
async def file_desks(folder: Path) -> AsyncIterator[Desks]:
    """Yield desks of a session in which the screen is seen."""
    async with two_parties(folder) as (customer, technician):
        assert customer.keeper.record.event("T", 0).event.type is EventType.SESSION_OPEN  # type: ignore[union-attr]
        desks = Desks(customer, technician, folder)
        await desks.begin()
        try:
            yield desks
        finally:
            await desks.customer.close()
            await desks.technician.close()
