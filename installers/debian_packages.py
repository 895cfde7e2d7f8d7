"""Which Debian package a library of this computer comes from, in which version, and under which terms."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from installers.system_package import SystemPackage, places_of

STATUS = Path("/var/lib/dpkg/status")
"""The list of what is installed: a system that has it keeps its packages with dpkg."""


@dataclass(frozen=True)
class DebianPackage(SystemPackage):
    """An installed package and the file with its terms."""

    terms: Path

    FAMILY: ClassVar[str] = "debian"
    SOURCES: ClassVar[str] = "the Debian source packages of the versions below (apt-get source NAME=VERSION)"

    @property
    def address(self) -> str:
        """Its package URL (purl)."""
        version = self.version.replace("+", "%2B").replace(":", "%3A")
        return f"pkg:deb/debian/{self.name}@{version}"

    @property
    def licence(self) -> str:
        """Empty: Debian has a text for each package and no word."""
        return ""

    @property
    def texts(self) -> dict[str, Path]:
        """The one file every package of Debian has."""
        return {"copyright": self.terms}


class DebianRecords:
    """What dpkg knows."""

    def owner_of(self, library: Path) -> DebianPackage | None:
        """Return the package that `library` belongs to; None where it was not installed by Debian.

        Raises:
            OSError, subprocess.CalledProcessError: dpkg does not answer.
        """
        return owner_of(library)


def owner_of(library: Path) -> DebianPackage | None:
    """Return the package that `library` belongs to; None where it was not installed by Debian.

    Raises:
        OSError, subprocess.CalledProcessError: dpkg does not answer.
    """
    for path in places_of(library):
        command = ["dpkg-query", "--search", str(path)]
        found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
        if found.returncode == 0:
            name = found.stdout.split(": ", 1)[0].partition(",")[0]
            plain = name.partition(":")[0]
            return DebianPackage(plain, _version(name), Path("/usr/share/doc", plain, "copyright"))
    return None


def _version(name: str) -> str:
    command = ["dpkg-query", "--show", "--showformat=${Version}", name]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - no shell
