"""`deskside-relay log` and `org certify-log`: the log's certificate, what it holds, whether the disk still fits it."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from protocol.audit.log.certificate import issue_log_certificate, read_log_certificate
from protocol.audit.log.checkpoint import LogKeys
from protocol.audit.log.policy import NO_WITNESSES, parse_policy, print_policy
from protocol.errors import EnvironmentFault, PeerError
from relay.accounts.root_key import public_bytes, read_root_key
from relay.clock import HOUR_MS, SECOND_MS, Clock, iso_utc
from relay.commands.terminal import read_secret, write_line
from relay.log.check import LogCheck
from relay.log.keys import log_keys
from relay.log.secret_files import write_durably
from relay.storage.engine import Database
from relay.storage.log import LogStore
from relay.storage.log_reading import LogReader
from relay.storage.migrate import open_data_folder
from relay.storage.organisation import OrganisationStore
from relay.tickets.sessions import organisation_missing

T = TypeVar("T")
_SERIAL_BYTES = 10
_BACKDATED_S = 300
"""A customer's clock may be behind the relay's."""


@dataclass(frozen=True)
class LogCertification:
    """What is certified: under which root key, for how many days, with which witnesses.

    `name` is the log's, for its very first certificate; `out` a new file for the certificate, for witnesses.
    """

    org_key: Path
    passphrase_stdin: bool
    witness_policy: Path | None
    require_receipt: bool
    valid_days: int
    name: str
    out: Path | None


def certify_log(data_dir: Path, clock: Clock, wanted: LogCertification) -> int:
    """Sign the log's certificate with the organisation's root key and keep it; the running relay shows it from now on.

    Raises:
        PeerError: no organisation, another root key, or a policy that cannot be read.
        EnvironmentFault: a file cannot be read or written.
    """
    passphrase = read_secret("Passphrase", from_stdin=True).encode() if wanted.passphrase_stdin else None
    root = read_root_key(wanted.org_key, passphrase)
    policy = print_policy(NO_WITNESSES) if wanted.witness_policy is None else _read_text(wanted.witness_policy)
    parse_policy(policy)

    async def keep(database: Database) -> bytes:
        organisation = await OrganisationStore(database).get()
        if organisation is None:
            raise organisation_missing()
        if public_bytes(root.public_key()) != organisation.root_key:
            raise PeerError(
                "another root",
                code="key_file_not_accepted",
                user_text=f"{wanted.org_key} is not the root key of {organisation.name}.",
            )
        keys = _named_keys(data_dir, wanted.name)
        now_s = clock() // SECOND_MS
        serial = secrets.token_hex(_SERIAL_BYTES)
        not_before, not_after = now_s - _BACKDATED_S, now_s + wanted.valid_days * 24 * HOUR_MS // SECOND_MS
        certificate = issue_log_certificate(
            root,
            keys,
            serial=serial,
            organisation=organisation.name,
            policy=policy,
            require_receipt=wanted.require_receipt,
            not_before=not_before,
            not_after=not_after,
        )
        dates_ms = (not_before * SECOND_MS, (not_after + 1) * SECOND_MS)
        await LogStore(database).keep_certificate(serial, certificate, dates_ms, clock())
        return certificate

    certificate = _with_database(data_dir, clock, keep)
    if wanted.out is not None:
        write_durably(wanted.out, certificate, new=True)
        write_line(f"Wrote {wanted.out}. Give it to your witnesses: deskside-relay witness trust --certificate FILE")
    write_line(f"Certified the log {read_log_certificate(certificate).log} for {wanted.valid_days} days.")
    return 0


def show_log(data_dir: Path, clock: Clock) -> int:
    """Write the log's name and keys, its certificate, and the size of every tree."""
    keys = log_keys(_opened(data_dir, clock)).public

    async def read(database: Database) -> tuple[bytes | None, list[str]]:
        store = LogStore(database)
        trees = []
        for origin in await store.origins():
            head = next(iter(await store.newest_heads(origin)), None)
            size = 0 if head is None else head.checkpoint.size
            witnessed = 0 if head is None else len(head.cosignatures)
            trees.append(f"{origin}: {size} leaves signed, {witnessed} cosignatures under the newest checkpoint")
        return await store.certificate(clock()), trees

    certificate, trees = _with_database(data_dir, clock, read)
    write_line(f"Name: {keys.name}")
    if certificate is None:
        write_line("Certificate: none that is valid now. See: deskside-relay org certify-log")
    else:
        found = read_log_certificate(certificate)
        write_line(f"Certificate: until {iso_utc(found.not_after * SECOND_MS)}, {_witnesses(found.witnesses.fewest)}")
    for line in trees:
        write_line(line)
    return 0


def check_log(data_dir: Path, clock: Clock) -> int:
    """Compare the record and the log on disk with what was signed; return 1 when something was changed."""
    keys = log_keys(_opened(data_dir, clock)).public
    report = _with_database(data_dir, clock, lambda database: LogCheck(LogReader(database), keys).run())
    for fault in report.faults:
        where = f" (session {fault.session}, lane {fault.lane}, event {fault.seq})" if fault.session else ""
        write_line(f"{fault.place}: {fault.text}{where}")
    write_line(f"Looked at {report.leaves} leaves, {report.events} events and {report.checkpoints} checkpoints.")
    write_line("The log does not hold." if report.faults else "Everything fits.")
    return 1 if report.faults else 0


def _named_keys(data_dir: Path, name: str) -> LogKeys:
    """Return the log's keys, made under `name` when there are none."""
    keys = log_keys(data_dir, name).public
    if name and keys.name != name:
        raise PeerError(
            "another name",
            code="invalid_request",
            user_text=f"This relay's log is called {keys.name}; a log keeps its name.",
        )
    return keys


def _witnesses(fewest: int) -> str:
    return "no witnesses" if not fewest else f"at least {fewest} of its witnesses must cosign"


def _opened(data_dir: Path, clock: Clock) -> Path:
    return open_data_folder(data_dir, clock()).parent


def _with_database(data_dir: Path, clock: Clock, act: Callable[[Database], Awaitable[T]]) -> T:
    path = open_data_folder(data_dir, clock())

    async def run() -> T:
        database = Database(path)
        try:
            return await act(database)
        finally:
            await database.close()

    return asyncio.run(run())


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EnvironmentFault(
            f"{path}: {error}", code="file_unusable", user_text=f"{path} cannot be read as text."
        ) from error
