"""A package of this system with a library in it that is given away, and its terms, which are given away with it."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


class TermsMissing(Exception):
    """Something that is given away has no terms on this computer; the text says of what, and what a person can do."""


@dataclass(frozen=True)
class SystemPackage(ABC):
    """An installed package: its name and version as its system writes them."""

    name: str
    version: str

    FAMILY: ClassVar[str]
    """What `sizes.json` calls packages of this kind."""
    SOURCES: ClassVar[str]
    """Where their complete source is, for the text with the terms."""

    @property
    @abstractmethod
    def address(self) -> str:
        """Its package URL (purl)."""

    @property
    @abstractmethod
    def licence(self) -> str:
        """Its terms in a few words, where the system knows them; else empty."""

    @property
    @abstractmethod
    def texts(self) -> dict[str, Path]:
        """The files with its terms on this computer, by the name each gets in the folder of the package."""

    @property
    def place(self) -> str:
        """Where its terms lie below the folder with everybody's."""
        names = list(self.texts)
        return f"{self.name}/{names[0]}" if len(names) == 1 else self.name


def places_of(library: Path) -> tuple[Path, Path]:
    """Return the paths a package may know `library` by: the real one, and the one without /usr, where /lib is a link.

    Debian 12 keeps /lib as a link to /usr/lib, and dpkg knows each file by the one path it was packed with.
    """
    real = library.resolve()
    return real, Path("/", *real.parts[2:])


def copy_terms(packages: Sequence[SystemPackage], licences: Path) -> None:
    """Copy the terms of each of `packages` into the folder `licences`.

    Raises:
        OSError: one of them has none.
    """
    for package in packages:
        for name, text in package.texts.items():
            target = licences / package.name / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(text, target)
