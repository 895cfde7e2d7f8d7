"""FFmpeg's source: one archive, known by its SHA-256, from Debian or from FFmpeg itself."""

import hashlib
import shutil
import subprocess
import tarfile
import urllib.request
from contextlib import suppress
from pathlib import Path

VERSION = "8.1.2"
"""Of FFmpeg; the one PyAV's wheel is built with."""

SHA256 = "464beb5e7bf0c311e68b45ae2f04e9cc2af88851abb4082231742a74d97b524c"
"""Of FFmpeg's own release archive, which Debian passes on unchanged."""

ADDRESS = f"https://ffmpeg.org/releases/ffmpeg-{VERSION}.tar.xz"
_PLACE_ON_MIRRORS = f"pool/main/f/ffmpeg/ffmpeg_{VERSION}.orig.tar.xz"
_TIMEOUT_S = 60


class SourceMissing(Exception):
    """FFmpeg's source could not be had; the text says what a person can do."""


def unpacked_source(kept: Path) -> Path:
    """Return a fresh folder in `kept` with the source; the archive is fetched once and kept there.

    Raises:
        SourceMissing: neither is it there, nor could it be fetched.
    """
    archive = source_archive(kept)
    folder = kept / f"ffmpeg-{VERSION}"
    shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(archive) as tar:
        tar.extractall(kept, filter="data")
    return folder


def source_archive(kept: Path) -> Path:
    """Return the path of the archive in `kept`, fetched if it is not there.

    Raises:
        SourceMissing: it could not be fetched, or what came is something else.
    """
    archive = kept / f"ffmpeg-{VERSION}.tar.xz"
    if is_the_source(archive):
        return archive
    kept.mkdir(parents=True, exist_ok=True)
    for fetch in (_from_debian, _from_ffmpeg):
        with suppress(OSError, subprocess.SubprocessError):
            fetch(archive)
        if is_the_source(archive):
            return archive
    raise SourceMissing(
        f"FFmpeg {VERSION} is needed to build, and neither Debian nor ffmpeg.org gave it. "
        f"Please put {ADDRESS} into {kept}."
    )


def is_the_source(archive: Path, sha256: str = SHA256) -> bool:
    """Return whether `archive` is there and is the very archive that is known."""
    return archive.is_file() and hashlib.sha256(archive.read_bytes()).hexdigest() == sha256


def _from_debian(archive: Path) -> None:
    """Fetch what the Debian mirrors of this computer keep, through apt's own downloader, which knows its proxies."""
    listing = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    told = subprocess.run(  # noqa: S603 - no shell
        listing, check=True, capture_output=True, text=True, timeout=_TIMEOUT_S
    )
    for mirror in sorted(set(told.stdout.split())):
        address = f"{mirror.rstrip('/')}/{_PLACE_ON_MIRRORS}"
        command = ["/usr/lib/apt/apt-helper", "download-file", address, str(archive.resolve()), f"SHA256:{SHA256}"]
        done = subprocess.run(command, check=False, capture_output=True, timeout=_TIMEOUT_S)  # noqa: S603 - no shell
        if done.returncode == 0:
            return


def _from_ffmpeg(archive: Path) -> None:
    with urllib.request.urlopen(ADDRESS, timeout=_TIMEOUT_S) as answer:
        archive.write_bytes(answer.read())
