"""Asks a TURN server for permission to send to very many peers: `python -m tests.support.turn_sweep JSON`.

`{"host", "port", "username", "password", "relay", "count", "seed"}`. Peers come from every special range of IPv4, plain
and in every way IPv6 has to write them, from the relay's neighbourhood, and from the rest of both. Says one JSON line:
`{"asked": how many, "allowed": [peers], "refused": {error code: how many}, "silent": [not answered]}`.
"""

import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any

from aioice import stun, turn

AT_ONCE = 128
ANSWERED_WITHIN_S = 3.0
TIMES_ASKED = 4

SPECIAL_V4 = (
    *(
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "169.254.169.254/32",
        "172.16.0.0/12",
    ),
    *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
    *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    *("255.255.255.255/32", "0.0.0.0/0"),
)
SPECIAL_V6 = ("::/128", "::1/128", "fc00::/7", "fe80::/10", "ff00::/8", "2001:db8::/32", "100::/64", "2000::/3", "::/0")


def spellings(address: IPv4Address) -> Iterator[str]:
    """Yield the address, and every way to write it into an IPv6 address."""
    number = int(address)
    yield str(address)
    for beginning in ("::ffff:0:0", "::", "::ffff:0:0:0", "64:ff9b::", "64:ff9b:1::", "fe80::5efe:0:0", "::5efe:0:0"):
        yield str(IPv6Address(int(IPv6Address(beginning)) + number))
    yield str(IPv6Address((0x2002 << 112) + (number << 80)))  # 6to4
    yield str(IPv6Address((0x20010000 << 96) + (number ^ 0xFFFFFFFF)))  # Teredo
    yield str(IPv6Address(int.from_bytes(address.packed[::-1], "big") + (0xFFFF << 32)))  # the wrong way round


def peers(relay: str, count: int, seed: int) -> Iterator[str]:
    """Yield `count` different addresses, the relay's own spellings and neighbours first."""
    chance, given = random.Random(seed), dict[str, None]()
    some, others = IPv4Address(relay), [str(IPv4Address(relay) + step) for step in (-2, -1, 1, 2)]
    while len(given) < count:
        for peer in (*spellings(some), *others):
            if peer not in given and len(given) < count:
                given[peer] = None
                yield peer
        v4, v6 = IPv4Network(chance.choice(SPECIAL_V4)), IPv6Network(chance.choice(SPECIAL_V6))
        some = IPv4Address(int(v4.network_address) + chance.randrange(v4.num_addresses))
        others = [str(IPv6Address(int(v6.network_address) + chance.randrange(v6.num_addresses)))]


class Asking(turn.TurnClientUdpProtocol):
    """A client that asks for many permissions at once."""

    waiting: dict[bytes, asyncio.Future[int]]

    def datagram_received(self, data: bytes | str, addr: tuple[str, int]) -> None:
        """Take what answers one of the many; leave the rest to the client."""
        assert isinstance(data, bytes)
        answered = self.waiting.get(data[8:20])
        if answered is None:
            super().datagram_received(data, addr)
        elif not answered.done():
            answered.set_result(stun.parse_message(data).error_code or 0)

    async def ask(self, peer: str) -> int | None:
        """Return the error code that came of asking for one peer, 0 for a permission, None for no answer."""
        request = stun.Message(stun.Method.CREATE_PERMISSION, stun.Class.REQUEST)
        request.attributes |= {"XOR-PEER-ADDRESS": (peer, 9), "USERNAME": self.username}
        request.attributes |= {"REALM": self.realm, "NONCE": self.nonce}
        assert self.integrity_key is not None
        request.add_message_integrity(self.integrity_key)
        answered = self.waiting[request.transaction_id] = asyncio.get_running_loop().create_future()
        try:
            for _ in range(TIMES_ASKED):
                self._send(bytes(request))
                await asyncio.wait({answered}, timeout=ANSWERED_WITHIN_S)
                if answered.done():
                    return answered.result()
            return None
        finally:
            del self.waiting[request.transaction_id]


async def sweep(given: dict[str, Any]) -> dict[str, Any]:
    """Allocate, and ask for every peer."""
    server = (given["host"], given["port"])
    _, client = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Asking(server, given["username"], given["password"], 600, 500), remote_addr=server
    )
    client.waiting = {}
    await client.connect()
    outcomes: dict[str, int | None] = {}
    left = peers(given["relay"], given["count"], given["seed"])

    async def work() -> None:
        for peer in left:
            outcomes[peer] = await client.ask(peer)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(work())
    await client.delete()
    refused = Counter(str(code) for code in outcomes.values() if code)
    allowed = [peer for peer, code in outcomes.items() if code == 0]
    return {
        "asked": len(outcomes),
        "allowed": allowed,
        "refused": dict(refused),
        "silent": [peer for peer, code in outcomes.items() if code is None],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(sweep(json.loads(sys.argv[1])))) + "\n")
