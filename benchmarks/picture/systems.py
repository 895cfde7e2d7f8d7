"""The systems under test: Deskside itself, and the VNC servers and viewer that Debian brings.

Each is started between two displays and two computers, and is the real program with its own defaults. VNC runs without
a password and without encryption, which is to its advantage.
"""

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.picture.deskside import deskside
from benchmarks.picture.namespaces import Computer
from benchmarks.picture.setting import Running, Setting, System, SystemFailed

PORT = 5900
START_PATIENCE_S = 30.0


@contextlib.contextmanager
def tigervnc(setting: Setting) -> Iterator[Running]:
    """Run TigerVNC's server for existing displays, and its viewer."""
    server = ["X0tigervnc", "-display", setting.source_display, "-SecurityTypes", "None", "-rfbport", str(PORT)]
    with _vnc(setting, server) as running:
        yield running


@contextlib.contextmanager
def x11vnc(setting: Setting) -> Iterator[Running]:
    """Run x11vnc, and TigerVNC's viewer."""
    server = ["x11vnc", "-display", setting.source_display, "-nopw", "-quiet", "-rfbport", str(PORT)]
    with _vnc(setting, server) as running:
        yield running


@contextlib.contextmanager
def _vnc(setting: Setting, server: list[str]) -> Iterator[Running]:
    viewer = ["xtigervncviewer", "-display", setting.viewer_display, "-SecurityTypes", "None", "-FullScreen"]
    viewer += ["-RemoteResize=0", "-ReconnectOnError=0", f"{setting.sender.address}::{PORT}"]
    with _process(setting.sender.command(*server), setting.folder / "server.log") as serving:
        _wait_until_listening(setting.sender, serving, setting.folder)
        with _process(setting.viewer.command(*viewer), setting.folder / "viewer.log") as viewing:
            yield Running(serving.pid, viewing.pid)


@contextlib.contextmanager
def _process(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {"HOME": str(log.parent), "XDG_SESSION_TYPE": "x11"}
    environment.pop("WAYLAND_DISPLAY", None)
    with log.open("wb") as written:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=written, stderr=written)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_listening(computer: Computer, serving: subprocess.Popen[bytes], folder: Path) -> None:
    """Return when the server listens; the kernel's table is read, because a connection would be a client."""
    wanted = f":{PORT:04X}"
    deadline = time.monotonic() + START_PATIENCE_S
    while time.monotonic() < deadline and serving.poll() is None:
        rows = Path("/proc", str(computer.holder), "net", "tcp").read_text(encoding="ascii").splitlines()[1:]
        if any(row.split()[1].endswith(wanted) and row.split()[3] == "0A" for row in rows):
            return
        time.sleep(0.02)
    raise SystemFailed(f"the VNC server did not listen: {(folder / 'server.log').read_text(errors='replace')[-800:]}")


SYSTEMS: dict[str, System] = {"ours": deskside, "tigervnc": tigervnc, "x11vnc": x11vnc}

NEEDS = {
    "ours": (),
    "tigervnc": ("X0tigervnc", "xtigervncviewer"),
    "x11vnc": ("x11vnc", "xtigervncviewer"),
}
PACKAGES = "tigervnc-scraping-server tigervnc-viewer x11vnc"
"""The Debian packages that bring what `NEEDS` names."""


def missing(system: str) -> list[str]:
    """Return the commands a system needs and this machine lacks."""
    return [command for command in NEEDS[system] if shutil.which(command) is None]
