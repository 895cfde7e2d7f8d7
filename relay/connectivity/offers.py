"""What a party is offered for reaching the other one. Pure; time (Unix milliseconds) is passed in."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from protocol.messages.signaling import ConnectivityOffered
from relay.connectivity.turn import LIVES_S, make_credentials
from relay.signaling.mailbox import Side

MAX_ISSUED = 64
"""TURN credentials for one session: both sides, the first connection and every resume, and some to spare."""

_REMEMBERED_SESSIONS = 10_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ways:
    """What this relay was set up with. URLs as in protocol/messages/signaling.py; `turn_secret` is coturn's."""

    stun: tuple[str, ...] = ()
    turn: tuple[str, ...] = ()
    turn_secret: str = ""
    tunnel: bool = True


ONLY_THE_TUNNEL = Ways()
"""What a relay offers that was set up with nothing else."""


class ConnectivityDesk:
    """Hands out offers, and says in the log who got TURN credentials: they let somebody use our bandwidth."""

    def __init__(self, ways: Ways, *, entropy: Callable[[int], bytes]) -> None:
        self._ways = ways
        self._entropy = entropy
        self._issued: OrderedDict[str, int] = OrderedDict()

    def offer(self, session: str, side: Side, now_ms: int) -> ConnectivityOffered:
        """Return what the party of `side` is offered now; without TURN when its session has had too much of it."""
        ways = self._ways
        if not ways.turn or not self._may_issue(session):
            return ConnectivityOffered(stun=ways.stun, tunnel=ways.tunnel)
        credentials = make_credentials(ways.turn_secret, now_ms, self._entropy)
        _log.info(
            "turn credentials issued",
            extra={"session": session, "side": side.value, "username": credentials.username, "lives_s": LIVES_S},
        )
        return ConnectivityOffered(
            stun=ways.stun,
            turn=ways.turn,
            turn_username=credentials.username,
            turn_password=credentials.password,
            turn_lives_s=LIVES_S,
            tunnel=ways.tunnel,
        )

    def _may_issue(self, session: str) -> bool:
        issued = self._issued.pop(session, 0)
        self._issued[session] = min(issued, MAX_ISSUED) + 1
        if len(self._issued) > _REMEMBERED_SESSIONS:
            self._issued.popitem(last=False)
        if issued == MAX_ISSUED:
            _log.warning("no more turn credentials for this session", extra={"session": session})
        return issued < MAX_ISSUED
