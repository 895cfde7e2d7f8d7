"""What is installed and set up on a Windows computer, from its registry and files.

Written to the documented places (Uninstall, Run, Services, Internet Settings, Tcpip, SystemCertificates); not run here.
"""

import importlib
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from customer_client.changes.collectors import Collector, Deadline
from customer_client.changes.files import answer_of, files_in, lines_of
from customer_client.changes.snapshot import ChangeKind, Entries, bounded

_UNINSTALL = (
    ("HKEY_LOCAL_MACHINE", r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"),
    ("HKEY_LOCAL_MACHINE", r"SOFTWARE\WOW6432Node\Microsoft\Windows\CurrentVersion\Uninstall"),
    ("HKEY_CURRENT_USER", r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"),
)
_RUN = tuple(
    (hive, rf"SOFTWARE\Microsoft\Windows\CurrentVersion\{key}")
    for hive in ("HKEY_LOCAL_MACHINE", "HKEY_CURRENT_USER")
    for key in ("Run", "RunOnce")
)
_SERVICES = (("HKEY_LOCAL_MACHINE", r"SYSTEM\CurrentControlSet\Services"),)
_PROXY = (("HKEY_CURRENT_USER", r"SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings"),)
_DNS = (("HKEY_LOCAL_MACHINE", r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces"),)
_ROOTS = tuple(
    (hive, rf"SOFTWARE\Microsoft\SystemCertificates\{store}\Certificates")
    for hive in ("HKEY_LOCAL_MACHINE", "HKEY_CURRENT_USER")
    for store in ("ROOT", "AuthRoot")
)
_PROXY_VALUES = frozenset({"ProxyEnable", "ProxyServer", "AutoConfigURL", "ProxyOverride"})
_CHROMIUM_PROFILES = ("Google/Chrome/User Data", "Microsoft/Edge/User Data", "BraveSoftware/Brave-Browser/User Data")


def windows_collectors() -> Mapping[ChangeKind, Sequence[Collector]]:
    """Return the collectors for this computer."""
    system = Path(os.environ.get("SYSTEMROOT", r"C:\Windows"))
    local, roaming = Path(os.environ.get("LOCALAPPDATA", "")), Path(os.environ.get("APPDATA", ""))
    common = Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData"))
    startup = [each / "Microsoft/Windows/Start Menu/Programs/Startup" for each in (roaming, common)]
    extensions = [local / folder for folder in _CHROMIUM_PROFILES]
    firefox = [roaming / "Mozilla/Firefox/Profiles"]
    return {
        ChangeKind.HOSTS: [
            lambda _left: bounded((line, "") for line in lines_of(system / "System32/drivers/etc/hosts"))
        ],
        ChangeKind.PROXY: [partial(_values, _PROXY, only=_PROXY_VALUES)],
        ChangeKind.DNS: [partial(_keys, _DNS, naming=("NameServer", "DhcpNameServer"))],
        ChangeKind.STARTUP: [partial(_values, _RUN), lambda left: files_in(startup, left)],
        ChangeKind.EXTENSIONS: [
            lambda left: files_in(extensions, left, pattern="*/Extensions/*/*"),
            lambda left: files_in(firefox, left, pattern="*/extensions/*"),
        ],
        ChangeKind.CERTIFICATES: [partial(_keys, _ROOTS)],
        ChangeKind.SERVICES: [partial(_keys, _SERVICES, naming=("ImagePath", "Start"))],
        ChangeKind.PROGRAMS: [partial(_keys, _UNINSTALL, naming=("DisplayName", "DisplayVersion"))],
        ChangeKind.SCHEDULED: [_scheduled],
    }


def _scheduled(left: Deadline) -> Entries:
    """Ask for the tasks' names; their files are for administrators only."""
    lines = answer_of(["schtasks", "/query", "/fo", "csv", "/nh"], left)
    return bounded((line.split(",")[0].strip('"'), "") for line in lines or () if line.strip())


def _keys(places: tuple[tuple[str, str], ...], left: Deadline, *, naming: tuple[str, ...] = ()) -> Entries:
    """Return the keys below `places`; the values called as in `naming` tell one state from another."""
    return bounded(_keys_below(places, naming, left))


def _keys_below(
    places: tuple[tuple[str, str], ...], naming: tuple[str, ...], left: Deadline
) -> Iterator[tuple[str, str]]:
    registry = _registry()
    for hive, path in places:
        try:
            key = registry.OpenKey(getattr(registry, hive), path)
        except FileNotFoundError:
            continue
        with key:
            for number in range(registry.QueryInfoKey(key)[0]):
                if left() <= 0:
                    raise TimeoutError(path)
                name = registry.EnumKey(key, number)
                said = _named(registry, key, name, naming)
                yield (said[0] if said and naming[0] == "DisplayName" else name), " ".join(said)


def _named(registry: Any, key: Any, name: str, naming: tuple[str, ...]) -> list[str]:
    found = []
    with registry.OpenKey(key, name) as below:
        for value in naming:
            try:
                found.append(str(registry.QueryValueEx(below, value)[0]))
            except FileNotFoundError:
                continue
    return found


def _values(places: tuple[tuple[str, str], ...], left: Deadline, *, only: frozenset[str] | None = None) -> Entries:
    """Return the values of the keys `places`; all of them, or `only` some."""
    return bounded(_values_of(places, only, left))


def _values_of(
    places: tuple[tuple[str, str], ...], only: frozenset[str] | None, left: Deadline
) -> Iterator[tuple[str, str]]:
    registry = _registry()
    for hive, path in places:
        try:
            key = registry.OpenKey(getattr(registry, hive), path)
        except FileNotFoundError:
            continue
        with key:
            for number in range(registry.QueryInfoKey(key)[1]):
                if left() <= 0:
                    raise TimeoutError(path)
                name, value, _kind = registry.EnumValue(key, number)
                if only is None or name in only:
                    yield f"{name} {value}", ""


def _registry() -> Any:
    # On Windows only.
    return importlib.import_module("winreg")
