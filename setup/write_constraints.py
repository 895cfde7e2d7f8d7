"""Write `constraints.txt` from the environment this Python runs in. Called by `make constraints`, in a fresh one.

Only names, versions and markers are written: never an address, a path or a hash, so the file is the same wherever
packages come from.
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = ("pip", "setuptools", "wheel")
HEADER = """\
# The exact versions Deskside is developed and tested with. pip reads it as: pip install -c constraints.txt -e '.[dev]'
# Written by `make constraints` from a fresh environment; do not edit by hand.
"""


def pip(*arguments: str) -> str:
    """Return what `pip` prints for `arguments`, run by this Python.

    Raises:
        subprocess.CalledProcessError: pip failed; its message is on stderr.
    """
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603 - no shell


def installed() -> list[str]:
    """Return `name==version` of everything installed, but for ourselves and the installers."""
    excluded = [part for name in LEFT_OUT for part in ("--exclude", name)]
    return pip("list", "--format=freeze", "--exclude-editable", *excluded).split()


def other_platforms() -> list[str]:
    """Return `name==version; marker` of what pyproject.toml asks for on other systems than this one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    requirements = [Requirement(line) for group in groups for line in group]
    return [resolved(r) for r in requirements if r.marker is not None and not r.marker.evaluate()]


def resolved(requirement: Requirement) -> str:
    """Return `requirement` pinned to the version pip would choose for it."""
    wanted = f"{requirement.name}{requirement.specifier}"
    answer = pip("install", "--dry-run", "--no-deps", "--ignore-installed", "--quiet", "--report", "-", wanted)
    version = json.loads(answer)["install"][0]["metadata"]["version"]
    return f"{requirement.name}=={version}; {requirement.marker}"


def main() -> None:
    """Write the file and say how many versions it pins."""
    lines = sorted({*installed(), *other_platforms()}, key=str.lower)
    (ROOT / "constraints.txt").write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"constraints.txt: {len(lines)} versions")


if __name__ == "__main__":
    main()
