"""Microsoft's signature on the Windows file, made on Linux by `osslsigncode`.

The signature is in the file: it may be renamed as one likes, and one changed byte breaks it. Anybody checks it with

    osslsigncode verify -CAfile <the authority's certificate> -in Deskside.exe

or, on Windows, in the file's properties.
"""

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from installers.checksums import NotSigned

CERTIFICATE_VARIABLE = "DESKSIDE_WINDOWS_CERTIFICATE"
"""Of the environment: the certificate and those between it and the authority, as PEM text."""

KEY_VARIABLE = "DESKSIDE_WINDOWS_KEY"
"""Its private key as PEM text without a passphrase, or a `pkcs11:` address of one in a security token."""

MODULE_VARIABLE = "DESKSIDE_PKCS11_MODULE"
"""Path of the library that speaks with the security token; needed for `pkcs11:` addresses only."""

TIMESTAMP_VARIABLE = "DESKSIDE_TIMESTAMP_URL"
"""Address of a server for timestamps (RFC 3161). Without one the signature ends with its certificate."""

_LONGEST_S = 120


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Return whether somebody set what signing takes, or some of it."""
    return any(environment.get(name) for name in (CERTIFICATE_VARIABLE, KEY_VARIABLE))


def sign(program: Path, environment: Mapping[str, str]) -> None:
    """Replace `program` by the same with a signature, made with what is in `environment`.

    Raises:
        NotSigned: a certificate or key is missing or does not fit, or the timestamp could not be had.
    """
    certificate, key = (environment.get(name, "") for name in (CERTIFICATE_VARIABLE, KEY_VARIABLE))
    if not certificate or not key:
        raise NotSigned(f"To sign {program.name}, set both {CERTIFICATE_VARIABLE} and {KEY_VARIABLE}.")
    # A private folder that is gone afterwards: the tool takes its key from a file.
    with tempfile.TemporaryDirectory() as folder:
        signed = Path(folder, "signed.exe")
        command = ["osslsigncode", "sign", "-h", "sha256", "-n", "Deskside"]
        command += ["-certs", _kept(Path(folder, "certificates.pem"), certificate)]
        if key.startswith("pkcs11:"):
            command += ["-pkcs11module", environment.get(MODULE_VARIABLE, ""), "-key", key]
        else:
            command += ["-key", _kept(Path(folder, "key.pem"), key)]
        if environment.get(TIMESTAMP_VARIABLE):
            command += ["-ts", environment[TIMESTAMP_VARIABLE]]
        _run([*command, "-in", str(program), "-out", str(signed)], program.name)
        program.write_bytes(signed.read_bytes())


def verifies(program: Path, authority: Path) -> bool:
    """Return whether `program` carries a valid signature of which `authority` (PEM file) is the root."""
    command = ["osslsigncode", "verify", "-CAfile", str(authority), "-in", str(program)]
    done = subprocess.run(command, capture_output=True, timeout=_LONGEST_S, check=False)  # noqa: S603 - no shell
    return done.returncode == 0


def _kept(path: Path, text: str) -> str:
    path.touch(0o600)
    path.write_text(text, encoding="ascii")
    return str(path)


def _run(command: list[str], name: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - no shell
            command, capture_output=True, text=True, timeout=_LONGEST_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise NotSigned(f"{name} was not signed: {fault}") from fault
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise NotSigned(f"{name} was not signed: {said[-1] if said else done.returncode}")
