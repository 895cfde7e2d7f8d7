"""`python -m fuzz` lists the targets; `python -m fuzz notes --seconds 600` runs one until it fails or time is up."""

import argparse
import sys
from pathlib import Path

from fuzz.running import ROOT, is_possible, search


def main(arguments: list[str]) -> int:
    """Run one target, or list all; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("target", nargs="?", help="which parser; without it, all are listed")
    parser.add_argument("--seconds", type=int, default=60, help="how long (60)")
    parser.add_argument("--seed", type=int, default=0, help="the same search again; 0 for another one each time")
    parser.add_argument("--folder", type=Path, help="where inputs that fail are kept (build/fuzz/TARGET)")
    parser.add_argument("--input", type=Path, help="only try the input in this file")
    options = parser.parse_args(arguments)
    if options.target is None or options.input is not None:
        return _without_search(options.target, options.input)
    if not is_possible():
        print("Atheris is not installed: it has no wheel for this system.")
        return 2
    folder = options.folder or ROOT / "build" / "fuzz" / options.target
    folder.mkdir(parents=True, exist_ok=True)
    search(options.target, seconds=options.seconds, seed=options.seed, folder=folder)
    return 0


def _without_search(name: str | None, path: Path | None) -> int:
    from fuzz.catalogue import TARGETS
    from protocol.errors import PeerError

    if name is None or path is None:
        print("\n".join(TARGETS))
        return 0
    try:
        TARGETS[name].run(path.read_bytes())
    except PeerError as error:
        print(f"refused: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
