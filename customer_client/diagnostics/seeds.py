"""What names this computer and its people, taken from the computer itself, so that redaction knows what to look for."""

import getpass
import os
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

_GENERIC = {"", "root", "user", "admin", "administrator", "guest", "localhost", "localdomain", "local", "system"}
"""Names that say nothing about anybody."""


@dataclass(frozen=True)
class Seeds:
    """Names to look for: host names (short and full), user names, home folders, and own addresses."""

    hosts: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    homes: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()


def seeds_of_this_computer() -> Seeds:
    """Return the seeds of this computer. Reads only local tables: nothing is looked up in the network."""
    addresses = {
        address.address.partition("%")[0]
        for listed in psutil.net_if_addrs().values()
        for address in listed
        if address.family in (socket.AF_INET, socket.AF_INET6, psutil.AF_LINK)
    }
    return Seeds(
        hosts=_telling(_hosts()),
        users=_telling(_users()),
        homes=frozenset(_homes()),
        addresses=frozenset(address for address in addresses if address),
    )


def _hosts() -> set[str]:
    full = {socket.gethostname(), os.environ.get("HOSTNAME", ""), os.environ.get("COMPUTERNAME", "")}
    full |= {f"{name}.{domain}" for name in full if name and "." not in name for domain in _search_domains()}
    return full | {name.partition(".")[0] for name in full} | _search_domains()


def _search_domains() -> set[str]:
    try:
        lines = Path("/etc/resolv.conf").read_text("utf-8", "replace").splitlines()
    except OSError:
        return set()
    rows = [line.split() for line in lines]
    return {domain.strip(".") for row in rows if row and row[0] in {"search", "domain"} for domain in row[1:]}


def _users() -> set[str]:
    names = {os.environ.get(variable, "") for variable in ("USER", "LOGNAME", "USERNAME", "SUDO_USER")}
    try:
        names.add(getpass.getuser())
    except (KeyError, OSError):
        # A user id without an account has no name to hide.
        names.discard("")
    names |= {session.name for session in psutil.users()}
    return names | _real_names()


def _real_names() -> set[str]:
    """Return the full name of the person, where the account says it."""
    try:
        import pwd

        full = pwd.getpwuid(os.getuid()).pw_gecos.split(",")[0].strip()
    except (ImportError, KeyError, AttributeError):
        return set()
    return {full, *(part for part in full.split() if len(part) > 3)}


def _homes() -> set[str]:
    try:
        home = str(Path.home())
    except RuntimeError:
        return set()
    return {home} if len(home) > 5 else set()


def _telling(names: set[str]) -> frozenset[str]:
    return frozenset(name for name in names if name.casefold() not in _GENERIC and len(name) > 1)
