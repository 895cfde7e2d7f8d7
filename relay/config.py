"""How a relay is to be served: where it keeps its data, where it listens, what it calls itself."""

import ipaddress
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from platformdirs import user_data_dir

from protocol.errors import PeerError
from relay.connectivity.offers import Ways

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8460
DEFAULT_JOINS_PER_MINUTE = 10
STUN_PORT = 3478
DATA_VARIABLE = "DESKSIDE_RELAY_DATA"
"""Of the environment: the folder used without `--data`, so that a package can put it where its system keeps data."""
_TURN_URL = re.compile(
    r"(turn:[A-Za-z0-9.-]+:[0-9]{1,5}\?transport=udp|turns?:[A-Za-z0-9.-]+:[0-9]{1,5}\?transport=tcp)"
)
_MOST_TURN_URLS = 4


def default_data_dir() -> Path:
    """Return the folder used without `--data`."""
    told = os.environ.get(DATA_VARIABLE, "")
    return Path(told) if told else Path(user_data_dir("deskside-relay", appauthor=False))


class NotServable(PeerError):
    """These settings must not be served; the sentence says which to change."""

    code = "settings_refused"


@dataclass(frozen=True)
class ServeSettings:
    """What `deskside-relay serve` was asked for. `port` 0 takes any free one; `public_url` may be empty."""

    data_dir: Path
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    tls_cert: Path | None = None
    tls_key: Path | None = None
    behind_proxy: bool = False
    trusted_proxies: tuple[str, ...] = ()
    """Addresses and networks, beside this computer, from which X-Forwarded-For and -Proto are believed."""
    public_url: str = ""
    joins_per_minute: int = DEFAULT_JOINS_PER_MINUTE
    downloads: Path | None = None
    """The folder with the files customers download; None for `client` in the data folder."""
    publisher: str = ""
    """The name in those files' signature, as the join page shows it; empty while they are not signed."""
    stun_port: int | None = None
    """UDP port for STUN; 0 for none; None for 3478 where other computers reach `host`, if it is free."""
    stun_host: str = ""
    """Where STUN is answered; empty: at `host`."""
    turn_urls: tuple[str, ...] = ()
    """Where coturn is, like `turn:turn.example.com:3478?transport=udp`, best first."""
    turn_secret_file: Path | None = None
    tunnel: bool = True
    """Whether datagrams are carried when nothing else works."""

    @property
    def uses_tls(self) -> bool:
        """Whether this process speaks TLS itself."""
        return self.tls_cert is not None and self.tls_key is not None


def check_servable(settings: ServeSettings) -> None:
    """Check that nobody's password can travel in clear by accident.

    Plain HTTP is for loopback addresses only; other addresses need TLS or a proxy that ends it.

    Raises:
        NotServable: these settings would, or they contradict each other.
    """
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise NotServable("half of TLS", user_text="--tls-cert and --tls-key go together.")
    if settings.public_url:
        origin_of(settings.public_url)
    _check_turn(settings)
    _check_proxies(settings)
    if not (settings.uses_tls or settings.behind_proxy or is_loopback(settings.host)):
        raise NotServable(
            "plain HTTP beyond loopback",
            user_text=f"Plain HTTP is only served on this computer itself (127.0.0.1), not on {settings.host}. "
            "Give --tls-cert and --tls-key, or --behind-proxy when a proxy in front of the relay does TLS.",
        )


def stun_address(settings: ServeSettings) -> tuple[str, int] | None:
    """Return where to answer STUN (host, UDP port); None for nowhere."""
    host = settings.stun_host or settings.host
    port = (0 if is_loopback(host) else STUN_PORT) if settings.stun_port is None else settings.stun_port
    return (host, port) if port else None


def ways_offered(settings: ServeSettings, origin: str, *, stun_port: int, turn_secret: str) -> Ways:
    """Return what parties are offered for reaching each other by a relay that people reach at `origin`.

    `stun_port` is 0 when STUN is not answered.
    """
    host, port = urlsplit(origin).hostname or "", stun_port
    reachable_by_name = port and ":" not in host  # what asks STUN servers for us knows no IPv6 literals
    return Ways(
        stun=(f"stun:{host}:{port}",) if reachable_by_name else (),
        turn=settings.turn_urls,
        turn_secret=turn_secret,
        tunnel=settings.tunnel,
    )


def is_loopback(host: str) -> bool:
    """Return whether `host` can only be reached from this computer."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def origin_of(url: str) -> str:
    """Return the origin of an http or https URL, lower case, without a slash at the end.

    Raises:
        NotServable: not an origin: another scheme, or a path, query, user or fragment in it.
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.path.strip("/"):
        raise _not_an_origin()
    if parts.query or parts.fragment:
        raise _not_an_origin()
    return f"{parts.scheme}://{parts.netloc}".lower()


def public_origin(settings: ServeSettings, port: int) -> str:
    """Return the origin people reach the relay by: `--public-url`, or what follows from host, real port and TLS."""
    if settings.public_url:
        return origin_of(settings.public_url)
    scheme = "https" if settings.uses_tls else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    is_usual = port == (443 if settings.uses_tls else 80)
    return f"{scheme}://{host}" + ("" if is_usual else f":{port}")


def _check_turn(settings: ServeSettings) -> None:
    if bool(settings.turn_urls) != (settings.turn_secret_file is not None):
        raise NotServable("half of TURN", user_text="--turn-url and --turn-secret-file go together.")
    if len(settings.turn_urls) > _MOST_TURN_URLS:
        raise NotServable("too many TURN URLs", user_text=f"--turn-url may be given {_MOST_TURN_URLS} times at most.")
    for url in settings.turn_urls:
        if not _TURN_URL.fullmatch(url):
            raise NotServable(
                f"not a TURN URL: {url}",
                user_text="--turn-url looks like turn:turn.example.com:3478?transport=udp or "
                "turns:turn.example.com:443?transport=tcp.",
            )


def _check_proxies(settings: ServeSettings) -> None:
    if settings.trusted_proxies and not settings.behind_proxy:
        raise NotServable("a proxy without one", user_text="--trusted-proxy goes together with --behind-proxy.")
    for address in settings.trusted_proxies:
        try:
            network = ipaddress.ip_network(address)
        except ValueError as error:
            raise _not_a_proxy(address) from error
        if network.prefixlen == 0:
            raise _not_a_proxy(address)


def _not_a_proxy(address: str) -> NotServable:
    return NotServable(
        f"not a proxy's address: {address}",
        user_text="--trusted-proxy is an address or a network like 172.30.0.0/24, and never all of the internet.",
    )


def _not_an_origin() -> NotServable:
    return NotServable("not an origin", user_text="--public-url looks like https://relay.example.com, without a path.")
