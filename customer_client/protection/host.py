"""The name of the relay's computer as the customer reads it: whole, in ASCII, with nothing around it. Pure."""

from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def shown_host(relay: str) -> str:
    """Return the host of `relay` (an address, or a host alone), with the port where it is an unusual one.

    Letters beyond ASCII are written as they travel (`xn--...`): a name that only looks like another one shows. Nothing
    is cut off, because what counts stands at the end. What is no address is returned as it is.
    """
    try:
        parts = urlsplit(relay if "//" in relay else f"//{relay}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return relay
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return relay
    if not host:
        return relay
    shown = f"[{host}]" if ":" in host else host
    return shown if port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f"{shown}:{port}"
