"""Plain requests to the support server, over HTTP. Blocks: in a thread only."""

import http.client
import ssl
import urllib.error
import urllib.request
from typing import Any

from protocol.errors import EnvironmentFault, PeerError
from protocol.transport.mailbox_client import mailbox_url, relay_origin
from protocol.transport.relay_faults import relay_fault
from protocol.transport.tunnel import proxy_allowed

TIMEOUT_S = 10.0
ANSWER_BYTES = 16 * 1024


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """What is said is for the support server and nobody it may point to."""

    def redirect_request(self, *_args: Any) -> None:
        """Follow nothing."""


def relay_opener(relay: str) -> urllib.request.OpenerDirector:
    """Return what opens addresses of the relay at `relay`: through the system's proxy where there is one.

    Raises:
        EnvironmentFault: not an http or https address (`relay_address`).
    """
    allowed = proxy_allowed(mailbox_url(relay))
    return urllib.request.build_opener(urllib.request.ProxyHandler(None if allowed else {}), _NoRedirects)


def request_relay(relay: str, path: str) -> bytes:
    """Return what the relay at `relay` (http or https) answers to GET `path`, at most 16 KiB.

    Raises:
        EnvironmentFault: it cannot be reached (the codes of `relay_fault`), or another server answers
            (`relay_untrusted`).
        PeerError: it knows no such path (`not_deskside`).
    """
    opener = relay_opener(relay)
    try:
        with opener.open(relay_origin(relay) + path, timeout=TIMEOUT_S) as answer:
            return bytes(answer.read(ANSWER_BYTES))
    except urllib.error.HTTPError as error:
        with error:
            raise _answered_wrongly(error, relay) from error
    except (OSError, http.client.HTTPException) as error:
        if isinstance(getattr(error, "reason", None), ssl.SSLCertVerificationError):
            raise EnvironmentFault(
                str(error),
                code="relay_untrusted",
                user_text="The server that answered could not prove that it is your support server.",
            ) from error
        raise relay_fault(error, relay) from error


def _answered_wrongly(error: urllib.error.HTTPError, relay: str) -> EnvironmentFault | PeerError:
    if error.code in (404, 405) or 300 <= error.code < 400:
        return PeerError(f"answered {error.code}", code="not_deskside", user_text="There is no support server there.")
    return relay_fault(error, relay)
