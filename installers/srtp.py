"""libsrtp of our own below pylibsrtp: the version its wheel has, with the OpenSSL that Python brings anyway.

The wheel's compiled module has an OpenSSL of its own in it: 2 MB of the file, 5 MiB of a session's memory. This one is
compiled from the same two sources, libsrtp's and pylibsrtp's, and loads `libcrypto` like Python's own `ssl`.
"""

import contextlib
import hashlib
import io
import os
import runpy
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from installers.source_archives import SourceArchive, SourceMissing, is_known, unpacked

LIBSRTP = SourceArchive(
    name="libsrtp",
    version="2.7.0",
    licence="BSD-3-Clause",
    file="libsrtp-2.7.0.tar.gz",
    folder="libsrtp-2.7.0",
    sha256="54facb1727a557c2a76b91194dcb2d0a453aaf8e2d0cbbf1e3c2848c323e28ad",
    on_mirrors="pool/main/libs/libsrtp2/libsrtp2_2.7.0.orig.tar.gz",
    address="https://github.com/cisco/libsrtp/archive/refs/tags/v2.7.0.tar.gz",
)

BINDING_VERSION = "1.0.0"
"""Of pylibsrtp; its source archive comes from the Python Package Index, through pip."""

BINDING_SHA256 = "b39dff075b263a8ded5377f2490c60d2af452c9f06c4d061c7a2b640612b34d4"
BINDING_SOURCE = f"pylibsrtp-{BINDING_VERSION}.tar.gz"
MODULE = "_binding.abi3.so"

_CONFIGURE = ("./configure", "--enable-openssl", "--disable-pcap", "CFLAGS=-O2 -fPIC")
_LINK = ("-shared", "-fPIC", "-O2", "-Wl,--build-id=none", "-Wl,--exclude-libs,ALL")
_PIP_TIMEOUT_S = 300

CHECK = """
from pylibsrtp import Policy, Session
packet = bytes((0x80, 0x60, 0, 1)) + bytes(4) + bytes((0, 0, 0, 9)) + b"a picture"
for profile, bytes_of_key in ((Policy.SRTP_PROFILE_AEAD_AES_256_GCM, 44), (Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 30)):
    kind = dict(key=bytes(bytes_of_key), srtp_profile=profile)
    sealed = Session(Policy(ssrc_type=Policy.SSRC_ANY_OUTBOUND, **kind)).protect(packet)
    assert b"a picture" not in sealed, "nothing was encrypted"
    opened = Session(Policy(ssrc_type=Policy.SSRC_ANY_INBOUND, **kind)).unprotect(sealed)
    assert opened == packet, "another packet came back"
"""
"""Encrypts and decrypts with the profile of our sessions and the common one, and fails where one does not work."""


def built(kept: Path) -> Path:
    """Return the folder with the module and libsrtp's terms, built into `kept` unless the same are there already.

    Raises:
        SourceMissing: a source could not be had, or another pylibsrtp is installed than the one known here.
        OSError, subprocess.CalledProcessError: it does not compile.
    """
    if version("pylibsrtp") != BINDING_VERSION:
        raise SourceMissing(
            f"pylibsrtp {version('pylibsrtp')} is installed, installers/srtp.py knows {BINDING_VERSION}."
        )
    made = kept / "srtp" / _key()
    if not made.is_dir():
        source = unpacked(LIBSRTP, kept)
        unfinished = made.with_name(made.name + ".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        _compile_library(source)
        _compile_module(source, binding_source(kept), unfinished / MODULE)
        shutil.copyfile(source / "LICENSE", unfinished / "LICENSE")
        unfinished.replace(made)
        shutil.rmtree(source)
    return made


def put_below_pylibsrtp(libraries: Path, licences: Path, made: Path, module: str = MODULE) -> None:
    """Replace the wheel's compiled `module` in `libraries` by the one in `made`; libsrtp's terms go to `licences`.

    Raises:
        OSError: the wheel has none under this name, or a file could not be copied.
    """
    old = libraries / "pylibsrtp" / module
    old.unlink()  # the wheel has it under this very name, or it is another wheel
    shutil.copyfile(made / module, old)
    old.chmod(0o755)
    terms = licences / LIBSRTP.name
    terms.mkdir(parents=True)
    shutil.copyfile(made / "LICENSE", terms / "LICENSE")


def check(program: Path) -> None:
    """Encrypt and decrypt a packet with the bundle's own `program`.

    Raises:
        subprocess.CalledProcessError: that does not work.
    """
    subprocess.run([str(program), "-IB", "-c", CHECK], check=True)  # noqa: S603 - no shell


def _key() -> str:
    """Return a name for what would be built here: another compiler, OpenSSL or Python is another module."""
    compiler = _output("gcc", "--version")
    openssl = _output("gcc", "-dM", "-E", "-include", "openssl/opensslv.h", "-x", "c", os.devnull)
    parts = (LIBSRTP.sha256, BINDING_SHA256, *_CONFIGURE, *_LINK, compiler, openssl, sys.version, version("cffi"))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def binding_source(kept: Path) -> Path:
    """Return pylibsrtp's source archive in `kept`, fetched by pip if it is not there."""
    file = kept / BINDING_SOURCE
    if not is_known(file, BINDING_SHA256):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--no-binary", "pylibsrtp", "--dest", str(kept), f"pylibsrtp=={BINDING_VERSION}"]
        subprocess.run(command, check=False, capture_output=True, timeout=_PIP_TIMEOUT_S)  # noqa: S603 - no shell
    if not is_known(file, BINDING_SHA256):
        raise SourceMissing(f"pip did not get the source of pylibsrtp. Please put it into {kept} as {BINDING_SOURCE}.")
    return file


def _compile_library(source: Path) -> None:
    with (source.parent / "libsrtp.log").open("wb") as log:
        for command in ([*_CONFIGURE], ["make", "libsrtp2.a"]):
            subprocess.run(command, cwd=source, env=_plain(), stdout=log, stderr=log, check=True)  # noqa: S603 - no shell


def _compile_module(library: Path, archive: Path, made: Path) -> None:
    """Compile pylibsrtp's module from its `archive` with the compiled `library` in it."""
    with tempfile.TemporaryDirectory(prefix="deskside-srtp-") as name:
        work = Path(name)
        lay_out(work, library, archive)
        # The compiler sees relative names only: the bytes depend on no folder.
        command = ["gcc", *_LINK, "-I", sysconfig.get_path("include"), "-Iinclude", "binding.c", "libsrtp2.a"]
        subprocess.run([*command, "-lcrypto", "-o", MODULE], cwd=work, env=_plain(), check=True)  # noqa: S603 - no shell
        shutil.copyfile(work / MODULE, made)


def lay_out(work: Path, library: Path, archive: Path) -> None:
    """Put into the folder `work` what the module is compiled from: `binding.c`, `include` and `libsrtp2.a`.

    `library` is the folder libsrtp was compiled in, `archive` the source of pylibsrtp.

    Raises:
        OSError: a file could not be read or written.
    """
    with tarfile.open(archive) as tar:
        tar.extractall(work, filter="data")
    described = runpy.run_path(str(work / f"pylibsrtp-{BINDING_VERSION}" / "src" / "_cffi_src" / "build_srtp.py"))
    builder: Any = described["ffibuilder"]
    with contextlib.redirect_stdout(io.StringIO()):  # it says what it writes
        builder.emit_c_code(str(work / "binding.c"))
    headers = work / "include" / "srtp2"  # as `make install` lays them out
    headers.mkdir(parents=True)
    for folder in ("include", "crypto/include"):
        for header in sorted((library / folder).glob("*.h")):
            shutil.copyfile(header, headers / header.name)
    shutil.copyfile(library / "libsrtp2.a", work / "libsrtp2.a")


def _plain() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "SOURCE_DATE_EPOCH": "0"}


def _output(*command: str) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=_plain())  # noqa: S603 - no shell
    return done.stdout
