"""Which RPM package a library of this computer comes from, in which version, and under which terms.

Written for AlmaLinux 8, on which the manylinux_2_28 image is made. Tried against a real rpm database, never there.
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from installers.system_package import SystemPackage, TermsMissing, places_of

_FORMAT = r"%{NAME}\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\t%{LICENSE}\t%{ARCH}\t%{SOURCERPM}\n"
_FILES = r"[%{FILEFLAGS:fflags}\t%{FILENAMES}\n]"
"""Each file with letters for what it is: `l` terms (%license), `d` documents. Every rpm tells it."""
_LOOKS_LIKE_TERMS = re.compile(r"(COPYING|LICEN[CS]E|COPYRIGHT|NOTICE|README\.license|license\.terms)", re.IGNORECASE)


@dataclass(frozen=True)
class RpmPackage(SystemPackage):
    """An installed package, its terms in a few words, its architecture, and the files with its terms."""

    words: str
    architecture: str
    terms: tuple[Path, ...]

    FAMILY: ClassVar[str] = "rpm"
    SOURCES: ClassVar[str] = "the source RPMs of the versions below (dnf download --source NAME-VERSION)"

    @property
    def address(self) -> str:
        """Its package URL (purl): the epoch is a word of its own there."""
        epoch, _, version = self.version.rpartition(":")
        asked = f"arch={self.architecture}" + (f"&epoch={epoch}" if epoch else "")
        return f"pkg:rpm/almalinux/{quote(self.name, safe='')}@{quote(version, safe='')}?{asked}"

    @property
    def licence(self) -> str:
        """What the package says of itself."""
        return self.words

    @property
    def texts(self) -> dict[str, Path]:
        """The files by name; one whose name is taken already gets that of its folder in front."""
        named: dict[str, Path] = {}
        for text in self.terms:
            named[text.name if text.name not in named else f"{text.parent.name}-{text.name}"] = text
        return named


class RpmRecords:
    """What rpm knows; `rpm` is how it is called, for instance with a database elsewhere."""

    def __init__(self, rpm: tuple[str, ...] = ("rpm",)) -> None:
        self._rpm = rpm

    def owner_of(self, library: Path) -> RpmPackage | None:
        """Return the package that `library` belongs to; None where it came in no package.

        Raises:
            TermsMissing: none of its files is a text with its terms.
            OSError, subprocess.CalledProcessError: rpm does not answer.
        """
        for path in places_of(library):
            # A path that is not there is an error to rpm, like one in no package.
            told = self._ask("-qf", "--qf", _FORMAT, str(path), check=False) if path.exists() else ""
            if "\t" in told:
                name, version, words, architecture, source = told.splitlines()[0].split("\t")
                return RpmPackage(name, version, words, architecture, self._terms(name, source))
        return None

    def _terms(self, name: str, source: str) -> tuple[Path, ...]:
        """Return the texts a package is marked with, else those among its documents, else of what was built with it.

        Raises:
            TermsMissing: there are none, as in images that were made without documents.
        """
        built_with_it = [line.split("\t") for line in self._ask("-qa", "--qf", r"%{NAME}\t%{SOURCERPM}\n").splitlines()]
        others = sorted({other for other, of in built_with_it if of == source} - {name})
        for asked in (name, *others):
            documents = [path for path in self._files("d", asked) if _LOOKS_LIKE_TERMS.match(path.name)]
            found = self._files("l", asked) or documents
            if found:
                return tuple(found)
        raise TermsMissing(
            f"The terms of {name} are not on this computer. Images leave documents out; this brings them: "
            f"dnf --setopt=tsflags= reinstall {name}"
        )

    def _files(self, kind: str, package: str) -> list[Path]:
        """Return the files of this `kind` (a letter) that are really there, sorted."""
        told = [line.partition("\t") for line in self._ask("-q", "--qf", _FILES, package).splitlines()]
        return sorted({path for flags, _, name in told if kind in flags and (path := Path(name)).is_file()})

    def _ask(self, *question: str, check: bool = True) -> str:
        done = subprocess.run(  # noqa: S603 - no shell
            [*self._rpm, *question], capture_output=True, text=True, check=check, env={"LC_ALL": "C", "PATH": _PATH}
        )
        return done.stdout


_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
