"""The one line for people who would rather paste than click: fetch, compare, unpack, open."""

import shlex
from urllib.parse import urlsplit

from installers.linux import NAME, TARBALL


def line_to_paste(address: str, sha256: str, route: str = "") -> str:
    """Return a line for any shell that opens the file of this release, and nothing if it is not this very file.

    `address` is the folder the files are offered in, `sha256` that of the `.tar.gz` (64 hex digits), `route` the
    session's code, for a line that is made for one session.

    Raises:
        ValueError: the address is not one of the web, or would not be safe on other ways than https.
    """
    parts = urlsplit(address)
    is_here = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
        raise ValueError(f"{address} is not an https address")
    url = f"{address.rstrip('/')}/{TARBALL}"
    steps = (
        'cd "$(mktemp -d)"',
        f"curl -fsSLO {shlex.quote(url)}",
        f"echo '{sha256}  {TARBALL}' | sha256sum -c --quiet",
        f"tar -xzf {TARBALL}",
        " ".join([f"./{NAME}", *([shlex.quote(route)] if route else [])]),
    )
    # In brackets, so that the person's terminal stays in the folder it is in.
    return f"({' && '.join(steps)})"
