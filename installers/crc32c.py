"""The sums of SCTP's packets without C++: a library of our own below google-crc32c's compiled module.

The wheel's own library needs `libstdc++`, 2.2 MB, for two functions of it; nothing else in the bundle is C++.
"""

import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("checksum") / "crc32c.c"
_OPTIONS = ("-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-s", "-Wl,--build-id=none")

CHECK = """
import google_crc32c
assert google_crc32c.implementation == "c", google_crc32c.implementation
assert google_crc32c.value(b"123456789") == 0xE3069283
assert google_crc32c.extend(google_crc32c.value(b"1234"), b"56789" * 99) == google_crc32c.value(b"1234" + b"56789" * 99)
"""
"""Adds up what every description of CRC-32C adds up, and a sum in two steps."""


def put_below_google_crc32c(libraries: Path) -> None:
    """Replace the wheel's library below `libraries` by ours, under its name.

    Raises:
        ValueError: the wheel has another number of libraries than one.
        subprocess.CalledProcessError: ours does not compile.
    """
    (old,) = (libraries / "google_crc32c.libs").iterdir()
    old.unlink()
    compile_library(old)
    old.chmod(0o755)


def compile_library(made: Path) -> None:
    """Compile our library into the file `made`, whose name it has for the loader, too.

    Raises:
        subprocess.CalledProcessError: it does not compile.
    """
    # The source goes through standard input so that no path of this machine reaches the result.
    command = ["gcc", *_OPTIONS, f"-Wl,-soname,{made.name}", "-x", "c", "-", "-o", str(made)]
    subprocess.run(command, input=SOURCE.read_bytes(), check=True)  # noqa: S603 - no shell


def check(program: Path) -> None:
    """Add up known bytes with the bundle's own `program`.

    Raises:
        subprocess.CalledProcessError: the sum is wrong, or the slow implementation was taken.
    """
    subprocess.run([str(program), "-IB", "-c", CHECK], check=True)  # noqa: S603 - no shell
