"""Fetch axe-core, which the tests judge the join page's accessibility with: `python -m setup.axe`.

It comes from npm in the one version below, is checked against its published hash, and stays in `build/`: nothing of it
is in this repository or in a release. Standard library only.
"""

import subprocess
import sys
from pathlib import Path

VERSION = "4.14.1"
INTEGRITY = "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
FOLDER = Path(__file__).resolve().parent.parent / "build" / "axe-core"
SCRIPT = FOLDER / VERSION / "node_modules" / "axe-core" / "axe.min.js"
LONGEST_S = 180

_LOCK = """{
  "lockfileVersion": 3,
  "packages": {
    "": {"dependencies": {"axe-core": "%(version)s"}},
    "node_modules/axe-core": {"version": "%(version)s", "integrity": "%(integrity)s"}
  }
}
"""


def fetch() -> str | None:
    """Put axe-core where the tests look for it, unless it is there. Return None, or one line that says why not."""
    if SCRIPT.is_file():
        return None
    folder = FOLDER / VERSION
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(f'{{"private": true, "dependencies": {{"axe-core": "{VERSION}"}}}}\n')
    # A lock file makes npm refuse anything whose hash is another.
    (folder / "package-lock.json").write_text(_LOCK % {"version": VERSION, "integrity": INTEGRITY})
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(  # noqa: S603 - no shell
            command, cwd=folder, capture_output=True, text=True, timeout=LONGEST_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        return str(fault)
    if done.returncode != 0 or not SCRIPT.is_file():
        return (done.stderr.strip() or f"npm ended with {done.returncode}").splitlines()[0]
    return None


def main() -> int:
    """Fetch it. Return the exit status: 0 when the tests will find it."""
    problem = fetch()
    if problem is not None:
        print(f"axe-core {VERSION} could not be fetched from npm: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
