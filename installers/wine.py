"""Runs programs of Windows on this computer, in a Windows of our own that Debian's wine makes.

What it proves: that everything loads, talks, draws and packs. What it cannot prove: see docs/packaging.md.
"""

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

_SHIM = Path(__file__).with_name("launcher") / "bcryptprimitives.c"
_SHIM_NAME = "bcryptprimitives.dll"
_BOOT_S = 180


@dataclass(frozen=True)
class Wine:
    """A Windows; `folder` is where its disks and registry are."""

    folder: Path

    @property
    def disk(self) -> Path:
        """Its disk C:."""
        return self.folder / "drive_c"

    def environment(self, **more: str) -> dict[str, str]:
        """Return what a program started with `wine` needs to be told, and `more`; without DISPLAY it has no screen."""
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "WINEPREFIX": str(self.folder),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml,winemenubuilder.exe=",
            **more,
        }

    def run(
        self,
        program: Path | str,
        *arguments: str,
        timeout_s: float = 300,
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> str:
        """Run a program of Windows to its end and return what it says.

        Raises:
            subprocess.CalledProcessError: its exit status is not 0; `output` is what it said.
            subprocess.TimeoutExpired: it took longer than `timeout_s`.
        """
        command = ["wine", str(program), *arguments]
        done = subprocess.run(  # noqa: S603 - no shell
            command,
            env=self.environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,  # never a file: wine's Python cannot write to one
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode:
            print(done.stdout[-4000:], file=sys.stderr)
            raise subprocess.CalledProcessError(done.returncode, done.args, done.stdout)
        return done.stdout

    def end(self) -> None:
        """End every program that runs in this Windows, and nothing else."""
        for what in ("-k", "-w"):  # kill, and wait until they are gone
            command = ["wineserver", what]
            subprocess.run(command, env=self.environment(), check=False, timeout=60)  # noqa: S603 - no shell


def path_in_windows(path: Path) -> str:
    """Return how a program in Windows finds a file of this computer: disk Z: is its root."""
    return "Z:" + str(path.resolve()).replace("/", "\\")


@contextlib.contextmanager
def windows(kept: Path) -> Iterator[Wine]:
    """Have the Windows in `kept` to oneself; it is made the first time, in some ten seconds, and empty of programs.

    Raises:
        OSError, subprocess.SubprocessError: it cannot be made.
    """
    kept.mkdir(parents=True, exist_ok=True)
    with (kept / "wine.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wine = Wine((kept / f"wine-{_version()}").resolve())
        if not wine.folder.is_dir():
            _make(wine)
        try:
            yield wine
        finally:
            wine.end()


def _version() -> str:
    command = ["wine", "--version"]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)  # noqa: S603 - no shell
    return said.stdout.split()[0].removeprefix("wine-")


def _make(wine: Wine) -> None:
    fresh = Wine(wine.folder.with_name(wine.folder.name + ".new"))
    shutil.rmtree(fresh.folder, ignore_errors=True)
    fresh.folder.mkdir()
    fresh.run("wineboot", "-i", timeout_s=_BOOT_S)
    system = fresh.disk / "windows" / "system32"
    if not (system / _SHIM_NAME).exists():
        # Wine before 9 lacks this part of Windows, which `cryptography` asks for random numbers.
        command = ["x86_64-w64-mingw32-gcc", "-O2", "-shared", "-o", str(system / _SHIM_NAME), str(_SHIM), "-ladvapi32"]
        subprocess.run(command, check=True)  # noqa: S603 - no shell
    fresh.end()
    fresh.folder.rename(wine.folder)
