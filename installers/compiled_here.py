"""Libraries that came in no package because the recipe for older systems compiled them (`installers/manylinux`).

AlmaLinux has no x264 and no static zstd, and an older Opus than the one that is tested.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from installers.source_archives import SourceArchive
from installers.system_package import SystemPackage, TermsMissing
from installers.windows_ffmpeg import OPUS, X264

ZSTD = SourceArchive(
    name="zstd",
    version="1.5.7",
    licence="BSD-3-Clause OR GPL-2.0-only",
    file="zstd-1.5.7.tar.gz",
    folder="zstd-1.5.7",
    sha256="eb33e51f49a15e023950cd7825ca74a4a2b43db8354825ac24fc1b7ee09e6fa3",
    on_mirrors="",
    address="https://github.com/facebook/zstd/releases/download/v1.5.7/zstd-1.5.7.tar.gz",
)
"""In the unpacker; `prepare.sh` fetches and compiles it."""

SOURCES = {"libx264": X264, "libopus": OPUS, "libzstd": ZSTD}
"""What each was compiled from, by the first part of the library's name."""

TERMS = Path("share", "licenses")
"""Where the recipe puts their terms, below the folder whose `lib` they are in."""


@dataclass(frozen=True)
class CompiledPackage(SystemPackage):
    """A library compiled from `source`, and the file with its terms."""

    source: SourceArchive
    terms: Path

    FAMILY: ClassVar[str] = "compiled"
    SOURCES: ClassVar[str] = "x264, Opus and zstd from the archives whose SHA-256 is below"

    @property
    def address(self) -> str:
        """Its package URL (purl), with the sum of its source."""
        return f"pkg:generic/{self.name}@{self.version}?checksum=sha256:{self.source.sha256}"

    @property
    def licence(self) -> str:
        """Its terms, and the sum of the source that belongs to them."""
        return f"{self.source.licence}, source SHA-256 {self.source.sha256}"

    @property
    def texts(self) -> dict[str, Path]:
        """Its terms, as they lie in its source."""
        return {self.terms.name: self.terms}


def compiled_here(library: Path) -> CompiledPackage | None:
    """Return what `library` was compiled from by the recipe; None where it is none of those.

    Raises:
        TermsMissing: the recipe did not put its terms down.
    """
    source = SOURCES.get(library.name.partition(".")[0])
    if source is None:
        return None
    terms = library.parent.parent / TERMS / source.name / "COPYING"
    if not terms.is_file():
        raise TermsMissing(f"{library} came in no package, and its terms are not in {terms.parent}")
    return CompiledPackage(source.name, source.version, source, terms)
