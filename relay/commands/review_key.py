"""`deskside-relay org review-key`: the key auditors open records with; its private half never reaches the relay."""

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from protocol.errors import EnvironmentFault, PeerError
from protocol.pairing.certificates import root_id
from protocol.review_key import (
    issue_review_certificate,
    read_review_certificate,
    verify_review_certificate,
    write_key_file,
)
from relay.accounts.root_key import public_bytes, read_root_key
from relay.clock import SECOND_MS, Clock, iso_utc
from relay.commands.organisation import require_organisation, with_organisation
from relay.commands.review_desk import ReviewDesk, with_review
from relay.commands.terminal import read_secret, write_line, write_table
from relay.review.kinds_of_data import DAY_MS

_SERIAL_BYTES = 10
_BACKDATED_S = 300


def make_review_key(
    data_dir: Path, clock: Clock, *, org_key: Path, key_out: Path, valid_days: int, passphrase_stdin: bool
) -> int:
    """Make a review key, write its private half to the new file `key_out` under a passphrase, keep its certificate.

    The passphrase is asked for, then that of the organisation's key (empty when it has none); with `passphrase_stdin`
    they are the first two lines of stdin.

    Raises:
        PeerError: passphrase too short, wrong organisation key, no organisation.
        EnvironmentFault: a file cannot be read or written.
    """
    organisation = with_organisation(data_dir, clock, require_organisation)
    passphrase = read_secret("Passphrase of the new review key", from_stdin=passphrase_stdin, twice=True).encode()
    root_passphrase = read_secret("Passphrase of the organisation's key", from_stdin=passphrase_stdin).encode()
    root = read_root_key(org_key, root_passphrase or None)
    if public_bytes(root.public_key()) != organisation.root_key:
        raise PeerError(
            "another root",
            code="key_file_not_accepted",
            user_text=f"{org_key} is not the root key of {organisation.name}.",
        )
    key, now_s = X25519PrivateKey.generate(), clock() // SECOND_MS
    certificate = issue_review_certificate(
        root,
        serial=secrets.token_hex(_SERIAL_BYTES),
        organisation=organisation.name,
        sealing_key=key.public_key().public_bytes_raw(),
        not_before=now_s - _BACKDATED_S,
        not_after=now_s + valid_days * DAY_MS // SECOND_MS,
    )
    verify_review_certificate(certificate, root_id=root_id(organisation.root_key), unix_now=now_s)
    # The file first: a certified key whose private half was never saved would lose every record sealed to it.
    _write_new(key_out, write_key_file(key, passphrase, secrets.token_bytes))

    async def act(desk: ReviewDesk) -> None:
        await desk.keys.add(certificate, clock())

    with_review(data_dir, clock, act)
    write_line(f"Made a review key of {organisation.name}, valid for {valid_days} days.")
    write_line(f"Its private half is in {key_out} and nowhere else: give it to the auditors, keep a copy, and move it")
    write_line("off this computer. Sessions from now on can be read with it and its passphrase.")
    return 0


def list_review_keys(data_dir: Path, clock: Clock) -> int:
    """Write every review key's serial and dates to stdout."""

    async def act(desk: ReviewDesk) -> tuple[bytes, ...]:
        return await desk.keys.certificates()

    rows = []
    for data in with_review(data_dir, clock, act):
        certificate = read_review_certificate(data)
        rows.append(
            (
                certificate.serial,
                iso_utc(certificate.not_before * SECOND_MS),
                iso_utc(certificate.not_after * SECOND_MS),
            )
        )
    write_table(("SERIAL", "FROM", "UNTIL"), rows)
    return 0


def _write_new(path: Path, content: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        reason = "it already exists" if isinstance(error, FileExistsError) else str(error.strerror)
        raise EnvironmentFault(
            f"{path}: {error}",
            code="key_file_unusable",
            user_text=f"The key file {path} cannot be written: {reason}.",
        ) from error
