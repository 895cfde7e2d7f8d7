"""`python -m installers package --target ...`: what technicians and those who run a relay install."""

import argparse
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from installers import checksums, container, flatpak, wheel
from installers.debian import package as debian

if TYPE_CHECKING:
    # argparse has no public name for what add_subparsers returns.
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

OUT = wheel.ROOT / "build" / "packages"
TARGETS = ("wheel", "deb", "container", "flatpak", "all")


def add_command(commands: "Commands") -> None:
    """Add the command to the parser's `commands`."""
    parser = commands.add_parser("package", help="make what technicians and those who run a relay install")
    parser.add_argument(
        "--target", choices=TARGETS, required=True, help="wheel (for pip and pipx) or deb (with wheels)"
    )
    parser.add_argument("--out", type=Path, default=OUT, metavar="DIR", help="where they go (build/packages)")
    parser.add_argument("--revision", type=int, default=1, metavar="N", help="of the Debian packages (1)")


def make(target: str, out: Path, *, revision: int = 1) -> list[Path]:
    """Make the wheels and what `target` asks for on top, with `SHA256SUMS`, in the folder `out`.

    `deb` are the Debian packages; `container` and `flatpak` are folders of that name, to be built by the tools for
    those; `all` is everything. Return the paths of the files that were made.

    Raises:
        BuildRefused: the Debian packages cannot be made with this Python.
        OSError, subprocess.CalledProcessError: a step failed.
    """
    made = wheel.build(out)
    newest = made[-1]
    if target in ("deb", "all"):
        made += [debian.build(kind, newest, out, version=version(), revision=revision) for kind in debian.KINDS]
    if target in ("container", "all"):
        container.make_context(newest, out)
    if target in ("flatpak", "all"):
        flatpak.make_context(newest, out)
    checksums.write(out, [path.name for path in made])
    return made


def version() -> str:
    """Return the version pyproject.toml states."""
    project = tomllib.loads((wheel.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def run(options: argparse.Namespace) -> None:
    """Do what the command line asks for and say what was made."""
    for path in make(options.target, options.out, revision=options.revision):
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
