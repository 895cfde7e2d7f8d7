"""The Windows file: one program that unpacks its own Python, window toolkit and everything else, once, and starts it.

Built on Linux by mingw-w64 and NSIS, and run under wine while it is built. linux.py is the same for Linux.
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from installers import (
    archive,
    authenticode,
    bill_of_materials,
    bytecode,
    checksums,
    distributions,
    ffmpeg,
    licences,
    modules,
    reachable,
    srtp,
    windows_ffmpeg,
    windows_launcher,
    windows_python,
    windows_srtp,
    windows_wheels,
)
from installers.ffmpeg_source import FFMPEG
from installers.linux import KEPT, OWN_PACKAGES, ROOT, SESSION_MODULES, BuildRefused, Made
from installers.portable_executable import imported
from installers.sizes import bytes_by_part
from installers.wine import Wine, path_in_windows, windows
from setup.system_packages import packages_of, provide, unmet, windows_client_needs

NAME = "Deskside.exe"
LICENCES = "Deskside-windows-licences.txt"
BILL_OF_MATERIALS = "Deskside-windows.cdx.json"
SIZES = "sizes-windows.json"
ANNOUNCED = Path(__file__).with_name("announced_sizes_windows.json")
COMPILED = (FFMPEG, windows_ffmpeg.X264, windows_ffmpeg.OPUS, srtp.LIBSRTP)
"""What is compiled here from its authors' sources."""

_PATHS = "Lib\nDLLs\nimport site\n"
_PATHS_FILE = "python311._pth"
_OTHER_SYSTEMS = ("_sounddevice_data/portaudio-binaries",)
_PORTAUDIO = "libportaudio64bit.dll"

_OF_WINDOWS = {
    *("advapi32", "avicap32", "bcrypt", "bcryptprimitives", "comctl32", "comdlg32", "crypt32", "gdi32", "imm32"),
    *("iphlpapi", "kernel32", "msvcrt", "ncrypt", "netapi32", "ntdll", "ole32", "oleaut32", "pdh", "powrprof", "psapi"),
    *("rpcrt4", "secur32", "setupapi", "shell32", "shlwapi", "user32", "userenv", "version", "winmm", "ws2_32"),
}
"""Libraries every Windows since 8.1 has (and the `api-ms-win-` ones)."""


def build(out: Path, *, trust: Path | None = None) -> Made:
    """Make the Windows file, its terms, parts, sizes and sums, in the folder `out`.

    `trust` is the trust.json of an organisation's build; without one the client has to be told whom to trust.

    Raises:
        BuildRefused, SourceMissing: something it needs is missing or is not the version that is tested.
        OSError, subprocess.CalledProcessError: a step failed.
    """
    began = time.time()
    if provide(windows_client_needs()) is not None:
        lacking = " ".join(packages_of(unmet(windows_client_needs())))
        raise BuildRefused(f"Something is missing to build. Please run: sudo apt-get install {lacking}")
    out.mkdir(parents=True, exist_ok=True)
    program = out / NAME
    with tempfile.TemporaryDirectory(prefix="deskside-build-") as work, windows(KEPT) as wine:
        bundle = Path(work, "bundle")
        packages, parts = _fill(bundle, Path(work), wine, trust)
        release = release_of(bundle)
        windows_launcher.pack(bundle, program, release=release, version=version("deskside"))
        sizes = _write_sizes(out, bundle, release, packages, parts)
        (out / LICENCES).write_text(licences.all_texts(bundle), encoding="utf-8")
    os.utime(program, (began, began))  # what was changed while it was built is newer than it
    sha256 = checksums.sha256_of(program)
    bill_of_materials.write(
        out / BILL_OF_MATERIALS,
        version=version("deskside"),
        sha256=sha256,
        packages=packages,
        system=[],
        python=windows_python.VERSION,
        compiled=COMPILED,
    )
    checksums.write(out, [NAME, BILL_OF_MATERIALS, LICENCES])
    return Made(program, None, sizes, sha256)


def sign(out: Path, environment: Mapping[str, str]) -> None:
    """Put Microsoft's signature into the Windows file in `out`; its sum, there and in its bill of materials, follows.

    Raises:
        NotSigned: the file is not what was built, or `environment` has not what signing takes (authenticode.py).
    """
    wrong = checksums.changed(out)
    if wrong:
        raise checksums.NotSigned(f"Not what {checksums.SUMS} says: {', '.join(wrong)}. Please build again.")
    authenticode.sign(out / NAME, environment)
    bill_of_materials.note_signed(out / BILL_OF_MATERIALS, checksums.sha256_of(out / NAME))
    checksums.write(out, [NAME, BILL_OF_MATERIALS])


def release_of(bundle: Path) -> str:
    """Return 16 hex digits that name the contents of `bundle`."""
    digest = hashlib.sha256()
    for path in archive.files_of(bundle):
        data = path.read_bytes()
        digest.update(f"{path.relative_to(bundle).as_posix()}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()[:16]


def missing_libraries(bundle: Path) -> dict[str, set[str]]:
    """Return for each image in `bundle` that lacks some the libraries that neither it nor Windows has."""
    images = [path for path in archive.files_of(bundle) if path.suffix in (".exe", ".dll", ".pyd")]
    there = {path.name.lower() for path in images}
    lacking = {
        path.relative_to(bundle).as_posix(): {
            name
            for name in imported(path) - there
            if not name.startswith("api-ms-win-") and name.removesuffix(".dll") not in _OF_WINDOWS
        }
        for path in images
    }
    return {path: names for path, names in lacking.items() if names}


def _fill(
    bundle: Path, work: Path, wine: Wine, trust: Path | None
) -> tuple[list[distributions.Shipped], dict[str, dict[str, int]]]:
    """Put everything the program consists of into `bundle`; return its packages and the bytes of each part."""
    libraries, terms = bundle / "Lib", bundle / licences.FOLDER
    python = windows_python.unpacked(KEPT)
    windows_python.copy_interpreter(python, bundle)
    wheels = windows_wheels.unpacked(ROOT, KEPT / "wheels", work / "wheels")
    packages = [distributions.copy_found(found, name, libraries, terms) for name, found in wheels.items()]
    srtp.put_below_pylibsrtp(libraries, terms, windows_srtp.built(KEPT, python), windows_srtp.MODULE)
    _drop_other_systems(libraries)
    for package in OWN_PACKAGES:
        distributions.copy_own(ROOT, package, libraries)
    native = Path("protocol", "picture", "native")
    windows_launcher.compile_inner_loops(ROOT / native, libraries / native)
    windows_launcher.compile_program(bundle, version("deskside"))
    if trust is not None:
        shutil.copyfile(trust, libraries / "customer_client" / "trust.json")
    modules.add_reader(libraries)
    gone = reachable.leave_out([libraries, bundle / "DLLs"], "win32")
    _compile(libraries, wine, python / "python.exe")
    distributions.copy_read_sources(ROOT, libraries)
    codecs = windows_ffmpeg.built(KEPT)
    windows_ffmpeg.put_below_pyav(libraries, codecs)
    licences.write_for_windows(bundle, ROOT, python / "LICENSE.txt", codecs / "terms", packages, COMPILED)
    (bundle / _PATHS_FILE).write_text(_PATHS, encoding="ascii")
    parts = bytes_by_part(bundle, part_of)
    modules.gather(libraries)
    lacking = missing_libraries(bundle)
    if lacking:
        raise BuildRefused(f"Libraries are missing that no Windows has: {lacking}")
    check(bundle, wine, gone)
    return packages, parts


def check(bundle: Path, wine: Wine, gone: list[str]) -> None:
    """Import with the bundle's own program what a session needs, then all there is, without the modules `gone`; encrypt
    a packet, and use every codec.

    Raises:
        subprocess.CalledProcessError: something is missing in the bundle.
    """
    program = bundle / windows_launcher.PROGRAM
    wine.run(
        program,
        "-B",
        "-c",
        f"import {', '.join(SESSION_MODULES)}; from protocol.picture.native import library\n"
        "assert library.LIBRARY, 'no inner loops'",
    )
    for one in (reachable.check(gone), srtp.CHECK, ffmpeg.CHECK):
        wine.run(program, "-B", "-c", one)


def _compile(libraries: Path, wine: Wine, python: Path) -> None:
    """Compile with the very Python that will run it."""

    def run(arguments: list[str], variables: dict[str, str]) -> None:
        wine.run(python, *arguments[:-1], path_in_windows(libraries), variables=variables)

    bytecode.compile_sources(libraries, run)


def _drop_other_systems(libraries: Path) -> None:
    """Remove the sound library's builds for other systems, which come in the same wheel."""
    for name in _OTHER_SYSTEMS:
        for path in sorted((libraries / name).rglob("*")):
            if path.is_file() and path.name != _PORTAUDIO and path.suffix in (".dll", ".dylib", ".yml", ".md"):
                path.unlink()


def _write_sizes(
    out: Path, bundle: Path, release: str, packages: list[distributions.Shipped], parts: dict[str, dict[str, int]]
) -> Path:
    files = archive.files_of(bundle)
    report = {
        "release": release,
        "version": version("deskside"),
        "bytes": (out / NAME).stat().st_size,
        "unpacked_bytes": sum(path.stat().st_size for path in files),
        "files": len(files),
        "python": windows_python.VERSION,
        "parts": parts,
        "packages": {one.name: {"version": one.version, "licence": one.licence} for one in packages},
        "compiled": {one.name: one.version for one in COMPILED},
    }
    target = out / SIZES
    target.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return target


def part_of(path: str) -> str:
    """Return the part a file of the bundle belongs to; `path` is inside the bundle."""
    first, _, rest = path.partition("/")
    if first == "tcl" or rest in ("tcl86t.dll", "tk86t.dll"):
        return "tcl and tk"
    if first == "DLLs":
        return rest.removesuffix(".dll") if rest.startswith("lib") else "extension modules"
    if first != "Lib":
        return first.partition(".")[0]
    package, _, below = rest.partition("/")
    if package == "av.libs":
        return f"ffmpeg: {below.partition('-')[0]}"
    name = package.partition(".")[0]
    return name if package in OWN_PACKAGES or name in _wheel_folders() else "standard library"


def _wheel_folders() -> set[str]:
    return {
        *(
            "OpenSSL",
            "_cffi_backend",
            "_sounddevice_data",
            "aioice",
            "aiortc",
            "av",
            "backports",
            "cffi",
            "cryptography",
        ),
        *(
            "dns",
            "google_crc32c",
            "ifaddr",
            "msgspec",
            "mss",
            "platformdirs",
            "psutil",
            "pyee",
            "pylibsrtp",
            "websockets",
        ),
    }
