"""Allocates at a TURN server and binds a channel to a peer: `python -m tests.support.turn_probe JSON`.

Says as one JSON line what came of it: `{"allocated": [host, port] or "", "bound": true or false, "problem": ...}`.
"""

import asyncio
import json
import sys
from typing import Any

from aioice import stun, turn

ALLOCATED_WITHIN_S = 3.0


class Idle(asyncio.DatagramProtocol):
    """Wants nothing."""


async def probe(given: dict[str, Any]) -> dict[str, Any]:
    """Try."""
    host, port = given["server"]
    told: dict[str, Any] = {"allocated": "", "bound": False, "problem": ""}
    try:
        async with asyncio.timeout(ALLOCATED_WITHIN_S):
            transport, _ = await turn.create_turn_endpoint(
                Idle, (host, port), username=given["username"], password=given["password"]
            )
    except (TimeoutError, OSError, stun.TransactionError) as error:
        return told | {"problem": str(error) or type(error).__name__}
    told["allocated"] = transport.get_extra_info("sockname")
    client: Any = transport.__dict__["_TurnTransport__inner_protocol"]
    try:
        await client.channel_bind(0x4000, tuple(given["peer"]))
        told["bound"] = True
    except stun.TransactionError as error:
        told["problem"] = str(error)
    await client.delete()
    return told


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(probe(json.loads(sys.argv[1])))) + "\n")
