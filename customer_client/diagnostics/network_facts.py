"""Facts about the network. No packet is sent and nothing is changed."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

from customer_client.diagnostics.collector import Collector, Finding, unsupported

GROUP = "Network"
MAX_INTERFACES = 20

_ROUTES = Path("/proc/net/route")
_ROUTES_V6 = Path("/proc/net/ipv6_route")
_RESOLVER = Path("/etc/resolv.conf")
_DOCUMENTATION_V4 = ("192.0.2.1", 9)
_DOCUMENTATION_V6 = ("2001:db8::1", 9)
_REJECT = 0x0200
"""The route flag RTF_REJECT: such an entry leads nowhere."""


def _interfaces() -> Iterator[Finding]:
    states, addresses = psutil.net_if_stats(), psutil.net_if_addrs()
    if not states:
        raise unsupported("the system shows no network interfaces")
    for number, (name, state) in enumerate(sorted(states.items())[:MAX_INTERFACES], start=1):
        own = [
            address.address.partition("%")[0]
            for address in addresses.get(name, [])
            if address.family in (socket.AF_INET, socket.AF_INET6)
        ]
        speed = f", {state.speed} Mbit/s" if state.speed else ""
        text = f"{name}: {'up' if state.isup else 'down'}{speed}, {', '.join(own) or 'no address'}"
        yield Finding(text, key=f"interface_{number}", label=f"Interface {number}")


def _gateway() -> Iterator[Finding]:
    if _ROUTES.exists():
        families = [name for name, present in (("IPv4", _default_v4()), ("IPv6", _default_v6())) if present]
    else:
        tried = ((socket.AF_INET, _DOCUMENTATION_V4, "IPv4"), (socket.AF_INET6, _DOCUMENTATION_V6, "IPv6"))
        families = [name for family, address, name in tried if _has_route(family, address)]
    yield Finding(f"present ({' and '.join(families)})" if families else "none: there is no way to the internet")


def _default_v4() -> bool:
    rows = (line.split() for line in _ROUTES.read_text("ascii").splitlines()[1:])
    return any(row[1] == "00000000" and row[7] == "00000000" and not int(row[3], 16) & _REJECT for row in rows)


def _default_v6() -> bool:
    if not _ROUTES_V6.exists():
        return False
    rows = (line.split() for line in _ROUTES_V6.read_text("ascii").splitlines())
    return any(row[0] == "0" * 32 and row[1] == "00" and not int(row[8], 16) & _REJECT for row in rows)


def _has_route(family: int, address: tuple[str, int]) -> bool:
    """Ask the system for a route by connecting a datagram socket, which sends nothing."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect(address)
    except OSError:
        return False
    return True


def _dns() -> Iterator[Finding]:
    servers = _windows_dns() if sys.platform == "win32" else _resolver_dns()
    yield Finding(", ".join(servers) if servers else "none configured")


def _resolver_dns() -> list[str]:
    if not _RESOLVER.exists():
        raise unsupported("the system keeps no list of name servers")
    rows = (line.split() for line in _RESOLVER.read_text("utf-8", "replace").splitlines())
    return [row[1] for row in rows if len(row) > 1 and row[0] == "nameserver"]


def _windows_dns() -> list[str]:
    import importlib
    from typing import Any

    registry: Any = importlib.import_module("winreg")
    base = r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces"
    found: list[str] = []
    with registry.OpenKey(registry.HKEY_LOCAL_MACHINE, base) as interfaces:
        for index in range(registry.QueryInfoKey(interfaces)[0]):
            with registry.OpenKey(interfaces, registry.EnumKey(interfaces, index)) as one:
                for name in ("NameServer", "DhcpNameServer"):
                    try:
                        found += str(registry.QueryValueEx(one, name)[0]).replace(",", " ").split()
                    except FileNotFoundError:
                        continue
    return sorted(set(found))


NETWORK_COLLECTORS = (
    Collector("net", 1, GROUP, "Network interfaces", "names, state and kind of address of each", _interfaces),
    Collector("net_gateway", 1, GROUP, "Default gateway", "whether there is a way to the internet", _gateway),
    Collector("net_dns", 1, GROUP, "Name servers", "which name servers are configured", _dns),
)
"""What is read about the network."""
