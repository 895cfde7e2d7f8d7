"""How many lost packets may be asked for now, so that their repair does not fill a thin line. Pure; time is passed in.

A sender answers each request at once: aiortc's RTCRtpSender, which can only be told to count it. So the pace of repair
is kept here, at the end that asks. What packets were seen to come at, at their fastest, is what the line
carries; what is asked for at once takes it no more than 50 ms.
"""

from collections import deque

from protocol.transport.line_signs import WindowedMinimum
from protocol.transport.picture_packets import MAX_PAYLOAD_BYTES

MOST_AT_ONCE = 48.0
FEWEST_AT_ONCE = 6.0
AT_ONCE_S = 0.05
"""For so long the answers may take the line."""

EARNED_BY_EACH = 0.5
EARNED_EACH_S = 30.0
"""Half of what comes, and a little while nothing comes: repairing everything would fill a line that just got narrow."""

_COMPARED_PACKETS = 8
"""Fewer say nothing: they may have come together by chance."""

_REMEMBERED_S = 5.0


class RepairAllowance:
    """Counts requests of one stream; times are monotonic s."""

    def __init__(self) -> None:
        self._allowance = MOST_AT_ONCE
        self._came: float | None = None
        self._received_bytes = 0
        self._arrivals: deque[tuple[float, int]] = deque(maxlen=_COMPARED_PACKETS + 1)
        self._seconds_a_byte = WindowedMinimum(_REMEMBERED_S)

    @property
    def at_once(self) -> float:
        """How many requests may be saved up (6..48): the most while nothing is known about the line."""
        fastest = self._seconds_a_byte.value
        if fastest is None:
            return MOST_AT_ONCE
        packet_s = fastest * MAX_PAYLOAD_BYTES
        if MOST_AT_ONCE * packet_s <= AT_ONCE_S:
            return MOST_AT_ONCE
        return max(FEWEST_AT_ONCE, AT_ONCE_S / packet_s)

    def packet_came(self, size_bytes: int, now: float) -> None:
        """Note a packet with a payload of `size_bytes`: it earns part of a request."""
        self._received_bytes += size_bytes
        self._arrivals.append((now, self._received_bytes))
        oldest_at, oldest_bytes = self._arrivals[0]
        if len(self._arrivals) > _COMPARED_PACKETS:
            compared_bytes = self._received_bytes - oldest_bytes
            self._seconds_a_byte.add(max(0.0, now - oldest_at) / max(1, compared_bytes), now)
        earned = EARNED_BY_EACH
        if self._came is not None:
            earned += max(0.0, now - self._came) * EARNED_EACH_S
        self._came = now
        self._allowance = min(self.at_once, self._allowance + earned)

    def take(self) -> bool:
        """Use one request up; False when there is none."""
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True
