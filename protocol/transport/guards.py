"""What a stranger or a hostile peer cannot do to our connection (security study W1 to W5).

aiortc 1.16 and aioice 0.13 trust their input in places. These replacements are installed by `hooks.install` through
public module names only; each states what it stops.
"""

import asyncio
import time

import aioice
import aiortc.rtcsctptransport as sctp
from aioice import ice, stun

from protocol.channels import CHANNELS, MAX_MESSAGE_BYTES

MAX_QUEUED_DATAGRAMS = 2048
"""Datagrams waiting for the DTLS layer; a flood from strangers is dropped beyond this (W2)."""

MAX_STREAM_BYTES = 8 * MAX_MESSAGE_BYTES
"""Bytes one SCTP stream may hold back for reassembly (W4, W5)."""

_MEDIA = range(128, 192)
"""The first byte of RTP and RTCP (RFC 7983)."""

_CHANNEL_IDS = frozenset(channel.id for channel in CHANNELS if not channel.beside_video)
_parse_stun = stun.parse_message
_host_addresses = ice.get_host_addresses
_decode_params = sctp.decode_params


class GuardedConnection(aioice.Connection):
    """An ICE connection that survives empty datagrams and floods, and knows when it last heard anything.

    `last_heard` is the loop's time in seconds of the last datagram; 0.0 before the first. `received_bytes` counts the
    datagrams' bytes. `media_at` is when the last datagram of media left (monotonic seconds).
    """

    last_heard = 0.0
    received_bytes = 0
    media_at = float("-inf")
    _waiting = 0

    def data_received(self, data: bytes, component: int) -> None:
        """Queue a datagram; an empty one (W1: it would close DTLS) or one beyond the bound (W2) is dropped."""
        if not data or self._waiting >= MAX_QUEUED_DATAGRAMS:
            return
        self._waiting += 1
        self.last_heard = asyncio.get_running_loop().time()
        self.received_bytes += len(data)
        super().data_received(data, component)

    async def sendto(self, data: bytes, component: int) -> None:
        """Send a datagram; note when it is one of media.

        Raises:
            ConnectionError: there is no way to the other side (any more).
        """
        if data[0] in _MEDIA:
            self.media_at = time.monotonic()
        await super().sendto(data, component)

    async def recvfrom(self) -> tuple[bytes, int]:
        """Return the next datagram and its component.

        Raises:
            ConnectionError: the connection is closed.
        """
        received = await super().recvfrom()
        self._waiting -= 1
        return received


def host_addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    """Return this computer's addresses; loopback alone when it has no other, so that two programs on it still meet."""
    found = _host_addresses(use_ipv4, use_ipv6)
    return found or (["127.0.0.1"] if use_ipv4 else ["::1"])


def parse_stun_message(data: bytes) -> stun.Message:
    """Parse a STUN message; every malformation is a ValueError, which aioice survives (W3).

    Raises:
        ValueError: not a STUN message.
    """
    try:
        return _parse_stun(data)
    except ValueError:
        raise
    except Exception as error:
        raise ValueError("malformed STUN message") from error


def decode_sctp_params(body: bytes) -> list[tuple[int, bytes]]:
    """Decode SCTP parameters; one shorter than its own header, which would loop for ever, is refused.

    Raises:
        ValueError: a parameter's length is below 4 (RFC 9260 section 3.2.1).
    """
    position = 0
    while position <= len(body) - 4:
        length = int.from_bytes(body[position + 2 : position + 4], "big")
        if length < 4:
            raise ValueError("SCTP parameter shorter than its header")
        position += length + (-length % 4)
    return _decode_params(body)


class GuardedInboundStream(sctp.InboundStream):
    """An SCTP stream that holds a bounded number of bytes, on the channels we know only (W4, W5).

    Raises ConnectionError, which ends the connection cleanly, when the peer exceeds either bound.
    """

    def add_chunk(self, chunk: sctp.DataChunk) -> None:
        """Keep one fragment until its message is whole."""
        if chunk.stream_id not in _CHANNEL_IDS:
            raise ConnectionError(f"the peer used unknown channel {chunk.stream_id}")
        super().add_chunk(chunk)
        held = sum(len(kept.user_data) for kept in self.reassembly) if len(self.reassembly) > 1 else 0
        if held > MAX_STREAM_BYTES:
            raise ConnectionError("the peer sent more than a message may hold")
