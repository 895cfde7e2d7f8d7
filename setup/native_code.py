"""Compile the inner loops of the screen stream, where that is possible: `python -m setup.native_code`.

Called by the Makefile, again whenever their sources change. Deskside works without them, only slower, so whatever goes
wrong is one sentence and exit status 0. The library is made for every processor of its kind, not only for this one.
Standard library only.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from setup.system_packages import Need, has_command, packages_of, provide, unmet

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "protocol" / "picture" / "native"
SOURCES = ("pixels.c", "movement.c")
LIBRARY = "deskside_pixels.dll" if sys.platform == "win32" else "libdeskside_pixels.so"
COMPILERS = ("cc", "gcc", "clang")
OPTIONS = ("-std=c99", "-O3", "-Wall", "-Wextra", "-fPIC", "-shared", "-fvisibility=hidden")
LONGEST_S = 120
SLOWER = "The picture's inner loops run in Python, which works and is slower"


def compiler_needs() -> list[Need]:
    """Return what compiling needs of the machine; Debian's packages bring it."""
    return [
        Need("a C compiler", "gcc", lambda: compiler() is not None),
        Need("the headers of the C library", "libc6-dev", has_headers),
    ]


def compiler() -> str | None:
    """Return the first C compiler of this machine, None when it has none."""
    return next((found for name in COMPILERS if (found := shutil.which(name))), None)


def has_headers() -> bool:
    """Return whether a program that includes `string.h` compiles; True while there is no compiler to ask."""
    used = compiler()
    if used is None:
        return not has_command("apt-get")
    return _run([used, "-fsyntax-only", "-x", "c", "-"], source="#include <string.h>\n") is None


def compile_library(folder: Path = FOLDER) -> str | None:
    """Compile the sources in `folder` into a library beside them. Return None, or one line that says why not.

    A library that is in use is replaced, not overwritten.
    """
    used = compiler()
    if used is None:
        return "there is no C compiler"
    try:
        with tempfile.TemporaryDirectory(dir=folder) as building:
            made = Path(building) / LIBRARY
            problem = _run([used, *OPTIONS, *(str(folder / name) for name in SOURCES), "-o", str(made)])
            if problem is None:
                made.replace(folder / LIBRARY)
            return problem
    except OSError as fault:
        return str(fault)


def _run(command: list[str], *, source: str = "") -> str | None:
    """Run the compiler with `source` as its input; return None, or the first line of what it complains about."""
    try:
        done = subprocess.run(  # noqa: S603 - no shell
            command, input=source, capture_output=True, text=True, timeout=LONGEST_S, check=False, env=_plain_messages()
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        return str(fault)
    if done.returncode == 0:
        return None
    complaints = [line for line in done.stderr.splitlines() if "error" in line] or done.stderr.splitlines()
    return complaints[0].strip() if complaints else f"the compiler ended with {done.returncode}"


def _plain_messages() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}


def main() -> int:
    """Compile, after installing a compiler where that is allowed. Return 0: nobody has to have one."""
    needs = compiler_needs()
    if provide(needs) is not None:
        packages = " ".join(packages_of(unmet(needs)))
        print(f"{SLOWER}. To compile them: sudo apt-get install --no-install-recommends {packages}, then make clean")
    elif (problem := compile_library()) is not None:
        print(f"{SLOWER}, because they do not compile: {problem}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
