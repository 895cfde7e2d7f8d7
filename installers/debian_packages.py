"""Which Debian package a library of this computer comes from, in which version, and under which terms."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DebianPackage:
    """An installed package and the file with its terms."""

    name: str
    version: str
    terms: Path


def owner_of(library: Path) -> DebianPackage | None:
    """Return the package that `library` belongs to; None where it was not installed by Debian.

    Raises:
        OSError, subprocess.CalledProcessError: dpkg does not answer.
    """
    # Debian 12 keeps /lib as a link to /usr/lib, and dpkg knows each file by the one path it was packed with.
    real = library.resolve()
    for path in (real, Path("/", *real.parts[2:])):
        command = ["dpkg-query", "--search", str(path)]
        found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
        if found.returncode == 0:
            name = found.stdout.split(": ", 1)[0].partition(",")[0]
            plain = name.partition(":")[0]
            return DebianPackage(plain, _version(name), Path("/usr/share/doc", plain, "copyright"))
    return None


def copy_terms(packages: list[DebianPackage], licences: Path) -> None:
    """Copy the terms of each of `packages` into the folder `licences`.

    Raises:
        OSError: one of them has none.
    """
    for package in packages:
        target = licences / package.name / "copyright"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(package.terms, target)


def _version(name: str) -> str:
    command = ["dpkg-query", "--show", "--showformat=${Version}", name]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - no shell
