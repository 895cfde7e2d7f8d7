"""The STUN server: tells whoever asks the address it is seen from (RFC 8489), and nothing else.

`answer` is pure. The server around it runs on the relay's event loop. It faces the internet without any sign-in, so an
answer is hardly longer than its question, few are given to one address, and malformed questions get none.
"""

import asyncio
import ipaddress
import logging
import socket
import struct
from typing import Any

from protocol.errors import EnvironmentFault
from relay.accounts.rate_limits import SlidingWindow, group_address
from relay.clock import SECOND_MS, Clock

ANSWERS_PER_SUBSCRIBER = 60
"""In ten seconds; an office behind one address asks a few times for each session."""

ANSWERS_IN_ALL = 20_000
"""In ten seconds."""

MAX_REQUEST_BYTES = 576
_PERIOD_MS = 10 * SECOND_MS
_COOKIE = 0x2112A442
_BINDING_REQUEST, _BINDING_SUCCESS, _BINDING_ERROR = 0x0001, 0x0101, 0x0111
_XOR_MAPPED_ADDRESS, _ERROR_CODE, _UNKNOWN_ATTRIBUTES = 0x0020, 0x0009, 0x000A
_IPV4, _IPV6 = 0x01, 0x02
_UNDERSTOOD = frozenset({0x0006, 0x0008, 0x0014, 0x0015, 0x001C, 0x001D, 0x001E, 0x0024, 0x0025})
"""Comprehension-required attributes we know and need not look at: credentials nobody asked for, and those of ICE."""

_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_MOST_UNKNOWN_NAMED = 4

_log = logging.getLogger(__name__)


def answer(request: bytes, source: tuple[str, int]) -> bytes | None:
    """Return the answer to a datagram from `source` (IP address, port); None when it deserves none.

    At most 12 bytes longer than the request for IPv4, 24 for IPv6.
    """
    if not _HEADER.size <= len(request) <= MAX_REQUEST_BYTES:
        return None
    kind, length, cookie, transaction = _HEADER.unpack_from(request)
    if kind != _BINDING_REQUEST or cookie != _COOKIE or length != len(request) - _HEADER.size or length % 4:
        return None
    unknown = _unknown_attributes(request)
    if unknown is None:
        return None
    if unknown:
        named = unknown[:_MOST_UNKNOWN_NAMED]
        body = _attribute(_ERROR_CODE, struct.pack("!HBB", 0, 4, 20))
        body += _attribute(_UNKNOWN_ATTRIBUTES, struct.pack(f"!{len(named)}H", *named))
        return _HEADER.pack(_BINDING_ERROR, len(body), _COOKIE, transaction) + body
    body = _attribute(_XOR_MAPPED_ADDRESS, _xor_address(source, transaction))
    return _HEADER.pack(_BINDING_SUCCESS, len(body), _COOKIE, transaction) + body


def _unknown_attributes(request: bytes) -> list[int] | None:
    """Return the types a server must understand and we do not; None when the attributes are malformed."""
    unknown, position = [], _HEADER.size
    while position < len(request):
        if position + _ATTRIBUTE.size > len(request):
            return None
        kind, length = _ATTRIBUTE.unpack_from(request, position)
        position += _ATTRIBUTE.size + length + (-length % 4)
        if kind < 0x8000 and kind not in _UNDERSTOOD:
            unknown.append(kind)
    return unknown if position == len(request) else None


def _attribute(kind: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(kind, len(value)) + value + bytes(-len(value) % 4)


def _xor_address(source: tuple[str, int], transaction: bytes) -> bytes:
    address = ipaddress.ip_address(source[0].partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    mask = _COOKIE.to_bytes(4, "big") + transaction
    hidden = bytes(one ^ other for one, other in zip(address.packed, mask, strict=False))
    return struct.pack("!BBH", 0, _IPV4 if address.version == 4 else _IPV6, source[1] ^ (_COOKIE >> 16)) + hidden


class StunServer(asyncio.DatagramProtocol):
    """Answers on a UDP socket. `answered` and `ignored` count datagrams."""

    def __init__(self, clock: Clock) -> None:
        self.answered = 0
        self.ignored = 0
        self._clock = clock
        self._subscribers = SlidingWindow(ANSWERS_PER_SUBSCRIBER, _PERIOD_MS)
        self._everybody = SlidingWindow(ANSWERS_IN_ALL, _PERIOD_MS)
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        """The socket is open."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """Answer a question, if it is one and its sender has not asked too often."""
        source = (str(addr[0]), int(addr[1]))
        reply = answer(data, source)
        if reply is None or source[1] == 0 or not self._admitted(source[0]) or self._transport is None:
            self.ignored += 1
            return
        self.answered += 1
        self._transport.sendto(reply, addr)

    def error_received(self, exc: Exception) -> None:
        """An earlier answer could not be delivered; nobody is waiting for it."""
        _log.debug("stun: %s", exc)

    def _admitted(self, address: str) -> bool:
        now_ms, subscriber = self._clock(), group_address(address).subscriber
        if not (self._subscribers.has_room(subscriber, now_ms) and self._everybody.has_room("", now_ms)):
            return False
        self._subscribers.count(subscriber, now_ms)
        self._everybody.count("", now_ms)
        return True


def open_stun_socket(host: str, port: int) -> socket.socket:
    """Return a UDP socket bound to `host` and `port`.

    Raises:
        EnvironmentFault: it cannot be (`address_unusable`).
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE
        )[0]
        opened = socket.socket(family, kind, protocol)
        try:
            opened.setblocking(False)
            opened.bind(address)
        except OSError:
            opened.close()
            raise
    except OSError as error:
        raise EnvironmentFault(
            f"udp {host}:{port}: {error}",
            code="address_unusable",
            user_text=f"The relay cannot answer STUN on {host} UDP port {port}: {error.strerror}. Choose another with "
            "--stun-port, or --stun-port 0 for none (coturn, for example, answers STUN itself).",
        ) from error
    return opened
