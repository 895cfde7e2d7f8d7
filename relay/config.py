"""How a relay is to be served: where it keeps its data, where it listens, what it calls itself."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from platformdirs import user_data_dir

from protocol.errors import PeerError

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8460
DEFAULT_JOINS_PER_MINUTE = 10


def default_data_dir() -> Path:
    """Return the folder used without `--data`."""
    return Path(user_data_dir("deskside-relay", appauthor=False))


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
    public_url: str = ""
    joins_per_minute: int = DEFAULT_JOINS_PER_MINUTE

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
    if not (settings.uses_tls or settings.behind_proxy or is_loopback(settings.host)):
        raise NotServable(
            "plain HTTP beyond loopback",
            user_text=f"Plain HTTP is only served on this computer itself (127.0.0.1), not on {settings.host}. "
            "Give --tls-cert and --tls-key, or --behind-proxy when a proxy in front of the relay does TLS.",
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


def _not_an_origin() -> NotServable:
    return NotServable("not an origin", user_text="--public-url looks like https://relay.example.com, without a path.")
