"""How often anyone may try: sliding windows in bounded memory, time passed in. Pure."""

import ipaddress
from collections import OrderedDict, deque
from dataclasses import dataclass

from relay.clock import MINUTE_MS

MAX_REMEMBERED_KEYS = 20_000


class SlidingWindow:
    """At most `limit` attempts of one key in any `period_ms`.

    Memory is bounded: beyond 20,000 keys the one that tried longest ago is forgotten.
    """

    def __init__(self, limit: int, period_ms: int) -> None:
        self._limit = limit
        self._period_ms = period_ms
        self._attempts: OrderedDict[str, deque[int]] = OrderedDict()

    def has_room(self, key: str, now_ms: int) -> bool:
        """Return whether `key` may try once more at `now_ms`; nothing is counted."""
        return len(self._recent(key, now_ms)) < self._limit

    def count(self, key: str, now_ms: int) -> None:
        """Count one attempt of `key` at `now_ms`."""
        attempts = self._recent(key, now_ms)
        if len(attempts) < self._limit:
            attempts.append(now_ms)
        self._attempts[key] = attempts
        self._attempts.move_to_end(key)
        if len(self._attempts) > MAX_REMEMBERED_KEYS:
            self._attempts.popitem(last=False)

    def take_back(self, key: str) -> None:
        """Forget the newest attempt of `key`: it was a good one."""
        attempts = self._attempts.get(key)
        if attempts:
            attempts.pop()

    def _recent(self, key: str, now_ms: int) -> deque[int]:
        attempts = self._attempts.get(key, deque())
        while attempts and attempts[0] <= now_ms - self._period_ms:
            attempts.popleft()
        return attempts


@dataclass(frozen=True)
class AddressGroups:
    """What an address is counted as: the one subscriber it stands for, and its neighbourhood."""

    subscriber: str
    neighbourhood: str


def group_address(address: str) -> AddressGroups:
    """Return the groups of an IP address: itself and its /24 for IPv4, its /56 and /48 for IPv6.

    Text that is no IP address (a Unix socket, a test) is one group of its own.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return AddressGroups(address, address)
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    near, wide = (32, 24) if parsed.version == 4 else (56, 48)
    return AddressGroups(_network(parsed, near), _network(parsed, wide))


class JoinLimits:
    """Joins of mailboxes per minute: `per_subscriber` for one subscriber, ten times that for a neighbourhood."""

    def __init__(self, per_subscriber: int = 10) -> None:
        self._subscribers = SlidingWindow(per_subscriber, MINUTE_MS)
        self._neighbourhoods = SlidingWindow(10 * per_subscriber, MINUTE_MS)

    def admit(self, address: str, now_ms: int) -> bool:
        """Count a join from `address` and return whether it may be looked at."""
        groups = group_address(address)
        admitted = self._subscribers.has_room(groups.subscriber, now_ms) and self._neighbourhoods.has_room(
            groups.neighbourhood, now_ms
        )
        self._subscribers.count(groups.subscriber, now_ms)
        self._neighbourhoods.count(groups.neighbourhood, now_ms)
        return admitted


class SignInLimits:
    """Failed sign-ins in any 15 minutes: 10 for a name from one subscriber, 30 for a subscriber, 100 for a name.

    The last is high, because it is also what a stranger needs to keep somebody out.
    """

    def __init__(self, *, name_from_address: int = 10, address: int = 30, name: int = 100) -> None:
        self._limits = tuple(SlidingWindow(limit, 15 * MINUTE_MS) for limit in (name_from_address, address, name))

    def admit(self, name: str, address: str, now_ms: int) -> bool:
        """Count an attempt as failed until `succeeded` is called; return whether it may be looked at."""
        counted = list(zip(self._limits, _sign_in_keys(name, address), strict=True))
        if not all(limit.has_room(key, now_ms) for limit, key in counted):
            return False
        for limit, key in counted:
            limit.count(key, now_ms)
        return True

    def succeeded(self, name: str, address: str) -> None:
        """The admitted attempt was a good one and does not count."""
        for limit, key in zip(self._limits, _sign_in_keys(name, address), strict=True):
            limit.take_back(key)


def _sign_in_keys(name: str, address: str) -> tuple[str, str, str]:
    subscriber = group_address(address).subscriber
    return f"{subscriber} {name}", subscriber, name


def _network(address: ipaddress.IPv4Address | ipaddress.IPv6Address, prefix: int) -> str:
    return str(ipaddress.ip_network((address, prefix), strict=False))
