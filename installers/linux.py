"""The Linux file: one program that brings its own Python, window toolkit and everything else but the C library."""

import gzip
import hashlib
import io
import json
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from installers import archive, bytecode, codec_stand_ins, distributions, interpreter, shared_libraries
from installers.sizes import bytes_by_part
from setup.native_code import compile_library
from setup.system_packages import Need, has_command, packages_of, provide, unmet

ROOT = Path(__file__).resolve().parent.parent
UNPACKER = Path(__file__).with_name("unpacker") / "unpack.c"
NAME = "Deskside"
OWN_PACKAGES = ("protocol", "customer_client")
SESSION_MODULES = ("customer_client.app", "customer_client.ui.window", "customer_client.session.customer_session")

_OPTIONS = ("-std=c11", "-O2", "-static", "-s", "-Wl,--build-id=none", "-Wno-format-truncation")


class BuildRefused(Exception):
    """The file cannot be made here; the text says why, for the person who builds it."""


@dataclass(frozen=True)
class Made:
    """What a build left behind; `sha256` is that of the program."""

    program: Path
    tarball: Path
    sizes: Path
    sha256: str


def build(out: Path, *, trust: Path | None = None) -> Made:
    """Make the Linux file, the same in a `.tar.gz`, and `sizes.json`, in the folder `out`.

    `trust` is the trust.json of an organisation's build; without one the client has to be told whom to trust.

    Raises:
        BuildRefused: something it needs is missing or is not the version that is tested.
        OSError, subprocess.CalledProcessError: a step failed.
    """
    names = distributions.needed(ROOT)
    _check_machine(names)
    out.mkdir(parents=True, exist_ok=True)
    program = out / NAME
    with tempfile.TemporaryDirectory(prefix="deskside-build-") as work:
        bundle = Path(work, "bundle")
        shipped = _fill(bundle, names, trust)
        packed = archive.pack(bundle, compiled_unpacker(Path(work)), program)
        sizes = _write_sizes(out, bundle, packed, shipped)
    tarball = write_tarball(program)
    return Made(program, tarball, sizes, hashlib.sha256(program.read_bytes()).hexdigest())


def compiled_unpacker(work: Path) -> bytes:
    """Return the unpacker as a program; `work` is a folder for intermediate files.

    Raises:
        subprocess.CalledProcessError: it does not compile.
    """
    made = work / "unpacker"
    # The source goes through standard input so that no path of this machine reaches the result.
    command = ["gcc", *_OPTIONS, "-x", "c", "-", "-o", str(made), "-l:libzstd.a"]
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


def build_needs() -> list[Need]:
    """Return what building needs of this machine beside Python."""
    return [
        Need("a C compiler", "gcc", lambda: has_command("gcc")),
        Need("the tools for compiled files", "binutils", lambda: has_command("strip") and has_command("readelf")),
        Need("patchelf", "patchelf", lambda: has_command("patchelf")),
        Need("zstd as a static library", "libzstd-dev", _has_static_zstd),
    ]


def _has_static_zstd() -> bool:
    with tempfile.TemporaryDirectory() as work:
        command = ["gcc", "-x", "c", "-", "-o", f"{work}/probe", "-l:libzstd.a"]
        source = b"#include <zstd.h>\nint main(void) { return (int)ZSTD_versionNumber() == 0; }\n"
        if not has_command("gcc"):
            return False
        done = subprocess.run(command, input=source, capture_output=True, check=False)  # noqa: S603 - no shell
        return done.returncode == 0


def _check_machine(names: list[str]) -> None:
    if provide(build_needs()) is not None:
        packages = " ".join(packages_of(unmet(build_needs())))
        raise BuildRefused(f"Something is missing to build. Please run: sudo apt-get install {packages}")
    wrong = distributions.unexpected_versions(ROOT, names)
    if wrong:
        raise BuildRefused("These are not the versions that are tested: " + "; ".join(wrong))


def _fill(bundle: Path, names: list[str], trust: Path | None) -> list[distributions.Shipped]:
    """Put everything the program consists of into `bundle`, and return which packages."""
    libraries = bundle / interpreter.folder_name()
    interpreter.copy_interpreter(bundle)
    interpreter.copy_window_scripts(bundle)
    shipped = [distributions.copy_distribution(name, libraries, bundle / "licences") for name in names]
    for package in OWN_PACKAGES:
        distributions.copy_own(ROOT, package, libraries)
    _compile_own(libraries)
    if trust is not None:
        shutil.copyfile(trust, libraries / "customer_client" / "trust.json")
    shutil.copyfile(ROOT / "LICENSE", bundle / "licences" / "LICENSE")
    bytecode.compile_sources(libraries)
    codec_stand_ins.replace_codecs(libraries / "av.libs")
    shared_libraries.add_missing(bundle)
    shared_libraries.strip(bundle)
    shared_libraries.look_beside(bundle, interpreter.PROGRAM)
    codec_stand_ins.check(bundle / interpreter.PROGRAM)
    check_imports(bundle / interpreter.PROGRAM)
    return shipped


def check_imports(program: Path) -> None:
    """Import with the bundle's own `program` what a session needs; the window appears before most of it is asked for.

    Raises:
        subprocess.CalledProcessError: something is missing in the bundle.
    """
    command = [str(program), "-ISB", "-c", f"import {', '.join(SESSION_MODULES)}"]
    subprocess.run(command, check=True)  # noqa: S603 - no shell


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


def _write_sizes(out: Path, bundle: Path, packed: archive.Packed, shipped: list[distributions.Shipped]) -> Path:
    report = {
        "release": packed.release,
        "version": version("deskside"),
        "bytes": packed.size,
        "unpacked_bytes": packed.unpacked,
        "files": len(archive.files_of(bundle)),
        "oldest_glibc": shared_libraries.oldest_glibc(bundle),
        "parts": bytes_by_part(bundle, part_of),
        "packages": {one.name: {"version": one.version, "licence": one.licence} for one in shipped},
    }
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
