"""A Wayland desktop without a screen: bus, PipeWire, GNOME's compositor and the real desktop portal, for one test.

Only the part of the portal that would show the dialog is ours (`portal_backend`): a test answers in its place.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from Xlib import error
from Xlib.protocol import event
from Xlib.protocol.display import Display as XDisplay

from tests.support.portal_backend import PORTAL_FILE, PortalBackend

STARTED_WITHIN_S = 20.0
ENDED_WITHIN_S = 2.0
_PORTAL = Path("/usr/libexec/xdg-desktop-portal")
_NEEDED = ("dbus-daemon", "mutter", "Xwayland", "pipewire", "wireplumber", "gst-launch-1.0", "gst-inspect-1.0")
_ENDS_WITH_US = ("setpriv", "--pdeathsig", "TERM")
"""Nothing of it is left when a test run is killed."""

_BUS = """<busconfig><type>session</type><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy></busconfig>"""


def why_no_wayland_desktop() -> str:
    """Return why this computer cannot run one; empty when it can."""
    missing = [name for name in _NEEDED if shutil.which(name) is None]
    if not _PORTAL.exists():
        missing.append("xdg-desktop-portal")
    return f"not installed: {', '.join(missing)}" if missing else ""


@dataclass
class WaylandDesktop:
    """The running desktop. `environment` is what a program on it has."""

    folder: Path
    environment: dict[str, str]
    backend: PortalBackend
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def start(self, *command: str) -> "subprocess.Popen[bytes]":
        """Start a program on this desktop; it is ended with it."""
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                (*_ENDS_WITH_US, *command),
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        self.processes.append(process)
        return process

    def end(self, process: "subprocess.Popen[bytes]") -> None:
        """End a program and wait for it."""
        if process in self.processes:
            self.processes.remove(process)
        process.terminate()
        _wait_or_kill(process)

    def said(self) -> str:
        """Return what the programs said, for a failure's message."""
        return (self.folder / "log").read_text(errors="replace")[-4000:]


@contextmanager
def wayland_desktop(*, compositor: bool = True, devices: int = 3) -> Iterator[WaylandDesktop]:
    """Run the desktop, 800 x 600; this process has its environment meanwhile.

    Without `compositor` there is a bus and the portal, which says yes and has nothing to show.
    Skips the test when this computer cannot run it.
    """
    reason = why_no_wayland_desktop()
    if reason:
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="deskside-wl-") as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        address = f"unix:path={folder}/bus"
        (folder / "bus.conf").write_text(_BUS.format(folder=folder))
        (folder / "test.portal").write_text(PORTAL_FILE)
        environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")} | {
            "DBUS_SESSION_BUS_ADDRESS": address,
            "GSETTINGS_BACKEND": "memory",
            "HOME": name,
            "XDG_CURRENT_DESKTOP": "deskside",
            "XDG_DESKTOP_PORTAL_DIR": name,
            "XDG_RUNTIME_DIR": name,
            "XDG_SESSION_TYPE": "wayland",
        }
        for key, value in environment.items():
            patch.setenv(key, value)
        for key in ("DISPLAY", "WAYLAND_DISPLAY"):
            patch.delenv(key, raising=False)
        # python-xlib keeps one table for all servers of a process, and Xwayland numbers its events in another way.
        patch.setattr(XDisplay, "event_classes", event.event_class.copy())
        patch.setattr(XDisplay, "error_classes", error.xerror_class.copy())
        yield from _running(folder, address, environment, patch, compositor, devices)


def _running(
    folder: Path,
    address: str,
    environment: dict[str, str],
    patch: pytest.MonkeyPatch,
    compositor: bool,
    devices: int,
) -> Iterator[WaylandDesktop]:
    bus = subprocess.Popen(
        [*_ENDS_WITH_US, "dbus-daemon", "--nofork", f"--config-file={folder}/bus.conf"], stderr=subprocess.DEVNULL
    )
    backend: PortalBackend | None = None
    processes: list[subprocess.Popen[bytes]] = []
    try:
        _wait(lambda: (folder / "bus").exists(), "the bus")
        backend = PortalBackend(address, compositor=compositor, devices=devices)
        desktop = WaylandDesktop(folder, environment, backend, processes)
        if compositor:
            _start_compositor(desktop, patch)
        desktop.start(str(_PORTAL), "--replace")
        backend.wait_for_name("org.freedesktop.portal.Desktop", STARTED_WITHIN_S)
        yield desktop
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            _wait_or_kill(process)
        if backend is not None:
            backend.stop()
        bus.terminate()
        bus.wait(10)


def _start_compositor(desktop: WaylandDesktop, patch: pytest.MonkeyPatch) -> None:
    desktop.start("pipewire")
    _wait(lambda: (desktop.folder / "pipewire-0").exists(), "PipeWire")
    desktop.start("wireplumber")
    options = ("--headless", "--wayland", "--virtual-monitor", "800x600", "--wayland-display", "wayland-7")
    mutter = desktop.start("mutter", *options)
    desktop.backend.wait_for_name("org.gnome.Mutter.RemoteDesktop", STARTED_WITHIN_S)
    said = "Using public X11 display "
    _wait(lambda: said in desktop.said() or mutter.poll() is not None, "mutter")
    assert mutter.poll() is None, desktop.said()
    display = desktop.said().split(said)[1].split(",")[0]
    key_file = str(next(desktop.folder.glob(".mutter-Xwaylandauth.*")))
    for key, value in (("WAYLAND_DISPLAY", "wayland-7"), ("DISPLAY", display), ("XAUTHORITY", key_file)):
        desktop.environment[key] = value
        patch.setenv(key, value)


def _wait_or_kill(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(ENDED_WITHIN_S)
    except subprocess.TimeoutExpired:  # mutter now and then hangs on its way out
        process.kill()
        process.wait()


def _wait(done: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + STARTED_WITHIN_S
    while not done():
        assert time.monotonic() < deadline, f"{what} did not start"
        time.sleep(0.02)
