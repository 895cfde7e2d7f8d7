"""Does the relay in this container answer? `python -I -m relay.health_check [PORT]` ends with 0 if so, else with 1.

The relay speaks HTTP or, with `--tls-cert`, HTTPS; both are tried. Nothing of the relay is imported: it runs often.
"""

import ssl
import sys
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException

USUAL_PORT = 8460
_TIMEOUT_S = 2


def answers(port: int) -> bool:
    """Return whether a relay answers on `port` of this computer, by either scheme."""
    # It is asked by its number and for a sign of life: its certificate is for the name people use.
    any_certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    any_certificate.check_hostname = False
    any_certificate.verify_mode = ssl.CERT_NONE
    asking = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=any_certificate)
    )
    # HTTP first: TLS would leave a warning in the log of a relay that does not speak it.
    for scheme in ("http", "https"):
        try:
            with asking.open(f"{scheme}://127.0.0.1:{port}/api/v1/health", timeout=_TIMEOUT_S):
                return True
        except (OSError, HTTPException):  # nobody there, another scheme, or no HTTP at all
            continue
    return False


def main(arguments: Sequence[str]) -> int:
    """Return 0 where a relay answers on the port that is named (default: 8460), else 1."""
    return 0 if answers(int(arguments[0]) if arguments else USUAL_PORT) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
