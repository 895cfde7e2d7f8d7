"""TURN: credentials that end by themselves, and the configuration of a coturn that relays to nobody but itself.

Pure but for the secret's file. The scheme is coturn's `use-auth-secret`: whoever shares the secret needs no database.
"""

import base64
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from protocol.errors import EnvironmentFault
from relay.clock import SECOND_MS

LIVES_S = 600
"""How long credentials are good for a new allocation; one that exists goes on."""

_TAG_BYTES = 12
_SECRET_BYTES = 32
_SECRET_TEXT = re.compile(r"[A-Za-z0-9+/=_-]{32,200}")


@dataclass(frozen=True)
class TurnCredentials:
    """What one party shows a TURN server."""

    username: str
    password: str


def make_credentials(secret: str, now_ms: int, entropy: Callable[[int], bytes]) -> TurnCredentials:
    """Return credentials that are good for ten minutes and say nothing about whom they were made for."""
    username = f"{now_ms // SECOND_MS + LIVES_S}:{entropy(_TAG_BYTES).hex()}"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()  # the one length coturn takes here
    return TurnCredentials(username, base64.b64encode(digest).decode())


def read_secret(path: Path) -> str:
    """Return the secret shared with coturn.

    Raises:
        EnvironmentFault: no such file, or no secret in it (`turn_secret`).
    """
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, str(error)) from error
    if not _SECRET_TEXT.fullmatch(text):
        raise _unusable(path, "not 32 to 200 letters and digits on one line")
    return text


def read_or_make_secret(path: Path) -> str:
    """Return the secret in `path`; a missing file is made, readable by its owner only.

    Raises:
        EnvironmentFault: the file cannot be read or made (`turn_secret`).
    """
    if not path.exists():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode() + "\n")
        except OSError as error:
            raise _unusable(path, str(error)) from error
    return read_secret(path)


@dataclass(frozen=True)
class TurnPlan:
    """What a coturn is configured for. `addresses` are those it relays from, as its clients see them.

    `bps_capacity` is bytes per second for everybody together, 0 for no limit.
    """

    realm: str
    addresses: tuple[IPv4Address | IPv6Address, ...]
    port: int = 3478
    tls_port: int = 443
    certificate: Path | None = None
    key: Path | None = None
    bps_capacity: int = 0


def turn_configuration(plan: TurnPlan, secret: str) -> str:
    """Return a turnserver.conf: both parties relay, so a peer is never anything but the relay itself."""
    lines = [
        "# coturn for Deskside, printed by `deskside-relay turn-config`. A closed relay: it passes on",
        "# only what comes from, and goes to, its own relayed addresses. Use coturn 4.10 or newer; older",
        "# ones say that they do not know some options here, and work.",
        "use-auth-secret",
        f"static-auth-secret={secret}",
        f"realm={plan.realm}",
        f"listening-port={plan.port}",
        *_tls(plan),
        "",
        "# nothing but itself: `allowed` wins over `denied`",
        "denied-peer-ip=0.0.0.0-255.255.255.255",
        "denied-peer-ip=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        *(f"allowed-peer-ip={address}" for address in plan.addresses),
        "no-multicast-peers",
        "no-tcp-relay",
        "",
        "# enough for a session and its replacement, and a bound for everything",
        "user-quota=4",
        "total-quota=2000",
        "max-bps=1500000",
        f"bps-capacity={plan.bps_capacity}",
        "stale-nonce=600",
        "max-allocate-lifetime=3600",
        "unauthorized-ratelimit",
        "unauthorized-ratelimit-rps=10",
        "min-port=49152",
        "max-port=65535",
        "",
        "# no console, no banner, no rights",
        "no-cli",
        "no-rfc5780",
        "no-software-attribute",
        "no-stdout-log",
        "syslog",
        "proc-user=turnserver",
        "proc-group=turnserver",
    ]
    return "\n".join(lines) + "\n"


def _tls(plan: TurnPlan) -> list[str]:
    if plan.certificate is None or plan.key is None:
        return ["no-tls", "no-dtls"]
    return [
        f"tls-listening-port={plan.tls_port}",
        f"cert={plan.certificate}",
        f"pkey={plan.key}",
        "cipher-list=ECDHE+AESGCM:ECDHE+CHACHA20",
        "no-tlsv1",
        "no-tlsv1_1",
        "no-dtls",
    ]


def _unusable(path: Path, why: str) -> EnvironmentFault:
    return EnvironmentFault(
        f"{path}: {why}",
        code="turn_secret",
        user_text=f"The TURN secret in {path} cannot be used. `deskside-relay turn-config` makes a new one.",
    )
