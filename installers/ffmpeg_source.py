"""FFmpeg's source: one archive, known by its SHA-256, from Debian or from FFmpeg itself."""

from pathlib import Path

from installers.source_archives import SourceArchive, SourceMissing, fetched, is_known, unpacked

VERSION = "8.1.2"
"""Of FFmpeg; the one PyAV's wheel is built with."""

SHA256 = "464beb5e7bf0c311e68b45ae2f04e9cc2af88851abb4082231742a74d97b524c"
"""Of FFmpeg's own release archive, which Debian passes on unchanged."""

ADDRESS = f"https://ffmpeg.org/releases/ffmpeg-{VERSION}.tar.xz"

FFMPEG = SourceArchive(
    name="FFmpeg",
    version=VERSION,
    licence="GPL-2.0-or-later",
    file=f"ffmpeg-{VERSION}.tar.xz",
    folder=f"ffmpeg-{VERSION}",
    sha256=SHA256,
    on_mirrors=f"pool/main/f/ffmpeg/ffmpeg_{VERSION}.orig.tar.xz",
    address=ADDRESS,
)

__all__ = [
    "ADDRESS",
    "FFMPEG",
    "SHA256",
    "VERSION",
    "SourceMissing",
    "is_the_source",
    "source_archive",
    "unpacked_source",
]


def unpacked_source(kept: Path) -> Path:
    """Return a fresh folder in `kept` with the source; the archive is fetched once and kept there.

    Raises:
        SourceMissing: neither is it there, nor could it be fetched.
    """
    return unpacked(FFMPEG, kept)


def source_archive(kept: Path) -> Path:
    """Return the path of the archive in `kept`, fetched if it is not there.

    Raises:
        SourceMissing: it could not be fetched, or what came is something else.
    """
    return fetched(FFMPEG, kept)


def is_the_source(archive: Path, sha256: str = SHA256) -> bool:
    """Return whether `archive` is there and is the very archive that is known."""
    return is_known(archive, sha256)
