"""The packages the customer's program needs on Windows, as wheels in exactly the versions of constraints.txt.

pip reads the conditions of requirements for the system it runs on, so what depends on what is read here, from the
wheels themselves, with Windows' answers.
"""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import Distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import parse_wheel_filename

from installers.distributions import BUILD_ONLY, canonical
from installers.source_archives import SourceMissing

WINDOWS = {
    "extra": "",
    "implementation_name": "cpython",
    "os_name": "nt",
    "platform_machine": "AMD64",
    "platform_python_implementation": "CPython",
    "platform_system": "Windows",
    "python_full_version": "3.11.9",
    "python_version": "3.11",
    "sys_platform": "win32",
}
"""What conditions of requirements are told."""

_FOR_WINDOWS = (
    "--platform",
    "win_amd64",
    "--python-version",
    "3.11",
    "--implementation",
    "cp",
    "--only-binary",
    ":all:",
)
_ABIS = ("--abi", "cp311", "--abi", "abi3", "--abi", "none")


def unpacked(root: Path, kept: Path, folder: Path) -> dict[str, Distribution]:
    """Return every package needed, by name, each unpacked below `folder`; wheels are fetched into `kept` once.

    `root` is the folder with pyproject.toml and constraints.txt.

    Raises:
        SourceMissing: a wheel is not there and pip does not get it, or constraints.txt does not name its version.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = pinned_versions(root)
    found: dict[str, Distribution] = {}
    waiting = wanted_on_windows([*project["dependencies"], *project["optional-dependencies"]["customer"]])
    while waiting:
        _fetch([f"{name}=={_version(pinned, name)}" for name in waiting], kept)
        for name in sorted(waiting):
            found[name] = _unpack(_wheel(kept, name, _version(pinned, name)), folder / name)
        asked_for = [one for name in waiting for one in found[name].requires or []]
        waiting = wanted_on_windows(asked_for) - set(found)
    return dict(sorted(found.items()))


def wanted_on_windows(requirements: list[str]) -> set[str]:
    """Return the names of those `requirements` that count on Windows and when the program runs."""
    wanted = [Requirement(one) for one in requirements]
    names = {canonical(one.name) for one in wanted if one.marker is None or one.marker.evaluate(dict(WINDOWS))}
    return names - BUILD_ONLY


def pinned_versions(root: Path) -> dict[str, str]:
    """Return the version of each package as constraints.txt has it."""
    lines = (root / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.partition(";")[0].strip().partition("==") for line in lines if not line.startswith("#")]
    return {canonical(name): version for name, sign, version in pairs if sign}


def _version(pinned: dict[str, str], name: str) -> str:
    if name not in pinned:
        raise SourceMissing(f"constraints.txt does not say which version of {name} is tested.")
    return pinned[name]


def _wheel(kept: Path, name: str, version: str) -> Path:
    for wheel in sorted(kept.glob("*.whl")):
        its_name, its_version, _, _ = parse_wheel_filename(wheel.name)
        if (str(its_name), str(its_version)) == (name, version):
            return wheel
    raise SourceMissing(f"The wheel of {name} {version} for Windows is missing. Please put it into {kept}.")


def _fetch(wanted: list[str], kept: Path) -> None:
    """Have pip get those of `wanted` (`name==version`) that are not there."""
    kept.mkdir(parents=True, exist_ok=True)
    there = {
        f"{name}=={version}" for name, version, _, _ in (parse_wheel_filename(one.name) for one in kept.glob("*.whl"))
    }
    missing = sorted(set(wanted) - there)
    if missing:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += [*_FOR_WINDOWS, *_ABIS, "--dest", str(kept), *missing]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL)  # noqa: S603 - no shell


def _unpack(wheel: Path, folder: Path) -> Distribution:
    shutil.rmtree(folder, ignore_errors=True)
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder)
    return Distribution.at(next(folder.glob("*.dist-info")))
