"""The organisation, this technician's device, and everybody's certificates."""

import secrets
from typing import Any

from litestar import Request, get, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from protocol.errors import PeerError
from protocol.messages.relay_api import Device, DeviceCertificates, DeviceEnrolment, Organisation
from protocol.pairing.certificates import root_id
from relay.accounts.people import Person
from relay.accounts.permissions import Action
from relay.clock import Clock
from relay.storage.organisation import OrganisationStore, StoredDevice
from relay.tickets.sessions import organisation_missing
from relay.web.guarding import doing

_DEVICE_ID_BYTES = 8


def organisation_routes(organisation: OrganisationStore, *, clock: Clock) -> list[HTTPRouteHandler]:
    """Return the routes of this family."""

    @get(
        "/api/v1/organisation",
        opt=doing(Action.READ_ORGANISATION),
        summary="The organisation of this relay",
        tags=["organisation"],
    )
    async def show_organisation() -> Organisation:
        found = await organisation.get()
        if found is None:
            raise organisation_missing()
        return Organisation(name=found.name, root_key=found.root_key, root_id=root_id(found.root_key).hex())

    @put(
        "/api/v1/device",
        opt=doing(Action.ENROL_DEVICE),
        summary="Enrol the device this person works with",
        tags=["organisation"],
    )
    async def enrol(request: Request[Person, str, Any], data: JSONBody[DeviceEnrolment]) -> Device:
        await organisation.enrol(secrets.token_hex(_DEVICE_ID_BYTES), request.user.id, data, clock())
        return await current_device(request.user)

    @get(
        "/api/v1/device",
        opt=doing(Action.ENROL_DEVICE),
        summary="The device this person works with",
        tags=["organisation"],
    )
    async def show_device(request: Request[Person, str, Any]) -> Device:
        return await current_device(request.user)

    @get(
        "/api/v1/certificates",
        opt=doing(Action.READ_CERTIFICATES),
        summary="Every certificate that is valid now",
        tags=["organisation"],
    )
    async def certificates() -> DeviceCertificates:
        return DeviceCertificates(certificates=await organisation.valid_certificates(clock()))

    async def current_device(person: Person) -> Device:
        found = await organisation.current_device(person.id)
        if found is None:
            raise PeerError("no device", code="not_found", user_text="You have not enrolled a computer yet.")
        return _device(found, clock())

    return [show_organisation, enrol, show_device, certificates]


def _device(stored: StoredDevice, now_ms: int) -> Device:
    return Device(
        id=stored.id,
        signing_key=stored.signing_key,
        sealing_key=stored.sealing_key,
        label=stored.label,
        status=stored.status(now_ms),
        certificate=stored.certificate or b"",
    )
