"""A small Debian of its own in a folder, with a real systemd: what a package does on a computer of somebody else.

It is made with mmdebstrap from where this computer's apt gets its packages, and runs under systemd-nspawn, which needs
root. It has the network of this computer, and no other thing of it.
"""

import contextlib
import os
import platform
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

TOOLS = ("mmdebstrap", "systemd-nspawn", "nsenter", "lintian")
ANSWERS_WITHIN_S = 90.0
MAKING_WITHIN_S = 600.0
_PLAIN = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
_APT = ("apt-get", "-qq", "-o", "Dpkg::Use-Pty=0", "-o", "Dpkg::Options::=--force-confold")


def lacking() -> str:
    """Return why there can be no such computer here; empty where there can be."""
    if os.geteuid() != 0:
        return "only root can make a computer of its own"
    missing = [name for name in TOOLS if shutil.which(name) is None]
    if missing:
        return f"{', '.join(missing)} is missing"
    if platform.freedesktop_os_release().get("ID") != "debian":
        return "this computer is not a Debian"
    if not Path("/sys/fs/cgroup/systemd").exists() and not Path("/sys/fs/cgroup/cgroup.controllers").exists():
        return "there are no control groups for a systemd"
    return ""


def until(is_so: Callable[[], bool], what: str, seconds: float = ANSWERS_WITHIN_S) -> None:
    """Wait until `is_so`, or fail with `what` was waited for."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.2)


def base_archive(target: Path, *packages: str) -> Path:
    """Install a minimal Debian of this computer's release, with `packages`, into a folder or a `.tar`."""
    release = platform.freedesktop_os_release()["VERSION_CODENAME"]
    sources = sorted(Path("/etc/apt/sources.list.d").glob("*.sources")) + sorted(Path("/etc/apt").glob("sources.list"))
    command = ["mmdebstrap", "--quiet", "--variant=minbase", "--mode=root", f"--include={','.join(packages)}"]
    command += ["--skip=cleanup/apt/lists", release, str(target), *map(str, sources)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=MAKING_WITHIN_S, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return target


class DebianComputer:
    """The computer in `folder`: off at first; `running()` turns it on and off again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._leader = 0

    def make(self, *packages: str) -> None:
        """Install a minimal Debian of the same release, with systemd and `packages`, into the folder."""
        base_archive(self.folder, "systemd-sysv", *packages)

    def run(self, *command: str, must: bool = True, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run `command` there as root to its end; in the running system if it is on."""
        if self._leader:
            enter = ["nsenter", f"--target={self._leader}", "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--wd=/"]
        else:
            enter = [*self._nspawn(), "--pipe", "--resolv-conf=copy-host", "--as-pid2", "--chdir=/"]
            enter += [f"--setenv={name}={value}" for name, value in {**_PLAIN, **environment}.items()]
        done = subprocess.run(
            [*enter, "--", *command] if not self._leader else [*enter, *command],
            env=_PLAIN | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=MAKING_WITHIN_S,
            check=False,
        )
        assert done.returncode == 0 or not must, f"{command}: {done.stdout[-1000:]}{done.stderr[-2000:]}"
        return done

    def install(self, package: Path) -> str:
        """Install a Debian package of ours with all it needs and return what apt said."""
        target = self.folder / "var" / "tmp" / package.name
        shutil.copyfile(package, target)
        done = self.run(*_APT, "install", "--yes", "--no-install-recommends", f"/var/tmp/{package.name}")
        target.unlink()
        return done.stdout + done.stderr

    def purge(self, name: str) -> str:
        """Remove a package with its settings and return what apt said."""
        done = self.run(*_APT, "purge", "--yes", name)
        return done.stdout + done.stderr

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Turn it on: systemd starts what is enabled. Afterwards it is turned off."""
        command = [*self._nspawn(), "--boot", "--console=pipe", "--resolv-conf=copy-host", "--kill-signal=SIGRTMIN+3"]
        nspawn = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_PLAIN
        )
        try:
            until(lambda: self._found_leader(nspawn.pid), "a systemd")
            until(lambda: self.run("systemctl", "is-system-running", must=False).stdout.strip() in _UP, "the system")
            yield
        finally:
            self._leader = 0
            nspawn.send_signal(signal.SIGTERM)
            try:
                nspawn.wait(timeout=ANSWERS_WITHIN_S)
            except subprocess.TimeoutExpired:
                nspawn.kill()
                nspawn.wait()

    def _nspawn(self) -> list[str]:
        return ["systemd-nspawn", "--quiet", f"--directory={self.folder}", "--register=no", "--keep-unit"]

    def _found_leader(self, nspawn: int) -> bool:
        assert Path(f"/proc/{nspawn}").exists(), "systemd-nspawn ended at once"
        children = Path(f"/proc/{nspawn}/task/{nspawn}/children").read_text().split()
        for child in map(int, children):
            with contextlib.suppress(OSError):
                if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                    self._leader = child
                    return True
        return False


_UP = ("running", "degraded")
