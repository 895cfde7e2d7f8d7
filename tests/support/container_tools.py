"""Building and running a container with buildah and podman, in stores of the test's own and without any registry.

The base image is a small Debian made here, because public ones cannot be had everywhere.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

TOOLS = ("buildah", "podman", "runc", "mmdebstrap")
BASE = "localhost/debian-python"
LONGEST_S = 600.0


def lacking() -> str:
    """Return why no container can be built and run here; empty where it can."""
    missing = [name for name in TOOLS if shutil.which(name) is None]
    if missing:
        return f"{', '.join(missing)} is missing"
    return "" if os.geteuid() == 0 else "only root runs these containers"


class ContainerTools:
    """Both tools with everything they keep in `folder`; `close` empties it."""

    def __init__(self, folder: Path) -> None:
        self._running = tempfile.TemporaryDirectory(prefix="ds-")  # podman takes no path longer than 50 characters
        self._stores = ["--root", str(folder / "store"), "--runroot", self._running.name, "--storage-driver", "vfs"]

    def buildah(self, *arguments: str) -> str:
        """Run buildah, where RUN needs nothing but a change of root, and return what it prints."""
        return _run(["buildah", *self._stores, *arguments], BUILDAH_ISOLATION="chroot")

    def podman(self, *arguments: str) -> str:
        """Run podman and return what it prints."""
        runtime = shutil.which("runc") or "runc"
        return _run(["podman", *self._stores, "--cgroup-manager=cgroupfs", "--runtime", runtime, *arguments])

    def make_base(self, archive: Path) -> None:
        """Make the base image from the root file system in `archive`."""
        working = self.buildah("from", "scratch").strip()
        self.buildah("add", "--quiet", working, str(archive), "/")
        self.buildah("commit", "--quiet", working, BASE)
        self.buildah("rm", working)

    def close(self) -> None:
        """End every container and let go of every image."""
        try:
            self.podman("rm", "--all", "--force", "--time", "5")
            self.podman("system", "reset", "--force")
        finally:
            self._running.cleanup()


def _run(command: list[str], **environment: str) -> str:
    done = subprocess.run(
        command,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout[-1000:]}{done.stderr[-2000:]}"
    return done.stdout
