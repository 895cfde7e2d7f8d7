"""Which installed packages the customer's program needs, and which of their files a customer needs."""

import re
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

from protocol.audit.export.verifier_file import PARTS

BUILD_ONLY = {"pycparser"}
"""cffi asks for it to read C headers, which happens when a package is built and never on a customer's computer."""

_NOT_SHIPPED_KINDS = {".py~", ".pyc", ".pyi", ".pyx", ".pxd", ".c", ".h", ".cpp", ".typed", ".rst", ".pth"}
_NOT_SHIPPED_FOLDERS = {"tests", "test", "__pycache__", "contrib", "include"}
_LICENCE = re.compile(r"(licen[cs]e|copying|notice|authors)", re.IGNORECASE)


@dataclass(frozen=True)
class Shipped:
    """One installed package: its name, exact version, and the licence its author states."""

    name: str
    version: str
    licence: str


def needed(root: Path) -> list[str]:
    """Return the names of every package the customer's program needs on this platform, sorted.

    `root` is the folder with pyproject.toml.

    Raises:
        PackageNotFoundError: one of them is not installed.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: set[str] = set()
    waiting = [*project["dependencies"], *project["optional-dependencies"]["customer"]]
    while waiting:
        wanted = Requirement(waiting.pop())
        name = canonical(wanted.name)
        if name in found | BUILD_ONLY or (wanted.marker is not None and not wanted.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        waiting += distribution(name).requires or []
    return sorted(found)


def unexpected_versions(root: Path, names: list[str]) -> list[str]:
    """Return a sentence for each package of `names` that is not installed in the version constraints.txt names."""
    pinned: dict[str, str] = {}
    for line in (root / "constraints.txt").read_text(encoding="utf-8").splitlines():
        name, found, version = line.partition(";")[0].strip().partition("==")
        if found and not name.startswith("#"):
            pinned[canonical(name)] = version
    installed = {name: distribution(name).version for name in names}
    return [
        f"{name} {version} is installed, constraints.txt says {pinned.get(name, 'nothing')}"
        for name, version in installed.items()
        if pinned.get(name) != version
    ]


def copy_distribution(name: str, libraries: Path, licences: Path) -> Shipped:
    """Copy what a customer needs of the installed package `name` into `libraries`, its licence texts into `licences`.

    Raises:
        PackageNotFoundError: it is not installed.
        OSError: a file could not be copied.
    """
    return copy_found(distribution(name), name, libraries, licences)


def copy_found(found: Distribution, name: str, libraries: Path, licences: Path) -> Shipped:
    """Do the same with the package `name` that is unpacked anywhere, for instance from a wheel for another system."""
    files = dict(_files(found))
    compiled = {one.with_name(one.name.partition(".")[0]) for one in files if one.suffix in (".so", ".pyd")}
    for relative, source in files.items():
        if ".dist-info" in relative.parts[0]:
            if relative.name == "METADATA":  # programs ask their packages for their versions
                _copy(source, libraries / relative)
            elif _LICENCE.search(relative.name):
                _copy(source, licences / name / relative.name)
        elif is_shipped(relative) and not (relative.suffix == ".py" and relative.with_suffix("") in compiled):
            _copy(source, libraries / relative)  # but not the source of a compiled module, which is never looked at
    return Shipped(name, found.version, stated_licence(found))


def is_shipped(relative: Path) -> bool:
    """Return whether a file at `relative`, as installed, belongs on a customer's computer."""
    inside = not relative.is_absolute() and ".." not in relative.parts
    kept = not _NOT_SHIPPED_FOLDERS & set(relative.parts[:-1])
    return inside and kept and relative.suffix not in _NOT_SHIPPED_KINDS


def copy_own(root: Path, package: str, libraries: Path) -> None:
    """Copy our package `package` from the checkout `root`, as it stands there."""
    for source in sorted((root / package).rglob("*")):
        relative = source.relative_to(root)
        if source.is_file() and is_shipped(relative) and source.suffix not in (".so", ".dll"):
            _copy(source, libraries / relative)


def copy_read_sources(root: Path, libraries: Path) -> None:
    """Copy those of our sources that are read and not run: the verifier that goes into the receipt a customer keeps."""
    for part in PARTS:
        relative = Path("protocol", "audit", "export", "verifier", f"{part}.py")
        _copy(root / relative, libraries / relative)


def canonical(name: str) -> str:
    """Return a package's name as package indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _files(found: Distribution) -> Iterator[tuple[Path, Path]]:
    for one in found.files or []:
        source = Path(str(found.locate_file(one)))
        if source.is_file():
            yield Path(str(one)), source


def stated_licence(found: Distribution) -> str:
    """Return the licence that the author of an installed package states."""
    stated = [*found.metadata.get_all("License-Expression", []), *found.metadata.get_all("License", [])]
    classified = [line.rpartition(":: ")[2] for line in found.metadata.get_all("Classifier", []) if "License" in line]
    return stated[0].split("\n", 1)[0].strip() if stated else ", ".join(classified) or "see its texts"


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o755 if source.suffix == ".so" or ".so." in source.name else 0o644)
