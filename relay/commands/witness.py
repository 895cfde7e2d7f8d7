"""`deskside-relay witness`: a small program a second party runs, with a data folder of its own."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from protocol.errors import EnvironmentFault
from protocol.pairing.certificates import root_id
from relay.clock import Clock
from relay.commands.serve import listen, run_app
from relay.commands.terminal import write_line
from relay.config import ServeSettings, check_servable, public_origin
from relay.log.secret_files import unusable
from relay.log.witness import Witness
from relay.log.witness_app import build_witness
from relay.logs import log_to_stderr

_LOCK_FILE = "in-use.lock"


def init_witness(folder: Path, name: str) -> int:
    """Make a witness and show its keys.

    Raises:
        PeerError: the name is not allowed.
        EnvironmentFault: there is one already, or the folder cannot be written.
    """
    _show_keys(Witness.make(folder, name))
    return 0


def show_witness(folder: Path) -> int:
    """Write the witness's keys and the logs it cosigns for to stdout.

    Raises:
        EnvironmentFault: there is no witness in the folder.
    """
    witness = Witness.open(folder)
    _show_keys(witness)
    for certificate in witness.logs():
        write_line(f"Cosigns for {certificate.log} of {certificate.organisation}")
        write_line(f"  root id {root_id(certificate.root_key).hex()}")
    return 0


def trust_log(folder: Path, certificate: Path) -> int:
    """Cosign for the log of a certificate from now on.

    Raises:
        PeerError: not a certificate that holds, or the log is known with other keys.
        EnvironmentFault: a file cannot be read or written.
    """
    try:
        data = certificate.read_bytes()
    except OSError as error:
        raise unusable(certificate, error) from error
    found = Witness.open(folder).trust(data)
    write_line(f"Cosigns for {found.log} of {found.organisation}. Compare the organisation's root id with it:")
    write_line(f"  {root_id(found.root_key).hex()}")
    return 0


def serve_witness(settings: ServeSettings, clock: Clock) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code.

    Raises:
        NotServable: plain HTTP beyond this computer.
        EnvironmentFault: the folder or the address cannot be used, or another witness uses the folder.
    """
    check_servable(settings)
    log_to_stderr()
    witness = Witness.open(settings.data_dir)
    with _alone_in(settings.data_dir):
        listener = listen(settings.host, settings.port)
        port = listener.getsockname()[1]
        announcement = (
            f"Deskside witness ready at {public_origin(settings, port)} (listening on {settings.host} port {port}, "
            f"data in {settings.data_dir}, stop with Ctrl+C)"
        )
        return run_app(build_witness(witness, clock), settings, listener, announcement)


def _show_keys(witness: Witness) -> None:
    ed25519, ml_dsa_44 = witness.verifiers
    write_line(f"Witness {witness.name}. For a policy, take one of these keys (the short one is Ed25519):")
    write_line(ed25519.vkey)
    write_line(ml_dsa_44.vkey)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep a second witness off the folder: two that forget each other's answers could cosign two histories.

    Raises:
        EnvironmentFault: one is there (`folder_in_use`).
    """
    path = folder / _LOCK_FILE
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            _lock(descriptor)
        except OSError as error:
            raise EnvironmentFault(
                f"{path} is locked",
                code="folder_in_use",
                user_text=f"Another witness uses {folder} already.",
            ) from error
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
