"""Asking a relay that was started by something else whether it is up."""

import json
import socket
import urllib.error
import urllib.request


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_healthy(port: int) -> bool:
    """Return whether a relay answers at this port of 127.0.0.1."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            f"http://127.0.0.1:{port}/api/v1/health", timeout=5
        ) as answer:
            return json.load(answer) == {"status": "ok"}
    except OSError:
        return False
