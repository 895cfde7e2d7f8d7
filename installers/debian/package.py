"""A Debian package: the folder `root` of one of ours, its Python environment, its terms, packed by dpkg-deb.

The same sources give the same bytes: dpkg-deb sorts, and times are those of `SOURCE_DATE_EPOCH` (without it: 2020).
"""

import gzip
import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

from installers.debian import copyright_text, environment, qt
from installers.debian_packages import owner_of
from installers.shared_libraries import of_this_computer, oldest_glibc
from installers.wheel import ROOT

HERE = Path(__file__).parent
ICON = ROOT / "relay" / "web" / "static" / "deskside.svg"
LONG_AGO = "1577836800"
"""1 January 2020, in seconds: a time for files where none is given."""


@dataclass(frozen=True)
class Kind:
    """What one of our packages is made of: the extra of pyproject.toml, and which packages of ours."""

    name: str
    extra: str
    packages: tuple[str, ...]

    @property
    def place(self) -> str:
        """Where its Python environment lies."""
        return f"/usr/lib/{self.name}"


RELAY = Kind("deskside-relay", "relay", ("protocol", "relay"))
TECHNICIAN = Kind("deskside-technician", "technician", ("protocol", "technician_app"))
KINDS = (RELAY, TECHNICIAN)


def build(kind: Kind, wheel: Path, out: Path, *, version: str, revision: int = 1) -> Path:
    """Make the package from `wheel` in the folder `out` and return its path.

    `revision` counts the packages of one `version`.

    Raises:
        BuildRefused: this is not Debian's Python.
        OSError, subprocess.CalledProcessError: a step failed.
    """
    environment.check_python()
    out.mkdir(parents=True, exist_ok=True)
    architecture = _output("dpkg", "--print-architecture").strip()
    debian_version = f"{version}-{revision}"
    with tempfile.TemporaryDirectory(prefix="deskside-deb-") as work:
        root = Path(work, "root")
        shutil.copytree(HERE / kind.name / "root", root)
        libraries = environment.fill(root / kind.place.lstrip("/"), kind.place, wheel, kind.extra, kind.packages)
        if kind is TECHNICIAN:
            qt.trim(libraries)
            _add_icon(root)
        _pack_manual_pages(root)
        _document(root, kind, libraries, debian_version)
        _describe(root, kind, {"version": debian_version, "architecture": architecture})
        _set_modes_and_times(root)
        target = out / f"{kind.name}_{debian_version}_{architecture}.deb"
        _pack(root, target)
    return target


def system_packages(root: Path) -> list[str]:
    """Return the Debian packages with the libraries that compiled files in `root` load, sorted.

    Raises:
        FileNotFoundError: a library is not on this computer, so its package is not known.
    """
    owners = {owner.name for path in of_this_computer(root) if (owner := owner_of(path)) is not None}
    return [*sorted(owners - {"libc6"}), f"libc6 (>= {oldest_glibc(root)})"]


def _add_icon(root: Path) -> None:
    target = root / "usr" / "share" / "icons" / "hicolor" / "scalable" / "apps" / f"{TECHNICIAN.name}.svg"
    target.parent.mkdir(parents=True)
    shutil.copyfile(ICON, target)


def _pack_manual_pages(root: Path) -> None:
    for page in sorted((root / "usr" / "share" / "man").rglob("*.[1-8]")):
        page.with_name(f"{page.name}.gz").write_bytes(gzip.compress(page.read_bytes(), mtime=0))
        page.unlink()


def _document(root: Path, kind: Kind, libraries: Path, version: str) -> None:
    """Write what every Debian package has in /usr/share/doc."""
    folder = root / "usr" / "share" / "doc" / kind.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "copyright").write_text(copyright_text.of(kind.name, environment.shipped(libraries)), encoding="utf-8")
    told = (
        f"{kind.name} ({version}) stable; urgency=medium\n\n  * Deskside {version.partition('-')[0]}; what is new is in"
        f" docs/changes of its sources.\n\n -- {copyright_text.MAINTAINER}  {formatdate(int(_epoch()))}\n"
    )
    (folder / "changelog.Debian.gz").write_bytes(gzip.compress(told.encode(), mtime=0))


def _describe(root: Path, kind: Kind, words: dict[str, str]) -> None:
    """Write what dpkg reads: who needs what, the sums of all files, and the scripts."""
    major, minor = environment.PYTHON.removeprefix("python").split(".")
    python = f"{environment.PYTHON}, python3 (>= {major}.{minor}~), python3 (<< {major}.{int(minor) + 1})"
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    size = sum(path.stat().st_size for path in files) // 1024 + 1
    words = words | {"depends": ", ".join([python, *system_packages(root)]), "size": str(size)}
    words |= {"maintainer": copyright_text.MAINTAINER, "python": environment.PYTHON}
    control = root / "DEBIAN"
    control.mkdir()
    for source in sorted((HERE / kind.name / "DEBIAN").iterdir()):
        text = source.read_text(encoding="utf-8")
        for word, value in words.items():
            text = text.replace(f"@{word}@", value)
        (control / source.name).write_text(text, encoding="utf-8")
    sums = [f"{_md5(path)}  {path.relative_to(root).as_posix()}\n" for path in files]
    (control / "md5sums").write_text("".join(sums), encoding="utf-8")


def _set_modes_and_times(root: Path) -> None:
    when = int(_epoch())
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or _is_run(path, root) else 0o644)
        os.utime(path, (when, when), follow_symlinks=False)


def _is_run(path: Path, root: Path) -> bool:
    if path.parent == root / "DEBIAN":
        return path.read_bytes().startswith(b"#!")
    return path.parent == root / "usr" / "bin"


def _pack(root: Path, target: Path) -> None:
    command = ["dpkg-deb", "--root-owner-group", "--threads-max=1", "-Zxz", "--build", str(root), str(target)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"SOURCE_DATE_EPOCH": _epoch()})  # noqa: S603 - no shell


def _epoch() -> str:
    return os.environ.get("SOURCE_DATE_EPOCH", "") or LONG_AGO


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, _md5_of_dpkg).hexdigest()


def _md5_of_dpkg() -> "hashlib._Hash":
    """Return the sum dpkg keeps of installed files; it finds broken ones, and protects against nobody."""
    return hashlib.md5(usedforsecurity=False)


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - no shell
