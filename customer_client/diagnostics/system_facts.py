"""Facts about the operating system and the session. Each function is one collector's `find`; nothing is changed."""

import os
import platform
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psutil

from customer_client.diagnostics.collector import Collector, Finding, unsupported
from customer_client.diagnostics.formatting import duration_text

GROUP = "System"

_REBOOT_NOTE = Path("/var/run/reboot-required")
_REBOOT_NOTIFIER = Path("/usr/share/update-notifier/notify-reboot-required")
_WINDOWS_REBOOT_KEYS = (
    r"SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending",
    r"SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired",
)


def _name() -> Iterator[Finding]:
    yield Finding(_system_name())


def _system_name() -> str:
    system = platform.system()
    if system == "Linux":
        try:
            release = platform.freedesktop_os_release()
        except OSError as cause:
            raise unsupported("this Linux does not describe itself in os-release") from cause
        return f"{release['PRETTY_NAME']}, kernel {platform.release()}"
    if system == "Darwin":
        return f"macOS {platform.mac_ver()[0]}"
    if not system:
        raise unsupported("the system does not tell its name")
    return f"{system} {platform.release()}, version {platform.version()}"


def _architecture() -> Iterator[Finding]:
    machine = platform.machine()
    if not machine:
        raise unsupported("the system does not tell its architecture")
    yield Finding(f"{machine}, {64 if sys.maxsize > 2**32 else 32}-bit program")


def _uptime() -> Iterator[Finding]:
    yield Finding(duration_text(time.time() - psutil.boot_time()))


def _reboot_pending() -> Iterator[Finding]:
    if platform.system() == "Windows":
        yield Finding("yes" if _windows_reboot_pending() else "no")
    elif _REBOOT_NOTE.exists():
        yield Finding("yes")
    elif _REBOOT_NOTIFIER.exists():
        yield Finding("no")
    else:
        raise unsupported("this system does not note whether it needs a restart")


def _windows_reboot_pending() -> bool:
    # Not covered on other systems; uses the documented registry keys only.
    import importlib
    from typing import Any

    registry: Any = importlib.import_module("winreg")
    for key in _WINDOWS_REBOOT_KEYS:
        try:
            registry.CloseKey(registry.OpenKey(registry.HKEY_LOCAL_MACHINE, key))
        except FileNotFoundError:
            continue
        return True
    return False


def _clock() -> Iterator[Finding]:
    now = datetime.now().astimezone()
    name = now.tzname() or "unknown zone"
    yield Finding(f"{now:%Y-%m-%d %H:%M:%S} ({name}, UTC{now:%z})")


def _session_type() -> Iterator[Finding]:
    system = platform.system()
    if system != "Linux":
        yield Finding({"Windows": "Windows desktop", "Darwin": "macOS desktop"}.get(system, system))
        return
    declared = os.environ.get("XDG_SESSION_TYPE", "")
    if declared in {"x11", "wayland"}:
        yield Finding({"x11": "X11", "wayland": "Wayland"}[declared])
    elif os.environ.get("WAYLAND_DISPLAY"):
        yield Finding("Wayland")
    elif os.environ.get("DISPLAY"):
        yield Finding("X11")
    else:
        raise unsupported("no graphical session was found")


SYSTEM_COLLECTORS = (
    Collector("os.name", 1, GROUP, "Operating system", "name and version of the system", _name),
    Collector(
        "os.architecture", 1, GROUP, "Architecture", "the kind of processor the system is made for", _architecture
    ),
    Collector("os.uptime", 1, GROUP, "Running since", "the time of the last start", _uptime),
    Collector("os.reboot_pending", 1, GROUP, "Restart pending", "whether updates wait for a restart", _reboot_pending),
    Collector("os.session", 1, GROUP, "Desktop session", "whether the desktop is X11 or Wayland", _session_type),
    Collector("time.clock", 1, GROUP, "Clock", "date, time and time zone", _clock),
)
"""What is read about the system."""
