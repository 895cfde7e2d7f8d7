"""libsrtp of our own below pylibsrtp on Windows, as on Linux (srtp.py): it loads the OpenSSL that Python has anyway.

Compiled by mingw-w64, with this computer's headers of OpenSSL 3, against Python's `libcrypto-3.dll` itself.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from installers import windows_python
from installers.source_archives import unpacked
from installers.srtp import BINDING_SHA256, LIBSRTP, binding_source, lay_out

MODULE = "_binding.pyd"
CRYPTO = "libcrypto-3.dll"
_CROSS = "x86_64-w64-mingw32"
_CONFIGURE = (f"--host={_CROSS}", "--enable-openssl", "--disable-pcap")
_CFLAGS = "-O2 -ffunction-sections -fdata-sections"
_LINK = (
    *("-std=c11", "-O2", "-DPy_LIMITED_API", "-shared", "-s", "-static-libgcc"),
    *("-Wl,--gc-sections", "-Wl,--no-insert-timestamp"),
)


def built(kept: Path, python: Path) -> Path:
    """Return the folder with the module and libsrtp's terms, built into `kept` unless the same are there already.

    `python` is the folder with Windows' Python and its headers.

    Raises:
        SourceMissing: a source could not be had.
        OSError, subprocess.CalledProcessError: it does not compile.
    """
    made = kept / "srtp-windows" / _key(python)
    if not made.is_dir():
        source = unpacked(LIBSRTP, kept)
        unfinished = made.with_name(made.name + ".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        with tempfile.TemporaryDirectory(prefix="deskside-srtp-") as name:
            openssl = _openssl(Path(name, "openssl"), python)
            _compile_library(source, openssl, kept / "srtp-windows.log")
            _compile_module(Path(name), source, binding_source(kept), python)
            shutil.copyfile(Path(name, MODULE), unfinished / MODULE)
        shutil.copyfile(source / "LICENSE", unfinished / "LICENSE")
        unfinished.replace(made)
        shutil.rmtree(source)
    return made


def _key(python: Path) -> str:
    """Return a name for what would be built here: another compiler, OpenSSL or Python is another module."""
    said = subprocess.run([f"{_CROSS}-gcc", "--version"], check=True, capture_output=True, text=True)  # noqa: S603
    crypto = hashlib.sha256((python / "DLLs" / CRYPTO).read_bytes()).hexdigest()
    parts = (LIBSRTP.sha256, BINDING_SHA256, *_CONFIGURE, _CFLAGS, *_LINK, said.stdout, crypto, windows_python.VERSION)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _openssl(folder: Path, python: Path) -> Path:
    """Lay out OpenSSL as libsrtp's configure looks for it, and return that folder."""
    headers = folder / "include" / "openssl"
    headers.mkdir(parents=True)
    system = Path("/usr/include")
    for found in sorted((*system.glob("openssl/*.h"), *system.glob("x86_64-linux-gnu/openssl/*.h"))):
        shutil.copyfile(found, headers / found.name)
    (folder / "lib").mkdir()
    shutil.copyfile(python / "DLLs" / CRYPTO, folder / "lib" / "libcrypto.dll")  # mingw links with it as it is
    return folder


def _compile_library(source: Path, openssl: Path, log_file: Path) -> None:
    environment = _plain() | {"CFLAGS": _CFLAGS, "PKG_CONFIG": "false"}
    with log_file.open("wb") as log:
        for command in (
            ["./configure", *_CONFIGURE, f"--with-openssl-dir={openssl}"],
            ["make", f"CC={_CROSS}-gcc", "libsrtp2.a"],
        ):
            subprocess.run(command, cwd=source, env=environment, stdout=log, stderr=log, check=True)  # noqa: S603


def _compile_module(work: Path, library: Path, archive: Path, python: Path) -> None:
    lay_out(work, library, archive)
    shutil.copytree(python / "include", work / "python")
    shutil.copyfile(python / "python3.dll", work / "python3.dll")
    # The compiler sees relative names only: the bytes depend on no folder.
    command = [f"{_CROSS}-gcc", *_LINK, "-Ipython", "-Iinclude", "binding.c", "libsrtp2.a"]
    command += ["python3.dll", "openssl/lib/libcrypto.dll", "-lws2_32", "-o", MODULE]
    subprocess.run(command, cwd=work, env=_plain(), check=True)  # noqa: S603 - no shell


def _plain() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "SOURCE_DATE_EPOCH": "0"}
