"""`deskside-relay org`: the organisation, its root key and the devices it certifies."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.errors import PeerError
from protocol.pairing.certificates import device_fingerprint, issue_certificate, root_id
from relay.accounts.proof_key import VALID_DAYS, certify_proof_key, read_proof_key
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
    """Make the organisation's root key, write it to `key_out`, keep only its public half, and certify this relay.

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
    certify_proof_key(data_dir, key, wanted, now_s=clock() // SECOND_MS, new_key=True)
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
    write_line(f"This relay: {_standing_of_relay(data_dir, found, clock())}")
    return 0


def certify_relay(
    data_dir: Path, clock: Clock, *, org_key: Path, valid_days: int, new_key: bool, passphrase_stdin: bool
) -> int:
    """Certify that this relay is the organisation's; the running relay proves it with that from now on.

    With `new_key` the relay's key is made anew: after somebody may have copied it.

    Raises:
        PeerError: wrong key or passphrase, no organisation.
        EnvironmentFault: a file cannot be read or written.
    """
    key = read_root_key(org_key, _passphrase(passphrase_stdin))
    organisation = with_organisation(data_dir, clock, lambda store: _organisation_of(store, key, org_key))
    certify_proof_key(
        data_dir,
        key,
        organisation.name,
        now_s=clock() // SECOND_MS,
        valid_hours=24 * valid_days,
        new_key=new_key,
    )
    write_line(f"Certified this relay of {organisation.name} for {valid_days} days.")
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

    The relay's own certificate is made anew as well, so that it never ends before theirs.

    Raises:
        PeerError: wrong key or passphrase, no such device, no organisation.
        EnvironmentFault: the key file cannot be read.
    """
    key = read_root_key(org_key, _passphrase(passphrase_stdin))

    async def sign(store: OrganisationStore) -> list[StoredDevice]:
        organisation = await _organisation_of(store, key, org_key)
        hours = max(valid_hours, 24 * VALID_DAYS)
        certify_proof_key(data_dir, key, organisation.name, now_s=clock() // SECOND_MS, valid_hours=hours)
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


async def _organisation_of(store: OrganisationStore, key: Ed25519PrivateKey, org_key: Path) -> StoredOrganisation:
    organisation = await require_organisation(store)
    if public_bytes(key.public_key()) != organisation.root_key:
        raise PeerError(
            "another root",
            code="key_file_not_accepted",
            user_text=f"{org_key} is not the root key of {organisation.name}.",
        )
    return organisation


def _standing_of_relay(data_dir: Path, organisation: StoredOrganisation, now_ms: int) -> str:
    held = read_proof_key(data_dir)
    if held is None or held.read.root_key != organisation.root_key:
        return "not certified, so customers are turned away. See: deskside-relay org certify-relay"
    until = iso_utc(held.read.not_after * SECOND_MS)
    return f"certified until {until}" if held.read.not_after >= now_ms // SECOND_MS else f"not certified since {until}"


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
