"""`python -m installers build --target linux`: make the files customers download."""

import argparse
import subprocess
import sys
from pathlib import Path

from installers import linux

OUT = linux.ROOT / "build" / "client"


def main(arguments: list[str] | None = None) -> int:
    """Build what is asked for and say what was made. Return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m installers", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="make the files for one platform")
    build.add_argument("--target", choices=["linux"], default="linux", help="the platform the file is for")
    build.add_argument("--out", type=Path, default=OUT, metavar="DIR", help="where the files go (build/client)")
    build.add_argument("--trust", type=Path, metavar="FILE", help="trust.json of an organisation's own build")
    options = parser.parse_args(arguments)
    try:
        made = linux.build(options.out, trust=options.trust)
    except (linux.BuildRefused, OSError, subprocess.CalledProcessError) as fault:
        print(fault, file=sys.stderr)
        return 1
    size_mb = made.program.stat().st_size / 1e6
    print(f"{made.program}: {size_mb:.1f} MB, SHA-256 {made.sha256}")
    print(f"{made.tarball}: the same, to be offered by web pages; {made.sizes}: bytes by part")
    return 0


if __name__ == "__main__":
    sys.exit(main())
