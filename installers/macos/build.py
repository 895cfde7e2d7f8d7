"""Builds the app on a Mac, with a Python made to be moved: python-build-standalone, as `uv` installs it."""

import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from installers import bytecode, checksums, distributions, interpreter, licences
from installers.linux import OWN_PACKAGES, ROOT, BuildRefused, check_imports
from installers.macos import signing
from installers.macos.app_folder import PYTHON, arrange, compiled_files
from setup.native_code import compile_library

APP = "Deskside.app"
ARCHIVE = "Deskside-macos.zip"
LAUNCHER = Path(__file__).with_name("launcher.c")

_WORDS = """\
Deskside's own programs are under the Apache License 2.0 (LICENSE). PyAV's wheel in this app contains FFmpeg with
libx264 and libx265, which are under the GNU General Public License. Therefore the app as a whole is given to you under
the GNU General Public License, version 3 or, at your choice, any later version. The complete sources are the release of
the same version of Deskside, and the source archives of the versions below at the Python Package Index.

"""


def build(out: Path, *, trust: Path | None = None) -> Path:
    """Make `Deskside.app`, not signed yet, and its archive in the folder `out`; return the app.

    `trust` is the trust.json of an organisation's build.

    Raises:
        BuildRefused: this is no Mac, not the versions that are tested, or a Python that cannot be moved.
        OSError, subprocess.CalledProcessError: a step failed.
    """
    if platform.system() != "Darwin":
        raise BuildRefused("The macOS app is built on a Mac.")
    names = distributions.needed(ROOT)
    wrong = distributions.unexpected_versions(ROOT, names)
    if wrong:
        raise BuildRefused("These are not the versions that are tested: " + "; ".join(wrong))
    app = out / APP
    shutil.rmtree(app, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="deskside-build-") as work:
        bundle = Path(work, "bundle")
        _fill(bundle, names, trust)
        arrange(bundle, compiled_launcher(Path(work)), app, version=version("deskside"))
    check_movable(app)
    check_imports(app / "Contents" / "MacOS" / PYTHON)
    subprocess.run(signing.pack_command(app, out / ARCHIVE), check=True)  # noqa: S603 - no shell
    checksums.write(out, [ARCHIVE])
    return app


def sign(out: Path, environment: Mapping[str, str]) -> None:
    """Sign what was built into `out`, pack it anew and write its sum.

    Raises:
        NotSigned: a variable of `environment` is missing.
        OSError, subprocess.CalledProcessError: a step failed.
    """
    signing.sign(out / APP, out / ARCHIVE, environment)
    checksums.write(out, [ARCHIVE])


def compiled_launcher(work: Path) -> bytes:
    """Return the launcher as a program for this kind of computer; `work` is a folder for intermediate files.

    Raises:
        subprocess.CalledProcessError: it does not compile.
    """
    made = work / "launcher"
    command = ["cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-o", str(made), str(LAUNCHER)]
    subprocess.run(command, check=True)  # noqa: S603 - no shell
    return made.read_bytes()


def check_movable(app: Path) -> None:
    """Check that no file in `app` loads a library from a folder of the computer it was built on.

    Raises:
        BuildRefused: one does.
    """
    for path in compiled_files(app):
        command = ["otool", "-L", str(path)]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - no shell
        foreign = libraries_from_elsewhere(told, path.name)
        if foreign:
            raise BuildRefused(f"{path.name} loads {foreign[0]}, which no other computer has")


def libraries_from_elsewhere(told: str, own_name: str) -> list[str]:
    """Return, from what `otool -L` told of the file `own_name`, the libraries that neither macOS nor the app has.

    A library is listed in what it tells of itself, under a name that counts for nobody.
    """
    lines = [line.strip().partition(" (")[0] for line in told.splitlines() if line.startswith("\t")]
    foreign = [name for name in lines if not name.startswith(("/usr/lib/", "/System/", "@"))]
    return [name for name in foreign if Path(name).name != own_name]


def _fill(bundle: Path, names: list[str], trust: Path | None) -> None:
    libraries = bundle / interpreter.folder_name()
    interpreter.copy_interpreter(bundle)
    interpreter.copy_window_scripts(bundle)
    for library in sorted(Path(sys.base_prefix, "lib").glob("libpython*.dylib")):
        shutil.copy(library, bundle / "lib" / library.name)
    packages = [distributions.copy_distribution(name, libraries, bundle / licences.FOLDER) for name in names]
    for package in OWN_PACKAGES:
        distributions.copy_own(ROOT, package, libraries)
    native = libraries / "protocol" / "picture" / "native"
    for source in (ROOT / "protocol" / "picture" / "native").glob("*.[ch]"):
        shutil.copy(source, native)
    problem = compile_library(native)
    if problem is not None:
        raise BuildRefused(f"The picture's inner loops do not compile: {problem}")
    for source in native.glob("*.[ch]"):
        source.unlink()
    if trust is not None:
        shutil.copyfile(trust, libraries / "customer_client" / "trust.json")
    bytecode.compile_sources(libraries)
    distributions.copy_read_sources(ROOT, libraries)
    told = "".join(f"  {one.name} {one.version}: {one.licence}\n" for one in packages)
    shutil.copyfile(ROOT / "LICENSE", bundle / licences.FOLDER / "LICENSE")
    (bundle / licences.FOLDER / licences.OVERVIEW).write_text(_WORDS + told, encoding="utf-8")
