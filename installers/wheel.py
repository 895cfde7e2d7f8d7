"""The wheels pip, pipx and the Debian packages install from: one for every computer, one with compiled inner loops.

Both have all four packages of ours; the extras of pyproject.toml (`relay`, `technician`, `customer`) say what else each
program needs. The same sources give the same bytes: entries are sorted and have no times.
"""

import base64
import csv
import hashlib
import io
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

from installers.shared_libraries import oldest_glibc
from setup.native_code import LIBRARY, compile_library

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("protocol", "relay", "customer_client", "technician_app")
NATIVE = Path("protocol", "picture", "native")

_BESIDE_THE_PACKAGES = ("pyproject.toml", "README.md", "LICENSE")
_NOT_SOURCES = shutil.ignore_patterns("__pycache__", "*.so", "*.dll", "*.pyc")
_ANCIENT = (1980, 1, 1, 0, 0, 0)
"""The oldest time a zip archive can hold."""
_OLDEST_MANYLINUX = (2, 17)


def build(out: Path, *, compiled: bool = True) -> list[Path]:
    """Make the wheels in the folder `out` and return their paths: the one for every computer comes first.

    The second one is made when `compiled`, and a C compiler is there; without it the picture is slower, not different.

    Raises:
        OSError, subprocess.CalledProcessError: a step failed, as when setuptools cannot be fetched.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="deskside-wheel-") as work:
        sources = copied_sources(Path(work, "sources"))
        entries = read(_built_by_setuptools(sources, Path(work, "dist")))
        made = [write(out, entries, "any")]
        if compiled:
            folder = sources / NATIVE
            if compile_library(folder) is None:
                inside = (NATIVE / LIBRARY).as_posix()
                with_loops = entries | {inside: (folder / LIBRARY).read_bytes()}
                made.append(write(out, with_loops, platform_tag(folder)))
    return made


def copied_sources(target: Path) -> Path:
    """Copy what a wheel is made of to the new folder `target`, without anything compiled, and return it.

    setuptools works beside its sources and takes up what older builds left there; this is how it finds nothing.
    """
    for package in PACKAGES:
        shutil.copytree(ROOT / package, target / package, ignore=_NOT_SOURCES)
    for name in _BESIDE_THE_PACKAGES:
        shutil.copyfile(ROOT / name, target / name)
    return target


def read(wheel: Path) -> dict[str, bytes]:
    """Return the contents of `wheel` by name, without the list that says what it contains."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith(("/", "/RECORD"))]
        return {name: archive.read(name) for name in names}


def write(out: Path, entries: dict[str, bytes], platform: str) -> Path:
    """Write `entries` as a wheel for `platform` (`any`, `manylinux_2_17_x86_64` and the like) and return its path."""
    description = next(name for name in entries if name.endswith(".dist-info/WHEEL"))
    folder = description.partition("/")[0]
    contents = entries | {description: _with_tag(entries[description], platform)}
    record = f"{folder}/RECORD"
    contents[record] = _record(contents, record)
    target = out / f"{folder.removesuffix('.dist-info')}-py3-none-{platform}.whl"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        # What describes the wheel comes last, as its format advises.
        for name in sorted(contents, key=lambda name: (name.startswith(folder), name == record, name)):
            entry = zipfile.ZipInfo(name, _ANCIENT)
            entry.external_attr = (0o100755 if name.endswith(".so") else 0o100644) << 16
            entry.create_system = 3  # Unix: the modes above count
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, contents[name])
    return target


def collect(wheel: Path, extra: str, folder: Path, *options: str) -> None:
    """Put `wheel` and all that its `extra` asks for, as wheels in the versions of constraints.txt, into `folder`.

    `options` are pip's: for another Python or platform than this one.

    Raises:
        OSError, subprocess.CalledProcessError: a step failed, as when a package cannot be fetched.
    """
    shutil.copyfile(wheel, folder / wheel.name)
    command = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "download",
        "--quiet",
        "--only-binary",
        ":all:",
    ]
    command += ["--constraint", str(ROOT / "constraints.txt"), "--dest", str(folder), *options, f"{wheel}[{extra}]"]
    subprocess.run(command, check=True)  # noqa: S603 - no shell


def platform_tag(folder: Path) -> str:
    """Return the tag for the computers that can load the library in `folder`."""
    here = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    if not here.startswith("linux_"):
        return here
    asked = tuple(map(int, oldest_glibc(folder).split(".")))
    major, minor = max(asked, _OLDEST_MANYLINUX)
    return f"manylinux_{major}_{minor}_{here.removeprefix('linux_')}"


def _built_by_setuptools(sources: Path, dist: Path) -> Path:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-deps"]
    command += ["--wheel-dir", str(dist), str(sources)]
    subprocess.run(command, check=True, env=os.environ | {"SOURCE_DATE_EPOCH": "315532800"})  # noqa: S603 - no shell
    return next(dist.glob("*.whl"))


def _with_tag(description: bytes, platform: str) -> bytes:
    kept = [line for line in description.decode().splitlines() if not line.startswith(("Root-Is-Purelib:", "Tag:"))]
    lines = [*(line for line in kept if line), f"Root-Is-Purelib: {str(platform == 'any').lower()}"]
    return "\n".join([*lines, f"Tag: py3-none-{platform}", ""]).encode()


def _record(contents: dict[str, bytes], record: str) -> bytes:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    for name, data in sorted(contents.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.writerow((name, f"sha256={digest}", len(data)))
    rows.writerow((record, "", ""))
    return text.getvalue().encode()
