"""Puts together what the relay's container is built from: `python -m installers package --target container`."""

import shutil
from pathlib import Path

from installers.wheel import collect

HERE = Path(__file__).parent
FOLDER = "container"
WHEELS = "wheels"
FILES = ("Containerfile", "compose.yml", "env.example")


def make_context(wheel: Path, out: Path) -> Path:
    """Make the folder `container` in `out` anew and return it: recipe, compose file, our `wheel` and all it needs.

    What it needs comes in the versions of constraints.txt, for this Python and this kind of computer.

    Raises:
        OSError, subprocess.CalledProcessError: a step failed, as when a package cannot be fetched.
    """
    context = out / FOLDER
    shutil.rmtree(context / WHEELS, ignore_errors=True)
    (context / WHEELS).mkdir(parents=True)
    for name in FILES:
        shutil.copyfile(HERE / name, context / name)
    collect(wheel, "relay", context / WHEELS)
    return context
