"""The Python environment inside a package: the wheel and what it needs, for the Python of this Debian release.

It is a virtual environment at a fixed place without the tools that made it: `bin/python3` is a link to Debian's Python.
"""

import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import Distribution, distributions
from pathlib import Path

from installers.distributions import Shipped, canonical, stated_licence
from installers.linux import BuildRefused
from installers.shared_libraries import compiled_files, strip
from installers.wheel import PACKAGES, ROOT

PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"

_TOOLS = {"bin", "include"}
_NOT_SHIPPED = {".pyi", ".pyx", ".pxd", ".h", ".c", ".cpp", ".pyc"}
_PIPS_OWN = {"RECORD", "REQUESTED", "INSTALLER", "direct_url.json"}
"""What pip notes for itself, one of them with a path of this computer. What is installed is dpkg's business here."""


def check_python() -> None:
    """Check that this is the Python of this Debian release: compiled packages are for one version.

    Raises:
        BuildRefused: it is another one, or there is none in /usr/bin.
    """
    try:
        theirs = Path("/usr/bin/python3").resolve(strict=True).name
    except OSError as fault:
        raise BuildRefused("Debian packages are made on Debian or Ubuntu: there is no /usr/bin/python3.") from fault
    if theirs != PYTHON:
        raise BuildRefused(f"Debian's Python here is {theirs}, this is {PYTHON}: make clean, and use /usr/bin/python3.")


def fill(folder: Path, place: str, wheel: Path, extra: str, packages: tuple[str, ...]) -> Path:
    """Make the environment in the new `folder` that will lie at `place`; return its folder of packages.

    From `wheel` it gets what the `extra` asks for, and of ours only `packages`.

    Raises:
        OSError, subprocess.CalledProcessError: a step failed.
    """
    libraries = folder / "lib" / PYTHON / "site-packages"
    libraries.mkdir(parents=True)
    install(libraries, f"{wheel}[{extra}]")
    for name in _TOOLS | (set(PACKAGES) - set(packages)):
        shutil.rmtree(libraries / name, ignore_errors=True)
    _leave_out(libraries)
    strip(compiled_files(libraries))
    (folder / "bin").mkdir()
    (folder / "bin" / "python3").symlink_to(Path("../../../bin", PYTHON))
    settings = ["home = /usr/bin", "include-system-site-packages = false", f"prompt = {Path(place).name}", ""]
    (folder / "pyvenv.cfg").write_text("\n".join(settings), encoding="utf-8")
    return libraries


def install(libraries: Path, requirement: str) -> None:
    """Have pip put `requirement` and all it needs into `libraries`, in the versions that are tested.

    Raises:
        subprocess.CalledProcessError: pip failed; its message is on stderr.
    """
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-compile"]
    command += ["--only-binary", ":all:", "--target", str(libraries), "--constraint", str(ROOT / "constraints.txt")]
    subprocess.run([*command, requirement], check=True)  # noqa: S603 - no shell


def shipped(libraries: Path) -> list[Shipped]:
    """Return the foreign packages in `libraries`, by name."""
    ours = canonical(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"])
    found = [_shipped(one) for one in distributions(path=[str(libraries)])]
    return sorted((one for one in found if canonical(one.name) != ours), key=lambda one: one.name)


def _shipped(one: Distribution) -> Shipped:
    return Shipped(canonical(one.name), one.version, stated_licence(one))


def _leave_out(libraries: Path) -> None:
    for tests in sorted(libraries.rglob("tests")):
        if tests.is_dir():
            shutil.rmtree(tests)
    for path in sorted(libraries.rglob("*")):
        is_pips = path.name in _PIPS_OWN and path.parent.name.endswith(".dist-info")
        if path.is_file() and (is_pips or path.suffix in _NOT_SHIPPED):
            path.unlink()
