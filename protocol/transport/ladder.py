"""ICE with the whole ladder of ways: direct, by STUN, by TURN servers, and last by the relay's tunnel.

Runs on the network thread. aioice knows one TURN server and nominates whatever answers first. Here every TURN server
and the tunnel are gathered side by side, relayed ways let direct ones go first, and exactly one pair is nominated, so
that both sides agree on the way and can let go of the others.
"""

import asyncio
import ipaddress
import logging
from collections.abc import Coroutine

import aioice
from aioice import ice, stun
from aioice.candidate import candidate_foundation, candidate_priority

from protocol.transport import tunnel
from protocol.transport.connectivity import Connectivity, TurnServer
from protocol.transport.guards import GuardedConnection
from protocol.transport.tasks import create_task
from protocol.transport.tunnel import Tunnel

STUN_WAIT_S = 1
"""For the answer of the STUN server; a network that lets UDP through answers sooner."""

RELAYED_WAIT_S = 4.0
"""For the tunnel, which is there in nearly every network, or without one for a TURN server; other ways have less.

Only computers that are busy with other things need it all: without these ways there may be none."""

HEAD_START_S = {"turn": 0.4, "tunnel": 1.0}
"""How long the controlling side gives better ways before it tries such a pair."""

TURN_STARTS_S = 0.5
"""A TURN server that has just started refuses everybody (401) for a moment; so it is asked once more after it."""

MAX_ADDRESSES = 10
"""Of this computer that are offered; with all that belongs to them they fit an SDP the other side accepts."""

_LET_GO_WITHIN_S = 2.0
_UNAUTHORIZED = 401

Gathered = tuple[aioice.Candidate, ice.StunProtocol]

_log = logging.getLogger(__name__)


class LadderConnection(GuardedConnection):
    """Give it `connectivity` before it gathers."""

    connectivity = Connectivity()

    @property
    def path(self) -> str:
        """`direct`, `stun` (direct, through an address translation), `turn`, `tunnel`; empty before one was chosen."""
        for pair in self._nominated.values():
            way = _way_of(pair)
            return "stun" if way == "direct" and _is_translated(pair) else way
        return ""

    async def get_component_candidates(
        self, component: int, addresses: list[str], timeout: int = STUN_WAIT_S
    ) -> list[aioice.Candidate]:
        """Gather every way side by side; one that is slow is not waited for once there is one for every network."""
        began = asyncio.get_running_loop().time()
        self.stun_server = self.connectivity.stun
        relayed = [
            create_task(coroutine, name="gather a relayed way", awaited=True) for coroutine in self._relayed(component)
        ]
        try:
            candidates: list[aioice.Candidate] = await super().get_component_candidates(
                component, addresses[:MAX_ADDRESSES], timeout
            )
            await _enough_of(relayed, began, last_resort=self.connectivity.tunnel is not None)
        finally:
            for task in relayed:
                task.cancel()
            if relayed:
                await asyncio.wait(relayed)
            found = [task.result() for task in relayed if _succeeded(task)]
            self._protocols += [protocol for _, protocol in found]
        for task in relayed:
            if not task.cancelled() and (error := task.exception()) is not None:
                _log.info("a relayed way is not there: %s", str(error) or type(error).__name__)
        return [*candidates, *(candidate for candidate, _ in found)]

    async def check_start(self, pair: ice.CandidatePair) -> None:
        """Check a pair; a relayed one after the direct ones had their chance."""
        # With a "lite" peer aioice nominates a pair after it has answered, and no second one (RFC 8445 section 8.1.1).
        self.remote_is_lite = True
        head_start_s = HEAD_START_S.get(_way_of(pair), 0.0)
        if head_start_s and self.ice_controlling:
            self.check_state(pair, ice.CandidatePair.State.IN_PROGRESS)
            await asyncio.sleep(head_start_s)
        await super().check_start(pair)

    def let_go_of_unused(self) -> None:
        """A way was chosen: give TURN allocations and the tunnel up that it does not need."""
        used = {id(pair.protocol) for pair in self._nominated.values()}
        for protocol in list(self._protocols):
            if protocol.local_candidate.type == "relay" and id(protocol) not in used:
                self._protocols.remove(protocol)
                create_task(_closed(protocol), name="let go of a way")

    def _relayed(self, component: int) -> list[Coroutine[None, None, Gathered]]:
        offered = self.connectivity
        ways = [self._by_turn(component, server, place) for place, server in enumerate(offered.turn)]
        return [*ways, self._by_tunnel(component, offered.tunnel)] if offered.tunnel is not None else ways

    async def _by_turn(self, component: int, server: TurnServer, place: int) -> Gathered:
        try:
            candidate, protocol = await self._allocated(component, server)
        except stun.TransactionFailed as refusal:
            if refusal.response.error_code != _UNAUTHORIZED:
                raise
            await asyncio.sleep(TURN_STARTS_S)
            candidate, protocol = await self._allocated(component, server)
        candidate.foundation = candidate_foundation("relay", f"{place}", candidate.host)
        candidate.priority = candidate_priority(component, "relay", 65535 - place)
        return candidate, protocol

    async def _allocated(self, component: int, server: TurnServer) -> Gathered:
        """Return what a TURN server gives; with TLS only one with a valid certificate for the name in its URL."""
        return await ice.relayed_candidate(
            component=component,
            hide_related_address=self.connectivity.relay_only,
            protocol_factory=lambda: ice.StunProtocol(self),
            turn_server=(server.host, server.port),
            turn_username=server.username,
            turn_password=server.password,
            turn_ssl=server.tls,
            turn_transport=server.transport,
        )

    async def _by_tunnel(self, component: int, way: Tunnel) -> Gathered:
        endpoint, protocol = await way.endpoint(lambda: ice.StunProtocol(self))
        protocol.local_candidate = aioice.Candidate(
            foundation=candidate_foundation("relay", tunnel.TRANSPORT, tunnel.ADDRESS),
            component=component,
            transport=tunnel.TRANSPORT,
            priority=candidate_priority(component, "relay", 0),
            host=tunnel.ADDRESS,
            port=endpoint.port,
            type="relay",
        )
        return protocol.local_candidate, protocol


async def _enough_of(tasks: list["asyncio.Task[Gathered]"], began: float, *, last_resort: bool) -> None:
    """Wait for all, and for longer until the last of them is there (`last_resort`), or any one."""
    now = asyncio.get_running_loop().time
    if tasks:
        await asyncio.wait(tasks, timeout=max(0.0, began + STUN_WAIT_S - now()))
    needed = tasks[-1:] if last_resort else tasks
    while not any(_succeeded(task) for task in needed):
        pending = [task for task in needed if not task.done()]
        left = began + RELAYED_WAIT_S - now()
        if not pending or left <= 0:
            return
        await asyncio.wait(pending, timeout=left, return_when=asyncio.FIRST_COMPLETED)


def _succeeded(task: "asyncio.Task[Gathered]") -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


async def _closed(protocol: ice.StunProtocol) -> None:
    try:
        async with asyncio.timeout(_LET_GO_WITHIN_S):
            await protocol.close()
    except TimeoutError:
        _log.info("a way that is not needed could not be given up in time")


def _way_of(pair: ice.CandidatePair) -> str:
    if pair.local_candidate.transport.lower() == tunnel.TRANSPORT:
        return "tunnel"
    return "turn" if "relay" in (pair.local_candidate.type, pair.remote_candidate.type) else "direct"


def _is_translated(pair: ice.CandidatePair) -> bool:
    """Whether an address translation (NAT) stands in between, as far as this side can see."""
    if pair.remote_candidate.type != "host":
        return True
    mine, theirs = (ipaddress.ip_address(each) for each in (pair.local_addr[0], pair.remote_addr[0]))
    return theirs.is_global and not mine.is_global
