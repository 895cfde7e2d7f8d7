"""`python -m installers build --target linux`: make the files customers download; `sign`: sign what was made."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from installers import authenticode, checksums, linux, package, sizes, windows
from installers.macos import build as macos
from installers.source_archives import SourceMissing
from installers.system_package import TermsMissing

OUT = linux.ROOT / "build" / "client"
_FAULTS = (
    *(linux.BuildRefused, SourceMissing, TermsMissing, checksums.NotSigned),
    *(OSError, subprocess.CalledProcessError),
)
_ANNOUNCED = {"linux": sizes.ANNOUNCED, "windows": windows.ANNOUNCED}


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked for and say what was made. Return the exit status."""
    options = _parser().parse_args(arguments)
    commands = {"build": _build, "package": package.run, "sign": _sign}
    try:
        commands[options.command](options)
    except _FAULTS as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m installers", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="make the files for one platform")
    build.add_argument(
        "--target", choices=sorted({*_ANNOUNCED, "macos"}), default="linux", help="the platform the file is for"
    )
    build.add_argument("--trust", type=Path, metavar="FILE", help="trust.json of an organisation's own build")
    build.add_argument("--announce", action="store_true", help="the sizes are meant: write them down as the new ones")
    package.add_command(commands)
    sign = commands.add_parser("sign", help=f"sign {checksums.SUMS} with the key in {checksums.KEY_VARIABLE}")
    for command in (build, sign):
        command.add_argument("--out", type=Path, default=OUT, metavar="DIR", help="where the files are (build/client)")
    return parser


def _build(options: argparse.Namespace) -> None:
    if options.target == "macos":
        print(f"{macos.build(options.out, trust=options.trust)}: not signed yet")
        return
    recipe, announced = windows.build if options.target == "windows" else linux.build, _ANNOUNCED[options.target]
    made = recipe(options.out, trust=options.trust)
    print(f"{made.program}: {made.program.stat().st_size / 1e6:.1f} MB, SHA-256 {made.sha256}")
    if made.tarball is not None:
        print(f"{made.tarball}: the same, to be offered by web pages")
    print(f"{made.sizes}: bytes by part")
    if options.announce:
        sizes.announce(made.sizes, announced)
    for growth in sizes.unannounced(made.sizes, announced):
        again = f"python -m installers build --target {options.target} --announce"
        print(f"unannounced: {growth}. If it is meant: {again}", file=sys.stderr)


def _sign(options: argparse.Namespace) -> None:
    if (options.out / macos.APP).is_dir():
        macos.sign(options.out, os.environ)
        print(f"{options.out / macos.ARCHIVE}: signed and notarized")
        return
    if authenticode.is_wanted(os.environ):
        windows.sign(options.out, os.environ)
        print(f"{options.out / windows.NAME}: signed, which is in its sum")
    print(f"{checksums.sign(options.out, os.environ)}: check it with {checksums.PUBLIC_KEY}")


if __name__ == "__main__":
    sys.exit(main())
