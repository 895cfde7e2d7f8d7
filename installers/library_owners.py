"""Where the libraries that are given away come from: two kinds of systems give the same answer.

`debian_packages` asks dpkg and `rpm_packages` asks rpm; the one whose database this system keeps is taken.
"""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from installers.compiled_here import compiled_here
from installers.debian_packages import STATUS, DebianRecords
from installers.rpm_packages import RpmRecords
from installers.system_package import SystemPackage, TermsMissing


class PackageRecords(Protocol):
    """What a system knows of the packages installed on it."""

    def owner_of(self, library: Path) -> SystemPackage | None:
        """Return the package that `library` belongs to; None where it came in no package.

        Raises:
            TermsMissing: the package's terms are not on this computer.
            OSError, subprocess.CalledProcessError: the system does not answer.
        """


def records_of_this_system(status: Path = STATUS) -> PackageRecords:
    """Return the side that this system keeps its packages with; `status` is dpkg's list of them.

    Raises:
        TermsMissing: neither is here, so nobody can say under which terms the system's libraries are.
    """
    # A Debian may have rpm as a tool, and an RPM system dpkg: what counts is the list.
    if status.is_file() and shutil.which("dpkg-query"):
        return DebianRecords()
    if shutil.which("rpm"):
        return RpmRecords()
    raise TermsMissing("Neither dpkg nor rpm is here to say which packages the libraries of this system come from.")


def owners_of(libraries: Sequence[Path], records: PackageRecords) -> list[SystemPackage]:
    """Return what `libraries` of this computer belong to, each once, sorted by name; this Python's own are left out.

    Raises:
        TermsMissing: nobody knows under which terms one of them is.
        OSError, subprocess.CalledProcessError: the system does not answer.
    """
    found = set[SystemPackage]()
    for library in libraries:
        owner = records.owner_of(library) or compiled_here(library)
        if owner is not None:
            found.add(owner)
        elif not is_of_this_python(library):
            raise TermsMissing(f"{library} came in no package: nobody knows under which terms it may be given away.")
    return sorted(found, key=lambda package: package.name)


def is_of_this_python(library: Path, prefix: Path = Path(sys.base_prefix)) -> bool:
    """Return whether `library` came with the Python in `prefix`, whose terms (`LICENSE.txt`) speak of it too."""
    shared_with_others = prefix in (Path("/usr"), Path("/usr/local"))
    return library.name.startswith("libpython") or (not shared_with_others and library.is_relative_to(prefix))
