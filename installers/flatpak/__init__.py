"""Puts together what the technician's Flatpak is built from: `python -m installers package --target flatpak`."""

import shutil
from pathlib import Path

from installers.debian.package import HERE as DEBIAN
from installers.debian.package import ICON, TECHNICIAN
from installers.wheel import collect

MANIFEST = Path(__file__).with_name("org.deskside.Technician.yml")
FOLDER = "flatpak"
WHEELS = "wheels"

_PYTHON = "3.12"
"""Of the runtime that the manifest names."""

_PLATFORMS = ("manylinux_2_17", "manylinux2014", "manylinux_2_24", "manylinux_2_26", "manylinux_2_28", "manylinux_2_34")
"""What its C library is new enough for; pip wants each by name."""


def make_context(wheel: Path, out: Path) -> Path:
    """Make the folder `flatpak` in `out` anew and return it: manifest, our `wheel`, all it needs, the desktop's files.

    Raises:
        OSError, subprocess.CalledProcessError: a step failed, as when a package cannot be fetched.
    """
    context = out / FOLDER
    shutil.rmtree(context / WHEELS, ignore_errors=True)
    (context / WHEELS).mkdir(parents=True)
    share = DEBIAN / TECHNICIAN.name / "root" / "usr" / "share"
    shutil.copyfile(MANIFEST, context / MANIFEST.name)
    shutil.copyfile(ICON, context / f"{TECHNICIAN.name}.svg")
    for file in (*(share / "applications").iterdir(), *(share / "metainfo").iterdir()):
        shutil.copyfile(file, context / file.name)
    machine = wheel.stem.rpartition("manylinux_2_17_")[2] or "x86_64"
    platforms = [option for name in _PLATFORMS for option in ("--platform", f"{name}_{machine}")]
    collect(wheel, "technician", context / WHEELS, "--python-version", _PYTHON, *platforms)
    return context
