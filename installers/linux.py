"""The Linux file: one program that brings its own Python, window toolkit and everything else but the C library."""

import gzip
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from installers import (
    archive,
    bill_of_materials,
    bytecode,
    checksums,
    crc32c,
    distributions,
    ffmpeg,
    interpreter,
    library_owners,
    licences,
    modules,
    reachable,
    shared_libraries,
    srtp,
)
from installers.ffmpeg_source import FFMPEG
from installers.sizes import bytes_by_part
from installers.system_package import SystemPackage
from setup.native_code import compile_library
from setup.system_packages import client_needs, provide

ROOT = Path(__file__).resolve().parent.parent
UNPACKER = Path(__file__).with_name("unpacker") / "unpack.c"
KEPT = ROOT / "build" / "sources"
"""What is fetched and compiled once for many builds."""

NAME = "Deskside"
TARBALL = f"{NAME}.tar.gz"
LICENCES = f"{NAME}-licences.txt"
BILL_OF_MATERIALS = f"{NAME}.cdx.json"
OWN_PACKAGES = ("protocol", "customer_client")
SESSION_MODULES = ("customer_client.app", "customer_client.ui.window", "customer_client.session.customer_session")

IN_THE_UNPACKER = ("libc.a", "libzstd.a")
"""Linked into the program in front, so that it runs everywhere: their terms are given away, too."""

_OPTIONS = ("-std=c11", "-O2", "-static", "-pthread", "-s", "-Wl,--build-id=none", "-Wno-format-truncation")


class BuildRefused(Exception):
    """The file cannot be made here; the text says why, for the person who builds it."""


@dataclass(frozen=True)
class Made:
    """What a build left behind; `sha256` is that of the program, `tarball` the same for web pages."""

    program: Path
    tarball: Path | None
    sizes: Path
    sha256: str


@dataclass(frozen=True)
class Contents:
    """What a bundle was filled with: packages of Python, packages of this system, and the bytes of each part."""

    packages: list[distributions.Shipped]
    system: list[SystemPackage]
    parts: dict[str, dict[str, int]]


def build(out: Path, *, trust: Path | None = None) -> Made:
    """Make the Linux file, the same in a `.tar.gz`, their terms, parts, sizes and sums, in the folder `out`.

    `trust` is the trust.json of an organisation's build; without one the client has to be told whom to trust.

    Raises:
        BuildRefused, SourceMissing, TermsMissing: something it needs is missing or is not the version that is tested.
        OSError, subprocess.CalledProcessError: a step failed.
    """
    began = time.time()
    names = distributions.needed(ROOT)
    _check_machine(names)
    out.mkdir(parents=True, exist_ok=True)
    program = out / NAME
    with tempfile.TemporaryDirectory(prefix="deskside-build-") as work:
        bundle = Path(work, "bundle")
        contents = _fill(bundle, names, trust)
        packed = archive.pack(bundle, compiled_unpacker(Path(work)), program)
        sizes = _write_sizes(out, bundle, packed, contents)
        (out / LICENCES).write_text(licences.all_texts(bundle), encoding="utf-8")
    os.utime(program, (began, began))  # what was changed while it was built is newer than it
    tarball = write_tarball(program)
    sha256 = checksums.sha256_of(program)
    bill_of_materials.write(
        out / BILL_OF_MATERIALS,
        version=version("deskside"),
        sha256=sha256,
        packages=contents.packages,
        system=contents.system,
        compiled=(FFMPEG, srtp.LIBSRTP),
    )
    checksums.write(out, [NAME, TARBALL, BILL_OF_MATERIALS, LICENCES])
    return Made(program, tarball, sizes, sha256)


def compiled_unpacker(work: Path) -> bytes:
    """Return the unpacker as a program; `work` is a folder for intermediate files.

    Raises:
        subprocess.CalledProcessError: it does not compile.
    """
    made = work / "unpacker"
    # The source goes through standard input so that no path of this machine reaches the result.
    command = ["gcc", *_OPTIONS, f"-I{UNPACKER.parent}", "-x", "c", "-", "-o", str(made), "-l:libzstd.a"]
    subprocess.run(command, input=UNPACKER.read_bytes(), check=True)  # noqa: S603 - no shell
    return made.read_bytes()


def write_tarball(program: Path) -> Path:
    """Write `<program>.tar.gz`, which keeps the right to be run that browsers take from a file; return its path."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        entry = tarfile.TarInfo(program.name)
        entry.size, entry.mode = program.stat().st_size, 0o755
        with program.open("rb") as file:
            tar.addfile(entry, file)
    # Nothing is gained by trying harder: what is inside is compressed already.
    target = program.with_name(program.name + ".tar.gz")
    target.write_bytes(gzip.compress(packed.getvalue(), compresslevel=1, mtime=0))
    return target


def _check_machine(names: list[str]) -> None:
    problem = provide(client_needs())
    if problem is not None:
        raise BuildRefused(problem)
    wrong = distributions.unexpected_versions(ROOT, names)
    if wrong:
        raise BuildRefused("These are not the versions that are tested: " + "; ".join(wrong))


def _fill(bundle: Path, names: list[str], trust: Path | None) -> Contents:
    """Put everything the program consists of into `bundle`, and return what that was."""
    libraries = bundle / interpreter.folder_name()
    interpreter.copy_interpreter(bundle)
    interpreter.copy_window_scripts(bundle)
    packages = [distributions.copy_distribution(name, libraries, bundle / licences.FOLDER) for name in names]
    srtp.put_below_pylibsrtp(libraries, bundle / licences.FOLDER, srtp.built(KEPT))
    crc32c.put_below_google_crc32c(libraries)
    for package in OWN_PACKAGES:
        distributions.copy_own(ROOT, package, libraries)
    _compile_own(libraries)
    if trust is not None:
        shutil.copyfile(trust, libraries / "customer_client" / "trust.json")
    modules.add_reader(libraries)
    gone = reachable.leave_out([libraries], "linux")
    bytecode.compile_sources(libraries)
    distributions.copy_read_sources(ROOT, libraries)
    shared_libraries.strip(shared_libraries.compiled_files(bundle))
    codecs = ffmpeg.built(KEPT)
    ffmpeg.put_below_pyav(libraries, codecs)
    system = _add_shared_libraries(bundle)
    licences.write(bundle, ROOT, codecs, packages, system)
    shared_libraries.look_beside(bundle, interpreter.PROGRAM)
    parts = bytes_by_part(bundle, part_of)
    modules.gather(libraries)
    ffmpeg.check(bundle / interpreter.PROGRAM)
    srtp.check(bundle / interpreter.PROGRAM)
    crc32c.check(bundle / interpreter.PROGRAM)
    check_imports(bundle / interpreter.PROGRAM, reachable.check(gone))
    return Contents(packages, system, parts)


def _add_shared_libraries(bundle: Path) -> list[SystemPackage]:
    """Bring along what compiled files load, and return the packages of this system it came from.

    Raises:
        TermsMissing: nobody knows under which terms one of the libraries is.
    """
    records = library_owners.records_of_this_system()
    added = shared_libraries.add_missing(bundle)
    shared_libraries.strip([bundle / "lib" / source.name for source in added])
    linked = [_archive_of(name) for name in IN_THE_UNPACKER]
    return library_owners.owners_of([*added, *linked], records)


def _archive_of(name: str) -> Path:
    """Return where the library is that the unpacker is linked with."""
    command = ["gcc", f"-print-file-name={name}"]
    said = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - no shell
    return Path(said.stdout.strip()).resolve()


def check_imports(program: Path, also: str = "") -> None:
    """Import with the bundle's own `program` what a session needs; the window appears before most of it is asked for.

    Then it runs the Python text `also`.

    Raises:
        subprocess.CalledProcessError: something is missing in the bundle.
    """
    command = [str(program), "-IB", "-c", f"import {', '.join(SESSION_MODULES)}\n{also}"]
    # Every function of every library is looked for at once, not when it is first called.
    subprocess.run(command, check=True, env=os.environ | {"LD_BIND_NOW": "1"})  # noqa: S603 - no shell


def _compile_own(libraries: Path) -> None:
    """Compile the picture's inner loops from this checkout's sources, not from what lies around compiled.

    Raises:
        BuildRefused: they do not compile.
    """
    folder = libraries / "protocol" / "picture" / "native"
    sources = [*(ROOT / "protocol" / "picture" / "native").glob("*.[ch]")]
    copies = [Path(shutil.copy(source, folder)) for source in sources]
    problem = compile_library(folder)
    if problem is not None:
        raise BuildRefused(f"The picture's inner loops do not compile: {problem}")
    for copy in copies:
        copy.unlink()


def _write_sizes(out: Path, bundle: Path, packed: archive.Packed, contents: Contents) -> Path:
    report: dict[str, Any] = {
        "release": packed.release,
        "version": version("deskside"),
        "bytes": packed.size,
        "unpacked_bytes": packed.unpacked,
        "files": len(archive.files_of(bundle)),
        "oldest_glibc": shared_libraries.oldest_glibc(bundle),
        "parts": contents.parts,
        "packages": {one.name: {"version": one.version, "licence": one.licence} for one in contents.packages},
    }
    for one in contents.system:
        report.setdefault(f"{one.FAMILY}_packages", {})[one.name] = one.version
    target = out / "sizes.json"
    target.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return target


def part_of(path: str) -> str:
    """Return the part a file of the bundle belongs to; `path` is inside the bundle."""
    first, _, rest = path.partition("/")
    if first != "lib":
        return {"bin": "python program"}.get(first, first)
    if rest.startswith(("tcl", "tk", "libtcl", "libtk")):
        return "tcl and tk"
    if not rest.startswith("python"):
        return rest.partition(".so")[0] if "/" not in rest else rest.partition("/")[0]
    package, _, below = rest.partition("/")[2].partition("/")
    if package == "av.libs":
        return f"ffmpeg: {below.partition('-')[0]}"
    if package in OWN_PACKAGES or package == "lib-dynload":
        return package
    return package.removesuffix(".libs") if package.removesuffix(".libs") in _wheel_folders() else "standard library"


def _wheel_folders() -> set[str]:
    return {
        *("OpenSSL", "Xlib", "_cffi_backend", "aioice", "aiortc", "av", "backports", "cffi", "cryptography", "dns"),
        *("google_crc32c", "ifaddr", "msgspec", "mss", "platformdirs", "psutil", "pyee", "pylibsrtp", "websockets"),
    }
