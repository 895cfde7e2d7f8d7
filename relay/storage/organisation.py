"""The organisation and the devices it certifies, on disk."""

from dataclasses import dataclass

from sqlalchemy import select

from protocol.errors import PeerError
from protocol.messages.relay_api import DeviceEnrolment
from relay.accounts.people import Role
from relay.storage.engine import Database
from relay.storage.schema import AccountRow, DeviceRow, OrganisationRow


@dataclass(frozen=True)
class StoredOrganisation:
    """The organisation's name and its Ed25519 root public key (32 bytes)."""

    name: str
    root_key: bytes


@dataclass(frozen=True)
class StoredDevice:
    """An enrolled device and whose it is. The certificate fields are None until the organisation certified it."""

    id: str
    account_id: str
    account_display_name: str
    account_role: str
    signing_key: bytes
    sealing_key: bytes
    label: str
    enrolled_at_ms: int
    certificate: bytes | None
    not_before_ms: int | None
    not_after_ms: int | None

    def status(self, now_ms: int) -> str:
        """Return `pending` (no certificate), `certified`, or `expired` (the certificate is not valid now)."""
        if self.not_before_ms is None or self.not_after_ms is None:
            return "pending"
        return "certified" if self.not_before_ms <= now_ms < self.not_after_ms else "expired"


class OrganisationStore:
    """Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, name: str, root_key: bytes, now_ms: int) -> None:
        """Keep the organisation of this relay.

        Raises:
            PeerError: there is one already (`organisation_exists`).
        """
        async with self._database.writing() as session:
            if await session.get(OrganisationRow, 1) is not None:
                raise PeerError(
                    "already there",
                    code="organisation_exists",
                    user_text="This relay already has an organisation. Its root key cannot be replaced.",
                )
            session.add(OrganisationRow(id=1, name=name, root_key=root_key, created_at_ms=now_ms))

    async def get(self) -> StoredOrganisation | None:
        """Return the organisation, None before `org init`."""
        async with self._database.reading() as session:
            row = await session.get(OrganisationRow, 1)
        return None if row is None else StoredOrganisation(row.name, row.root_key)

    async def enrol(self, device_id: str, account_id: str, enrolment: DeviceEnrolment, now_ms: int) -> None:
        """Make the enrolled keys the account's one current device; another one it had is replaced.

        The same signing key again keeps its certificate, unless the sealing key is another.

        Raises:
            PeerError: the signing key belongs to somebody else's device (`invalid_request`).
        """
        async with self._database.writing() as session:
            rows = await session.scalars(select(DeviceRow).where(DeviceRow.account_id == account_id))
            for other in rows:
                other.replaced_at_ms = other.replaced_at_ms or now_ms
            row = await session.scalar(select(DeviceRow).where(DeviceRow.signing_key == enrolment.signing_key))
            if row is None:
                row = DeviceRow(id=device_id, account_id=account_id, signing_key=enrolment.signing_key)
                row.enrolled_at_ms = now_ms
                session.add(row)
            elif row.account_id != account_id:
                raise PeerError(
                    "signing key of another account",
                    code="invalid_request",
                    user_text="signing_key: this key cannot be enrolled.",
                )
            elif row.sealing_key != enrolment.sealing_key:
                row.certificate = row.not_before_ms = row.not_after_ms = None
            row.sealing_key, row.label, row.replaced_at_ms = enrolment.sealing_key, enrolment.label, None

    async def current_device(self, account_id: str) -> StoredDevice | None:
        """Return the device the account works with now."""
        devices = await self._devices(DeviceRow.account_id == account_id)
        return devices[0] if devices else None

    async def current_devices(self) -> list[StoredDevice]:
        """Return the current device of every enabled account, oldest enrolment first."""
        return await self._devices()

    async def certify(self, device_id: str, certificate: bytes, not_before_ms: int, not_after_ms: int) -> None:
        """Keep the newest certificate of a device."""
        async with self._database.writing() as session:
            row = await session.get_one(DeviceRow, device_id)
            row.certificate, row.not_before_ms, row.not_after_ms = certificate, not_before_ms, not_after_ms

    async def valid_certificates(self, now_ms: int) -> tuple[bytes, ...]:
        """Return every certificate of a current device that is valid at `now_ms`, but none of administrators."""
        # What is sealed to devices is for those who may read it.
        readers = AccountRow.role != Role.ADMINISTRATOR.value
        devices = await self._devices(DeviceRow.not_before_ms <= now_ms, DeviceRow.not_after_ms > now_ms, readers)
        return tuple(device.certificate for device in devices if device.certificate is not None)

    async def _devices(self, *conditions: object) -> list[StoredDevice]:
        query = (
            select(DeviceRow, AccountRow)
            .join(AccountRow, AccountRow.id == DeviceRow.account_id)
            .where(DeviceRow.replaced_at_ms.is_(None), AccountRow.disabled_at_ms.is_(None), *conditions)  # type: ignore[arg-type]
            .order_by(DeviceRow.enrolled_at_ms, DeviceRow.id)
        )
        async with self._database.reading() as session:
            return [_device(device, account) for device, account in await session.execute(query)]


def _device(row: DeviceRow, account: AccountRow) -> StoredDevice:
    return StoredDevice(
        id=row.id,
        account_id=row.account_id,
        account_display_name=account.display_name,
        account_role=account.role,
        signing_key=row.signing_key,
        sealing_key=row.sealing_key,
        label=row.label,
        enrolled_at_ms=row.enrolled_at_ms,
        certificate=row.certificate,
        not_before_ms=row.not_before_ms,
        not_after_ms=row.not_after_ms,
    )
