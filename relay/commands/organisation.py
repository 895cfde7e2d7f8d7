"""`deskside-relay org`: the organisation, its root key and the devices it certifies."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.errors import PeerError
from protocol.pairing.certificates import device_fingerprint, issue_certificate, root_id
from relay.accounts.root_key import public_bytes, read_root_key, write_root_key
from relay.clock import HOUR_MS, SECOND_MS, Clock, iso_utc
from relay.commands.terminal import read_secret, write_line, write_table
from relay.storage.engine import Database
from relay.storage.migrate import open_data_folder
from relay.storage.organisation import OrganisationStore, StoredDevice, StoredOrganisation
from relay.tickets.sessions import organisation_missing

T = TypeVar("T")
_SERIAL_BYTES = 10

# A technician's clock may be behind the relay's; a customer's too.
_BACKDATED_S = 300


def init_organisation(data_dir: Path, clock: Clock, *, name: str, key_out: Path, passphrase_stdin: bool) -> int:
    """Make the organisation's root key, write it to `key_out`, and keep only its public half.

    Raises:
        PeerError: there is an organisation already, or the name is not allowed.
        EnvironmentFault: the file exists or cannot be written.
    """
    wanted = name.strip()
    if not 1 <= len(wanted) <= 200 or not wanted.isprintable():
        raise PeerError("organisation name", code="invalid_request", user_text="A name has 1 to 200 characters.")
    passphrase = _passphrase(passphrase_stdin)
    key = Ed25519PrivateKey.generate()
    public = public_bytes(key.public_key())

    async def create(store: OrganisationStore) -> None:
        if await store.get() is None:
            # The file first: an organisation whose private key was never saved could certify nobody, ever.
            write_root_key(key, key_out, passphrase)
        await store.create(wanted, public, clock())

    with_organisation(data_dir, clock, create)
    write_line(f"Made the organisation {wanted}.")
    write_line(f"Root id: {root_id(public).hex()}")
    write_line(f"The private root key is in {key_out} and nowhere else. Move it off this computer and keep a copy.")
    return 0


def show_organisation(data_dir: Path, clock: Clock) -> int:
    """Write name, root id and public key to stdout.

    Raises:
        PeerError: `organisation_missing`.
    """
    found = with_organisation(data_dir, clock, require_organisation)
    write_line(f"Name:       {found.name}")
    write_line(f"Root id:    {root_id(found.root_key).hex()}")
    write_line(f"Public key: {found.root_key.hex()}")
    return 0


def list_devices(data_dir: Path, clock: Clock) -> int:
    """Write every technician's device with its fingerprint to stdout."""
    devices = with_organisation(data_dir, clock, lambda store: store.current_devices())
    rows = [
        (
            device.id,
            device.account_display_name,
            device.label,
            device.status(clock()),
            "-" if device.not_after_ms is None else iso_utc(device.not_after_ms),
            device_fingerprint(device.signing_key, device.sealing_key),
        )
        for device in devices
    ]
    write_table(("DEVICE", "TECHNICIAN", "LABEL", "STATUS", "UNTIL", "FINGERPRINT"), rows)
    return 0


def certify(
    data_dir: Path,
    clock: Clock,
    *,
    org_key: Path,
    device: str | None,
    valid_hours: int,
    passphrase_stdin: bool,
) -> int:
    """Sign a certificate for one device, or for all that have none (`device` None), and keep the certificates.

    Raises:
        PeerError: wrong key or passphrase, no such device, no organisation.
        EnvironmentFault: the key file cannot be read.
    """
    key = read_root_key(org_key, _passphrase(passphrase_stdin))

    async def sign(store: OrganisationStore) -> list[StoredDevice]:
        organisation = await require_organisation(store)
        if public_bytes(key.public_key()) != organisation.root_key:
            raise PeerError(
                "another root",
                code="key_file_not_accepted",
                user_text=f"{org_key} is not the root key of {organisation.name}.",
            )
        chosen = _chosen(await store.current_devices(), device, clock())
        for one in chosen:
            now_s = clock() // SECOND_MS
            await _certify_one(store, key, organisation, one, now_s, valid_hours)
        return chosen

    for one in with_organisation(data_dir, clock, sign):
        write_line(f"Certified {one.label} of {one.account_display_name} for {valid_hours} hours.")
        write_line(f"  {device_fingerprint(one.signing_key, one.sealing_key)}")
    return 0


async def _certify_one(
    store: OrganisationStore,
    key: Ed25519PrivateKey,
    organisation: StoredOrganisation,
    device: StoredDevice,
    now_s: int,
    valid_hours: int,
) -> None:
    not_before, not_after = now_s - _BACKDATED_S, now_s + valid_hours * HOUR_MS // SECOND_MS
    certificate = issue_certificate(
        key,
        serial=secrets.token_hex(_SERIAL_BYTES),
        technician_id=device.account_id,
        name=device.account_display_name,
        organisation=organisation.name,
        signing_key=device.signing_key,
        sealing_key=device.sealing_key,
        roles=[device.account_role],
        not_before=not_before,
        not_after=not_after,
    )
    # A certificate is valid during its last second, too.
    await store.certify(device.id, certificate, not_before * SECOND_MS, (not_after + 1) * SECOND_MS)


def _chosen(devices: Sequence[StoredDevice], device: str | None, now_ms: int) -> list[StoredDevice]:
    if device is None:
        return [one for one in devices if one.status(now_ms) != "certified"]
    chosen = [one for one in devices if one.id == device]
    if not chosen:
        raise PeerError("no such device", code="not_found", user_text=f"There is no device {device}. See: org devices.")
    return chosen


async def require_organisation(store: OrganisationStore) -> StoredOrganisation:
    """Return the organisation.

    Raises:
        PeerError: there is none yet (`organisation_missing`).
    """
    found = await store.get()
    if found is None:
        raise organisation_missing()
    return found


def _passphrase(from_stdin: bool) -> bytes | None:
    if not from_stdin:
        return None
    passphrase = read_secret("Passphrase", from_stdin=True)
    if not passphrase:
        raise PeerError("empty", code="invalid_request", user_text="--passphrase-stdin: the passphrase is empty.")
    return passphrase.encode()


def with_organisation(data_dir: Path, clock: Clock, act: Callable[[OrganisationStore], Awaitable[T]]) -> T:
    """Run `act` on the organisation in the data folder and return what it returns.

    Raises:
        EnvironmentFault: the folder cannot be used.
    """
    path = open_data_folder(data_dir, clock())

    async def run() -> T:
        database = Database(path)
        try:
            return await act(OrganisationStore(database))
        finally:
            await database.close()

    return asyncio.run(run())
