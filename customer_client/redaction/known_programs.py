"""Which programs keep passwords: a list in a data file, compared by name. Pure after the list was read; any thread."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_LIST = Path(__file__).with_name("password_managers.toml")
_ENDINGS = (".exe", ".app", ".appimage")


@dataclass(frozen=True)
class NameList:
    """Names in lower case: those that are meant whole, and beginnings."""

    whole: frozenset[str]
    beginnings: tuple[str, ...]

    @classmethod
    def of(cls, names: Iterable[str]) -> "NameList":
        """Return the list of `names`; one that ends in `*` is a beginning."""
        lowered = [name.strip().casefold() for name in names]
        return cls(
            frozenset(name for name in lowered if not name.endswith("*")),
            tuple(name.removesuffix("*") for name in lowered if name.endswith("*")),
        )

    def has(self, name: str) -> bool:
        """Say whether `name` is meant; an empty one never is."""
        lowered = name.strip().casefold()
        return bool(lowered) and (lowered in self.whole or lowered.startswith(self.beginnings))


@dataclass(frozen=True)
class KnownPrograms:
    """The programs whose windows and clipboard are nobody else's business."""

    classes: NameList
    programs: NameList

    def has_class(self, names: Iterable[str]) -> bool:
        """Say whether a window that calls itself one of `names` belongs to such a program."""
        return any(self.classes.has(name) for name in names)

    def has_program(self, file_name: str) -> bool:
        """Say whether the program with this file name is one."""
        lowered = file_name.casefold()
        for ending in _ENDINGS:
            lowered = lowered.removesuffix(ending)
        return self.programs.has(lowered)


@cache
def password_managers() -> KnownPrograms:
    """Return the list that comes with this program."""
    entries = tomllib.loads(_LIST.read_text(encoding="utf-8")).values()
    return KnownPrograms(
        NameList.of(name for entry in entries for name in entry["classes"]),
        NameList.of(name for entry in entries for name in entry["programs"]),
    )
