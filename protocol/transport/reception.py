"""What the receiver of the screen stream notes about the way: what came, what was lost, how long it took. Pure.

Delays are relative: one clock at each end, an unknown offset between them. The sender only looks at their change.
"""

from dataclasses import dataclass

from protocol.transport.picture_packets import nearest

_SEND_TIME_UNIT_S = 2.0**-18
_SEND_TIME_RANGE_S = 64.0
"""The abs-send-time header extension: 24 bits, 6.18 fixed point."""

_MAX_MISSING = 2048
_SHORTEST_REPAIR_S = 0.01


@dataclass(frozen=True, slots=True)
class Reception:
    """The way's state at the last packet in order.

    `highest_packet` counts without limit (its low 16 bits are the sender's), `received_bytes` counts payloads,
    retransmitted ones too, `lost_packets` what did not come the first time. `arrived` is when that packet came
    (monotonic s); `delay_s` is the shortest relative delay of the packets since the last `taken` reception, None when
    none of them said when it was sent.
    """

    highest_packet: int
    received_bytes: int
    lost_packets: int
    arrived: float
    delay_s: float | None


class ReceptionCounter:
    """Counts the packets of one stream."""

    def __init__(self) -> None:
        self._highest: int | None = None
        self._arrived = 0.0
        self._received_bytes = 0
        self._lost = 0
        self._missing: dict[int, float] = {}
        self._last_sent: tuple[int, float] | None = None
        self._relative_delay_s = 0.0
        self._shortest_delay_s: float | None = None

    def add(self, packet: int, size_bytes: int, *, sent_units: int | None, round_trip_s: float, now: float) -> None:
        """Note packet `packet` (0..65535) of `size_bytes`, sent at `sent_units` of abs-send-time, arrived at `now`."""
        self._received_bytes += size_bytes
        if self._highest is None:
            number = packet
        else:
            number = nearest(packet, self._highest)
            if number <= self._highest:
                self._note_late(number, round_trip_s, now)
                return
            self._note_missing(self._highest + 1, number, now)
        self._highest, self._arrived = number, now
        if sent_units is not None:
            self._note_delay(sent_units, now)

    def taken(self) -> Reception | None:
        """Return the present state and begin a new interval of delays; None before the first packet."""
        if self._highest is None:
            return None
        delay_s, self._shortest_delay_s = self._shortest_delay_s, None
        return Reception(self._highest, self._received_bytes, self._lost, self._arrived, delay_s)

    def _note_missing(self, first: int, end: int, now: float) -> None:
        self._lost += end - first
        for number in range(max(first, end - _MAX_MISSING), end):
            self._missing[number] = now
        while len(self._missing) > _MAX_MISSING:
            del self._missing[next(iter(self._missing))]

    def _note_late(self, number: int, round_trip_s: float, now: float) -> None:
        noticed = self._missing.pop(number, None)
        # Sooner than a retransmission can be here: overtaken on the way, not lost.
        if noticed is not None and now - noticed < max(_SHORTEST_REPAIR_S, round_trip_s / 2):
            self._lost -= 1

    def _note_delay(self, sent_units: int, now: float) -> None:
        if self._last_sent is not None:
            units, arrived = self._last_sent
            between_sent_s = (sent_units - units) * _SEND_TIME_UNIT_S
            between_arrived_s = now - arrived
            # The 24 bits wrap every 64 s: the two intervals are nearly equal.
            between_sent_s += round((between_arrived_s - between_sent_s) / _SEND_TIME_RANGE_S) * _SEND_TIME_RANGE_S
            self._relative_delay_s += between_arrived_s - between_sent_s
        self._last_sent = (sent_units, now)
        if self._shortest_delay_s is None or self._relative_delay_s < self._shortest_delay_s:
            self._shortest_delay_s = self._relative_delay_s
