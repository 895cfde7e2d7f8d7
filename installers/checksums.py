"""`SHA256SUMS`, as `sha256sum --check` reads it, and its signature.

The signature is Ed25519 over the bytes of `SHA256SUMS`; anybody with OpenSSL can check it:

    openssl pkeyutl -verify -pubin -inkey deskside-release.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"
PUBLIC_KEY = "deskside-release.pem"
KEY_VARIABLE = "DESKSIDE_RELEASE_KEY"
"""Of the environment: the private key, Ed25519, as PEM text without a passphrase. Never a file of the checkout."""


class NotSigned(Exception):
    """Nothing was signed; the text says why, for the person who releases."""


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write(folder: Path, names: Iterable[str]) -> Path:
    """Write the sums of the files called `names` in `folder`, take an older signature away, and return the path.

    Files of other platforms that were summed before and are still there keep their lines.
    """
    target = folder / SUMS
    known = target.read_text(encoding="utf-8").splitlines() if target.is_file() else []
    told = {name: sha256 for sha256, _, name in (line.partition("  ") for line in known) if (folder / name).is_file()}
    told |= {name: sha256_of(folder / name) for name in names}
    (folder / SIGNATURE).unlink(missing_ok=True)
    target.write_text("".join(f"{sha256}  {name}\n" for name, sha256 in sorted(told.items())), encoding="utf-8")
    return target


def changed(folder: Path) -> list[str]:
    """Return the names of the files in `folder` that are missing or are not what `SHA256SUMS` says."""
    lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    told = {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}
    return [
        name for name, sha256 in told.items() if not (folder / name).is_file() or sha256_of(folder / name) != sha256
    ]


def sign(folder: Path, environment: Mapping[str, str]) -> Path:
    """Sign `SHA256SUMS` in `folder` with the key in `environment`; return the signature's path.

    The public key is written beside it.

    Raises:
        NotSigned: there is no key, it is no Ed25519 key, or a file is not what the sums say.
    """
    pem = environment.get(KEY_VARIABLE, "")
    if not pem:
        raise NotSigned(f"There is no key in {KEY_VARIABLE}.")
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as fault:
        raise NotSigned(f"{KEY_VARIABLE} holds no private key as PEM text without a passphrase.") from fault
    if not isinstance(key, Ed25519PrivateKey):
        raise NotSigned(f"The key in {KEY_VARIABLE} is not an Ed25519 key.")
    wrong = changed(folder)
    if wrong:
        raise NotSigned(f"Not what {SUMS} says: {', '.join(wrong)}. Please build again.")
    (folder / SIGNATURE).write_bytes(key.sign((folder / SUMS).read_bytes()))
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / PUBLIC_KEY).write_bytes(public)
    return folder / SIGNATURE
