"""Whether what answers is the relay at all: by its TLS certificate, and by what its organisation certified."""

import asyncio
import secrets
import ssl
import time

from websockets.asyncio.client import ClientConnection

from protocol.errors import DesksideError, EnvironmentFault, PeerError
from protocol.messages.signaling import ProveRelay, Refused, RelayProven, decode_from_relay, encode_frame
from protocol.relay_proof import ExpectedRelay, RelayNotProven, check_proof

ANSWER_WITHIN_S = 10.0
_NONCE_BYTES = 32


async def require_proof(socket: ClientConnection, expected: ExpectedRelay) -> None:
    """Let the relay prove on this connection, before anything else is said on it, that it is the one `expected`.

    Raises:
        RelayNotProven: it did not, or it is too old to know how.
        TimeoutError: it did not answer.
        WebSocketException, OSError: the connection ended.
    """
    nonce = secrets.token_bytes(_NONCE_BYTES)
    await socket.send(encode_frame(ProveRelay(nonce)))
    async with asyncio.timeout(ANSWER_WITHIN_S):
        data = await socket.recv()
    if isinstance(data, str):
        raise RelayNotProven("answered with text")
    try:
        answer = decode_from_relay(data)
    except PeerError as error:
        raise RelayNotProven(f"answered with something else: {error}") from error
    if isinstance(answer, Refused):
        raise RelayNotProven(f"did not prove to be the relay: {answer.code}")
    if not isinstance(answer, RelayProven):
        raise RelayNotProven(f"answered with {type(answer).__name__}")
    check_proof(answer, expected, nonce=nonce, unix_now=time.time())


def is_no_relay(error: Exception) -> bool:
    """Return whether something answered that cannot prove to be the relay; a line that breaks is another matter."""
    broken = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
    return isinstance(error, RelayNotProven) or (isinstance(error, ssl.SSLError) and not isinstance(error, broken))


def as_untrusted(error: Exception) -> DesksideError:
    """Return what to raise for an error of which `is_no_relay` holds."""
    if isinstance(error, RelayNotProven):
        return error
    return EnvironmentFault(
        str(error),
        code="relay_untrusted",
        user_text="The server that answered could not prove that it is your support server. Nothing was shared.",
    )
