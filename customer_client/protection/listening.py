"""At which TCP ports this computer can be reached from outside. Blocks for some milliseconds: not for a loop.

Only port numbers are read: no process is asked, and nothing is connected to. What listens on the computer itself only
does not count: nobody comes in through it.
"""

import ipaddress
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_LISTENS = " 0A "
"""TCP_LISTEN, as Linux writes it between blanks."""


def ports_open_to_others(platform: str = sys.platform) -> frozenset[int]:
    """Return the ports; none where the system does not tell them to everybody (macOS)."""
    if platform.startswith("linux"):
        return frozenset(_on_linux())
    if platform == "win32":
        found = psutil.net_connections(kind="tcp")
        listens = [each.laddr for each in found if each.status == psutil.CONN_LISTEN and each.laddr]
        return frozenset(port for host, port in listens if not ipaddress.ip_address(host).is_loopback)
    return frozenset()


def _on_linux() -> Iterator[int]:
    for table in _TABLES:
        with suppress(OSError):  # a kernel without IPv6
            for line in table.read_text(encoding="ascii").splitlines():
                # Most lines are other connections: they are passed over as they are.
                if _LISTENS not in line:
                    continue
                _number, local, _remote, state, *_rest = line.split()
                address, port = local.split(":")
                if state == _LISTENS.strip() and not _is_loopback(address):
                    yield int(port, 16)


def _is_loopback(address: str) -> bool:
    """Return whether an address as Linux writes it, in words of four bytes each in the processor's order, is here."""
    words = [bytes.fromhex(address[at : at + 8]) for at in range(0, len(address), 8)]
    packed = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    found = ipaddress.ip_address(packed)
    mapped = getattr(found, "ipv4_mapped", None)
    return bool((mapped or found).is_loopback)
