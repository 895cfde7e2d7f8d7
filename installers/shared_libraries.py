"""What compiled files load: found, copied along, stripped, and told to look beside themselves."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

OF_THE_SYSTEM = {
    *("ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libc.so.6", "libdl.so.2", "libm.so.6", "libmvec.so.1"),
    *("libpthread.so.0", "libresolv.so.2", "librt.so.1", "libutil.so.1"),
}
"""Parts of the C library: a customer's computer has its own, and two of them in one program do not work."""

_NEEDED = re.compile(r"\(NEEDED\).*\[(.+)\]")
_GLIBC = re.compile(r"\bGLIBC_(\d+)\.(\d+)")
_KNOWN = re.compile(r"^\s*(\S+) \(([^)]*)\) => (\S+)$")


def compiled_files(bundle: Path) -> list[Path]:
    """Return every ELF file in `bundle`, sorted."""
    return [path for path in sorted(bundle.rglob("*")) if path.is_file() and is_compiled(path)]


def is_compiled(path: Path) -> bool:
    """Return whether the file is machine code for Linux (ELF)."""
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def add_missing(bundle: Path) -> list[Path]:
    """Copy into `bundle/lib` every shared library its files load and it does not hold yet; return where they were.

    Raises:
        FileNotFoundError: this computer does not have one of them either.
    """
    known = _libraries_of_this_computer()
    held = {path.name for path in compiled_files(bundle)}
    waiting = compiled_files(bundle)
    added: list[Path] = []
    while waiting:
        for name in sorted(needed(waiting.pop()) - held - OF_THE_SYSTEM):
            source = known.get(name)
            if source is None:
                raise FileNotFoundError(f"no library {name} on this computer")
            target = bundle / "lib" / name
            shutil.copyfile(source, target)
            target.chmod(0o755)
            held.add(name)
            added.append(source)
            waiting.append(target)
    return sorted(added)


def of_this_computer(bundle: Path) -> list[Path]:
    """Return where the libraries lie that the files in `bundle` load and that it does not hold itself.

    Raises:
        FileNotFoundError: this computer does not have one of them.
    """
    known = _libraries_of_this_computer()
    files = compiled_files(bundle)
    asked = {name for path in files for name in needed(path)} - {path.name for path in files}
    missing = sorted(asked - known.keys())
    if missing:
        raise FileNotFoundError(f"no library {missing[0]} on this computer")
    return sorted(known[name] for name in asked)


def strip(files: list[Path]) -> None:
    """Remove from compiled files what only debuggers and linkers read; not from files that were patched.

    Raises:
        CalledProcessError: `strip` refused.
    """
    for path in files:
        _run("strip", "--strip-unneeded", "--enable-deterministic-archives", str(path))


def look_beside(bundle: Path, program: Path) -> None:
    """Have `program` and everything it loads find their libraries in `bundle/lib`.

    The old kind of path is set, in the program alone: it counts for libraries loaded by libraries, too. Packages from
    wheels keep theirs, which are relative already.

    Raises:
        CalledProcessError: `patchelf` refused.
    """
    own = [*(bundle / "lib").glob("*.so*"), *(bundle / "lib").glob("python*/lib-dynload/*.so")]
    for path in sorted(own):
        _run("patchelf", "--remove-rpath", str(path))
    _run("patchelf", "--force-rpath", "--set-rpath", "$ORIGIN/../lib", str(bundle / program))


def oldest_glibc(bundle: Path) -> str:
    """Return the version of the C library that the most demanding file asks for, like `2.36`."""
    versions = {(2, 0)}
    for path in compiled_files(bundle):
        text = _run("objdump", "-p", str(path))
        versions |= {(int(major), int(minor)) for major, minor in _GLIBC.findall(text)}
    return ".".join(map(str, max(versions)))


def needed(path: Path) -> set[str]:
    """Return the names of the libraries that a compiled file asks the loader for."""
    return set(_NEEDED.findall(_run("readelf", "-d", str(path))))


def _libraries_of_this_computer() -> dict[str, Path]:
    """Return the libraries the loader knows, by name, and those of this Python, which it may not know."""
    known: dict[str, Path] = {}
    for line in _run("/sbin/ldconfig", "-p").splitlines():
        found = _KNOWN.match(line)
        if found and "libc6" in found[2] and ("64" in found[2]) == (sys.maxsize > 2**32):
            known.setdefault(found[1], Path(found[3]))
    return known | {path.name: path for path in Path(sys.base_prefix, "lib").glob("lib*.so*")}


def _run(*command: str) -> str:
    plain = {"LC_ALL": "C", "PATH": _PATH}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=plain)  # noqa: S603 - no shell
    return done.stdout


_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
