"""Source archives by other authors, each known by its SHA-256, from Debian's mirrors or from the authors."""

import hashlib
import shutil
import subprocess
import tarfile
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TIMEOUT_S = 60


class SourceMissing(Exception):
    """Something that is built here could not be had; the text says what a person can do."""


@dataclass(frozen=True)
class SourceArchive:
    """An archive: its `licence` (SPDX), its `file` name here, the `folder` in it, where mirrors of Debian keep it.

    Its authors' `address` is empty where they offer no archive; then Debian alone has it, and `page` is theirs.
    """

    name: str
    version: str
    licence: str
    file: str
    folder: str
    sha256: str
    on_mirrors: str
    address: str
    page: str = ""


def unpacked(archive: SourceArchive, kept: Path) -> Path:
    """Return a fresh folder in `kept` with the source; the archive is fetched once and kept there.

    Raises:
        SourceMissing: neither is it there, nor could it be fetched.
    """
    file = fetched(archive, kept)
    folder = kept / archive.folder
    shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(file) as tar:
        tar.extractall(kept, filter="data")
    return folder


def fetched(archive: SourceArchive, kept: Path) -> Path:
    """Return the path of the archive in `kept`, fetched if it is not there.

    Raises:
        SourceMissing: it could not be fetched, or what came is something else.
    """
    file = kept / archive.file
    if is_known(file, archive.sha256):
        return file
    kept.mkdir(parents=True, exist_ok=True)
    for fetch in (_from_debian, _from_its_authors):
        with suppress(OSError, subprocess.SubprocessError):
            fetch(archive, file)
        if is_known(file, archive.sha256):
            return file
    raise SourceMissing(
        f"{archive.name} {archive.version} is needed to build, and neither Debian nor its authors gave it. "
        f"Please put it into {kept} as {archive.file}."
    )


def is_known(file: Path, sha256: str) -> bool:
    """Return whether `file` is there and is the very archive that is known."""
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == sha256


def _from_debian(archive: SourceArchive, file: Path) -> None:
    """Fetch what the Debian mirrors of this computer keep, through apt's own downloader, which knows its proxies."""
    listing = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    told = subprocess.run(  # noqa: S603 - no shell
        listing, check=True, capture_output=True, text=True, timeout=_TIMEOUT_S
    )
    for mirror in sorted(set(told.stdout.split())):
        address = f"{mirror.rstrip('/')}/{archive.on_mirrors}"
        command = ["/usr/lib/apt/apt-helper", "download-file", address, str(file.resolve()), f"SHA256:{archive.sha256}"]
        done = subprocess.run(command, check=False, capture_output=True, timeout=_TIMEOUT_S)  # noqa: S603 - no shell
        if done.returncode == 0:
            return


def _from_its_authors(archive: SourceArchive, file: Path) -> None:
    if not archive.address.startswith("https://"):
        raise OSError(archive.address)
    with urllib.request.urlopen(archive.address, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - https
        file.write_bytes(answer.read())
