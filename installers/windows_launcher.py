"""Our own programs in the Windows file: `deskside.exe` in the bundle, the inner loops, and what unpacks it all."""

import os
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path, PureWindowsPath

from installers.archive import by_likeness, files_of
from installers.prepared import HERE as RESTORER
from installers.prepared import Preparer

HERE = Path(__file__).with_name("launcher")
PROGRAM = "deskside.exe"
RESTORE = "restore.exe"
ICON = "deskside.ico"
_CROSS = "x86_64-w64-mingw32"
_LINKED = ("-s", "-static", "-static-libgcc", "-Wl,--no-insert-timestamp")
_WARNED = ("-Wall", "-Wextra", "-Wno-cast-function-type")


def compile_program(bundle: Path, version: str) -> None:
    """Put `deskside.exe` of this `version` into `bundle`, and the icon of its windows.

    Raises:
        OSError, subprocess.CalledProcessError: it does not compile.
    """
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for source in HERE.iterdir():
            shutil.copyfile(source, work / source.name)
        told = [f'-DVERSION=\\"{version}\\"', f"-DNUMBERS={numbers(version, ',')}"]
        _run([f"{_CROSS}-windres", *told, "deskside.rc", "resources.o"], work)
        command = [f"{_CROSS}-gcc", "-std=c11", "-O2", *_WARNED, "-municode", "-mwindows", *_LINKED]
        _run([*command, "deskside.c", "resources.o", "-o", PROGRAM], work)
        shutil.copyfile(work / PROGRAM, bundle / PROGRAM)
        shutil.copyfile(HERE / ICON, bundle / ICON)


def compile_inner_loops(sources: Path, folder: Path) -> None:
    """Compile the picture's inner loops, whose sources are in `sources`, into `folder`.

    Raises:
        OSError, subprocess.CalledProcessError: they do not compile.
    """
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for source in sources.glob("*.[ch]"):
            shutil.copyfile(source, work / source.name)
        parts = sorted(source.name for source in work.glob("*.c"))
        command = [f"{_CROSS}-gcc", "-std=c99", "-O3", "-Wall", "-Wextra", "-shared", *_LINKED]
        _run([*command, *parts, "-o", "deskside_pixels.dll"], work)
        shutil.copyfile(work / "deskside_pixels.dll", folder / "deskside_pixels.dll")


def pack(bundle: Path, made: Path, *, release: str, version: str) -> None:
    """Write the file `made`, which unpacks and starts what is in `bundle`; `release` names the contents.

    Raises:
        OSError, subprocess.CalledProcessError: NSIS refused.
    """
    fresh = made.with_name(made.name + ".new").resolve()
    with tempfile.TemporaryDirectory() as name:
        files, changed = Path(name, "files.nsh"), Path(name, "bundle")
        _prepare(bundle, changed)
        files.write_text(unpacking(changed), encoding="utf-8")
        _pack(files, fresh, release, version)
    fresh.replace(made)


def unpacking(bundle: Path) -> str:
    """Return the lines that have NSIS unpack every file of `bundle`, in an order that is not the disk's.

    Raises:
        ValueError: there is a link among them, or a name that means something else to NSIS.
    """
    lines, folder = [], None
    for path in by_likeness(files_of(bundle)):
        if set(path.name) & set("$`'\""):
            raise ValueError(f"NSIS would not take {path} for a name")
        if path.parent != folder:
            folder = path.parent
            inside = "\\".join(("$parent", "new", *folder.relative_to(bundle).parts))
            lines.append(f'SetOutPath "{inside}"')
        lines.append(f'File "{path}"')
    return "\n".join(lines) + "\n"


def _prepare(bundle: Path, changed: Path) -> None:
    """Copy `bundle` to `changed` with its machine code as it packs best, and add what restores it there."""
    told = bytearray()
    with Preparer() as preparer:
        for path in files_of(bundle):
            relative = path.relative_to(bundle)
            data, regions = preparer.prepared(path.read_bytes())
            (changed / relative).parent.mkdir(parents=True, exist_ok=True)
            (changed / relative).write_bytes(data)
            if regions:
                inside = str(PureWindowsPath(relative)).encode("ascii")
                told += struct.pack("<HH", len(inside), len(regions)) + inside
                told += b"".join(region.packed() for region in regions)
    (changed / "restore.bin").write_bytes(told)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for source in (HERE / "restore.c", RESTORER / "restore.h"):
            shutil.copyfile(source, work / source.name)
        command = [f"{_CROSS}-gcc", "-std=c11", "-O2", *_WARNED, "-mwindows", *_LINKED]
        _run([*command, "restore.c", "-o", RESTORE], work)
        shutil.copyfile(work / RESTORE, changed / RESTORE)


def _pack(files: Path, out: Path, release: str, version: str) -> None:
    given = {
        "RELEASE": release,
        "FILES": str(files),
        "OUT": str(out),
        "VERSION": version,
        "NUMBERS": numbers(version, "."),
        "ICON": str(HERE / ICON),
    }
    # The 64-bit stub: what is inside runs on nothing else, and wine needs no 32-bit part to run it.
    command = ["makensis", "-V2", "-NOCD", "-INPUTCHARSET", "UTF8", "-XTarget amd64-unicode"]
    _run([*command, *(f"-D{name}={value}" for name, value in given.items()), str(HERE / "unpack.nsi")], out.parent)


def numbers(version: str, between: str) -> str:
    """Return the four numbers Windows wants of a `version` such as 0.1.0."""
    parts = [part for part in version.split(".") if part.isdigit()]
    return between.join([*parts, "0", "0", "0", "0"][:4])


def _run(command: list[str], folder: Path) -> None:
    plain = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LC_ALL": "C.UTF-8",
        "SOURCE_DATE_EPOCH": "0",
        "HOME": "/",
    }
    subprocess.run(command, cwd=folder, env=plain, check=True)  # noqa: S603 - no shell
