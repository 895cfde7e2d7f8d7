"""Allocates at a TURN server as our programs do and binds a channel: `python -m tests.support.turn_probe JSON`.

Says as one JSON line what came of it: `{"allocated": [host, port] or "", "bound": true or false, "problem": ...}`.
"""

import asyncio
import json
import os
import sys
from typing import Any

from aioice import stun

from protocol.transport.connectivity import TurnServer
from protocol.transport.ladder import LadderConnection

ALLOCATED_WITHIN_S = 3.0


async def probe(given: dict[str, Any]) -> dict[str, Any]:
    """Try the server at `host` and `port` by `transport` (`udp` unless given) and perhaps `tls`."""
    server = TurnServer(
        host=given["host"],
        port=given["port"],
        transport=given.get("transport", "udp"),
        tls=given.get("tls", False),
        username=given["username"],
        password=given["password"],
    )
    told: dict[str, Any] = {"allocated": "", "bound": False, "problem": ""}
    try:
        async with asyncio.timeout(ALLOCATED_WITHIN_S):
            _, protocol = await LadderConnection(ice_controlling=True)._by_turn(1, server, 0)
    except (TimeoutError, OSError, stun.TransactionError) as error:
        return told | {"problem": str(error) or type(error).__name__}
    told["allocated"] = protocol.transport.get_extra_info("sockname")
    client: Any = protocol.transport.__dict__["_TurnTransport__inner_protocol"]
    try:
        await client.channel_bind(0x4000, tuple(given["peer"]))
        told["bound"] = True
    except stun.TransactionError as error:
        told["problem"] = str(error)
    await client.delete()
    return told


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    if given.get("trusts"):
        os.environ["SSL_CERT_FILE"] = given["trusts"]
    sys.stdout.write(json.dumps(asyncio.run(probe(given))) + "\n")
