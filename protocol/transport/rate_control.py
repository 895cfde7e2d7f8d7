"""How fast the screen stream may be sent, from what the viewing side reports. Pure; time is passed in (monotonic s).

Two limits together: a pace, so that no queue builds up on the way, and a window, so that little is on its way when the
reports stop. The pace follows delay and loss, in rounds of one round trip: a growing delay means that more is sent than
gets through, and then what got through is the measure; loss below 10 % alone is a bad line, not too much traffic.
Ideas from draft-ietf-rmcat-gcc-02 (delay and loss) and BBR (what is delivered counts, growth in rounds).
"""

from collections import deque
from dataclasses import dataclass

from protocol.messages.picture import PictureReport
from protocol.transport.line_signs import Flight, Sent, StandingQueue, WindowedMinimum

MIN_RATE_BPS = 250_000
START_RATE_BPS = 4_000_000
MAX_RATE_BPS = 300_000_000

WINDOW_EXTRA_S = 0.1
"""Beside two round trips: what may be on its way while a report is awaited."""

MIN_WINDOW_BYTES = 8 * 1200
MAX_WINDOW_BYTES = 900 * 1200
"""Less than the sender keeps for retransmission (1024 packets)."""

QUEUE_LIMIT_S = 0.03
"""A standing queue longer than this (and than three packets) is too long."""

GROWTH_QUEUE_S = 0.012
"""The pace grows only while the queue is shorter than this."""

HIGH_LOSS = 0.10
STILL_AFTER_S = 2.0
"""After so long without sending, what was known about the line's limit is forgotten: the next data probes anew."""

_BURST_S = 0.01
_MIN_BURST_BYTES = 3 * 1200
_MIN_BUDGET_BYTES = 4 * 1200
_MAX_BURST_BYTES = 24 * 1200
"""A quarter of what a socket holds by default: the viewer may be busy for a moment."""
_FIRST_GROWTH, _PROBING_GROWTH, _SLOW_GROWTH = 2.0, 1.5, 1.05
_NEAR_CEILING = 0.9
_USED_SHARE = 0.6
"""Less of the pace in use says nothing about a higher one."""
_BEYOND_DELIVERED = 1.1
_DRAIN, _EASE = 0.85, 0.95
_DRAINING_PACE, _URGENT_PACE = 0.7, 0.4
_URGENT_QUEUE_S = 0.1
_CEILING_HOLDS_S = 10.0
_BASE_WINDOW_S = 30.0
_TRAIN_BYTES = 12 * 1200
"""Leaves at once after a pause, whatever the pace: about what TCP sends unasked (RFC 6928)."""
_TRAIN_AFTER_S = 0.2
_TRAIN_QUEUE_S = 0.02
"""On a line whose limit was met: the queue a train may make there."""
_SHORT_WAY_S = 0.005
"""Where a round trip takes longer, what was proven of the line may only double the pace in each."""
_LONGEST_REPAIR_S = 0.1
_COMPARED_S = 0.06
_COMPARED_BYTES = 6_000
_MEAN_PACKETS = 16
_LOSS_PACKETS = 40
_LOSS_INTERVAL_S = 1.0
_LOSSY_FOR_S = 20.0
_DEFAULT_ROUND_TRIP_S = 0.1


@dataclass(frozen=True, slots=True)
class _Progress:
    """What one report says: when the newest packet left and came, and how much had left and come by then."""

    sent_at: float
    sent_bytes: int
    arrived_at: float
    received_bytes: int


class RateController:
    """Decides for one stream. Packets are numbered from 0 in the order they are sent."""

    def __init__(self, *, start_bps: int = START_RATE_BPS) -> None:
        self._rate_bps = float(start_bps)
        self._limit_bps: int | None = None
        self._beside_bps = 0
        self._ceiling_bps: float | None = None
        self._ceiling_at = float("-inf")
        self._ever_limited = False
        self._drained_at = 0.0
        self._last_sent_at = float("-inf")
        self._sent_packets = 0
        self._sent_bytes = 0
        self._repaired_bytes = 0
        self._mean_bytes = 0.0
        self._flight = Flight()
        self._history: deque[_Progress] = deque(maxlen=32)
        self._base_round_trip = WindowedMinimum(_BASE_WINDOW_S)
        self._base_delay = WindowedMinimum(_BASE_WINDOW_S)
        self._round_trip_s: float | None = None
        self._queue = StandingQueue()
        self._train_bytes = float(_TRAIN_BYTES)
        self._round_ends = 0
        self._growing_from_bps = 0.0
        self._growing_by = 1.0
        self._report_number = 0
        self._loss = 0.0
        self._loss_counted = (0, -1, 0.0)
        self._lost_at = float("-inf")

    @property
    def rate_bps(self) -> int:
        """The pace in bit/s (250,000..300,000,000)."""
        return int(self._rate_bps)

    @property
    def limit_bps(self) -> int | None:
        """What the pace never goes beyond, in bit/s, however much the line takes; None for no such limit. Settable."""
        return self._limit_bps

    @limit_bps.setter
    def limit_bps(self, limit_bps: int | None) -> None:
        self._limit_bps = limit_bps
        self._rate_bps = self._bounded(self._rate_bps)

    @property
    def beside_bps(self) -> int:
        """What is sent beside the picture, in bit/s: voice. The picture makes room for it at once."""
        return self._beside_bps

    @beside_bps.setter
    def beside_bps(self, beside_bps: int) -> None:
        more_bps, self._beside_bps = beside_bps - self._beside_bps, beside_bps
        if self._ceiling_bps is not None:
            self._ceiling_bps -= more_bps
        self._set_rate(self._rate_bps - more_bps)

    @property
    def sent_bytes(self) -> int:
        """How much was sent since the beginning."""
        return self._sent_bytes

    @property
    def round_trip_s(self) -> float:
        """The smoothed round trip time; 0.0 before the first report."""
        return self._round_trip_s or 0.0

    @property
    def base_round_trip_s(self) -> float:
        """The round trip time without a queue; 0.1 before the first report."""
        base = self._base_round_trip.value
        return _DEFAULT_ROUND_TRIP_S if base is None else base

    @property
    def queue_s(self) -> float:
        """How long packets wait on the way now, by the last report."""
        return self._queue.queue_s

    @property
    def loss(self) -> float:
        """The share of packets lost (0..1), over about the last second that had packets."""
        return self._loss

    @property
    def window_bytes(self) -> int:
        """How much may be on its way: two round trips and 100 ms at the present pace."""
        window_s = 2 * self.base_round_trip_s + WINDOW_EXTRA_S
        return int(min(MAX_WINDOW_BYTES, max(MIN_WINDOW_BYTES, self._rate_bps * window_s / 8)))

    @property
    def in_flight_bytes(self) -> int:
        """How much was sent and not reported yet."""
        return self._sent_bytes - self._flight.acknowledged.total_bytes

    def is_lossy(self, now: float) -> bool:
        """Say whether a packet was lost in the last 20 s."""
        return now - self._lost_at < _LOSSY_FOR_S

    def room_bytes(self, now: float) -> int:
        """Return how much may leave at once."""
        waiting_bytes = max(0.0, self._drained_at - now) * self._pace_bps / 8
        train_bytes = self._whole_train_bytes if self._is_after_pause(now) else self._train_bytes
        room = min(max(train_bytes, self._burst_bytes - waiting_bytes), self.window_bytes - self.in_flight_bytes)
        return max(0, int(room))

    def wait_s(self, now: float) -> float | None:
        """Return for how long nothing more may leave: 0.0 when it may, None when a report must come first."""
        if self.in_flight_bytes >= self.window_bytes:
            return None
        return max(0.0, self._drained_at - now - self._burst_bytes * 4 / self._pace_bps)

    def budget_bytes(self, now: float) -> int:
        """Return the size of an update that is through in about 100 ms from now."""
        room = min(self._rate_bps * 0.1 / 8, self.window_bytes - self.in_flight_bytes)
        return max(_MIN_BUDGET_BYTES, int(room - max(0.0, self._drained_at - now) * self._pace_bps / 8))

    def sent(self, size_bytes: int, now: float) -> None:
        """Note that the next packet leaves."""
        if now - self._last_sent_at > STILL_AFTER_S:
            self._ceiling_bps = None
        if self._is_after_pause(now):
            # What came in a time with a pause in it is no measure of the line.
            self._history.clear()
            self._train_bytes = self._whole_train_bytes
        self._train_bytes = max(0.0, self._train_bytes - size_bytes)
        self._last_sent_at = now
        self._sent_bytes += size_bytes
        self._flight.add(Sent(self._sent_packets, self._sent_bytes, self._repaired_bytes, now))
        self._mean_bytes += (size_bytes - self._mean_bytes) / min(self._sent_packets + 1, _MEAN_PACKETS)
        self._sent_packets += 1
        self._drained_at = max(self._drained_at, now) + size_bytes * 8 / self._pace_bps

    def repaired(self, now: float) -> None:
        """Note that a lost packet, as long as the last ones on average, is sent again; new ones wait for it.

        They wait no longer than 0.1 s: the viewer asks for no more than the line seems to take, and only new packets
        tell how long the queue there is.
        """
        self._repaired_bytes += int(self._mean_bytes)
        drained_at = max(self._drained_at, now) + self._mean_bytes * 8 / self._rate_bps
        self._drained_at = max(self._drained_at, min(drained_at, now + _LONGEST_REPAIR_S))

    def reported(self, report: PictureReport, now: float) -> None:
        """Take a report; one that is late, or speaks of packets that were never sent, is ignored."""
        behind = (self._sent_packets - 1 - report.highest_packet) & 0xFFFF
        newest = self._sent_packets - 1 - behind
        if report.number <= self._report_number or newest < max(0, self._flight.acknowledged.packet):
            return
        self._report_number = report.number
        held_s = report.held_us / 1e6
        proven_bps = self._flight.acknowledge(newest, lost=report.lost_packets, arrived_at=now - held_s)
        self._note_delays(report, now)
        losing = self._note_loss(report, newest, now)
        if not losing:
            self._take_proven(proven_bps, newest, now)
        newest_sent = self._flight.acknowledged
        sent_bytes = newest_sent.total_bytes + newest_sent.repaired_bytes
        progress = _Progress(newest_sent.at, sent_bytes, report.arrived_us / 1e6, report.received_bytes)
        self._adapt(progress, newest, now, losing=losing)
        self._history.append(progress)

    @property
    def _pace_bps(self) -> float:
        """While a queue stands on the way, less than gets through."""
        if not self._is_queue_long:
            return self._rate_bps
        return self._rate_bps * (_URGENT_PACE if self.queue_s > _URGENT_QUEUE_S else _DRAINING_PACE)

    @property
    def _is_queue_long(self) -> bool:
        return self._queue.queue_s > self._queue_limit_s

    @property
    def _queue_limit_s(self) -> float:
        return max(QUEUE_LIMIT_S, _MIN_BURST_BYTES * 8 / self._rate_bps)

    @property
    def _burst_bytes(self) -> float:
        return min(_MAX_BURST_BYTES, max(_MIN_BURST_BYTES, self._rate_bps * _BURST_S / 8))

    def _is_after_pause(self, now: float) -> bool:
        return now - self._last_sent_at > _TRAIN_AFTER_S

    @property
    def _whole_train_bytes(self) -> float:
        if not self._ever_limited:
            return _TRAIN_BYTES
        return min(_TRAIN_BYTES, self._rate_bps * _TRAIN_QUEUE_S / 8)

    def _take_proven(self, proven_bps: float, newest: int, now: float) -> None:
        """Raise the pace to what the line certainly takes; what waits to drain then drains at that pace."""
        proven_bps = self._bounded(proven_bps)
        if proven_bps <= self._rate_bps or self.queue_s > GROWTH_QUEUE_S:
            return
        if self.base_round_trip_s > _SHORT_WAY_S:
            if newest < self._round_ends:
                return
            proven_bps = min(proven_bps, _FIRST_GROWTH * self._rate_bps)
        waiting_bits = max(0.0, self._drained_at - now) * self._pace_bps
        self._set_rate(proven_bps)
        self._drained_at = now + waiting_bits / self._pace_bps

    def _note_delays(self, report: PictureReport, now: float) -> None:
        round_trip_s = max(0.0001, now - self._flight.acknowledged.at - report.held_us / 1e6)
        self._base_round_trip.add(round_trip_s, now)
        smoothed = self._round_trip_s
        self._round_trip_s = round_trip_s if smoothed is None else smoothed + (round_trip_s - smoothed) / 8
        queue_s = round_trip_s - self.base_round_trip_s
        if report.delay_us is not None:
            self._base_delay.add(report.delay_us / 1e6, now)
            base = self._base_delay.value
            # The way back is no business of ours, and a clock that was set is no queue.
            queue_s = min(queue_s, report.delay_us / 1e6 - (base or 0.0))
        self._queue.add(max(0.0, queue_s), now, limit_s=self._queue_limit_s)

    def _note_loss(self, report: PictureReport, newest: int, now: float) -> bool:
        """Return whether enough packets were counted to judge the loss again, and too many of them were lost."""
        lost, counted, since = self._loss_counted
        packets = newest - counted
        if packets < _LOSS_PACKETS and (now - since < _LOSS_INTERVAL_S or packets < 1):
            return False
        newly = max(0, report.lost_packets - lost)
        if newly:
            self._lost_at = now
        weight = min(1.0, packets / (2 * _LOSS_PACKETS))
        self._loss += (min(1.0, newly / packets) - self._loss) * weight
        self._loss_counted = (report.lost_packets, newest, now)
        return newly > HIGH_LOSS * packets

    def _adapt(self, progress: _Progress, newest: int, now: float, *, losing: bool) -> None:
        sent_bps, delivered_bps = self._compared(progress)
        if newest < self._round_ends:
            self._grow(sent_bps, delivered_bps)
            return
        self._growing_from_bps = 0.0
        growing = delivered_bps < 0.95 * sent_bps
        got_through = min(self._rate_bps, delivered_bps) if growing else self._rate_bps
        if self._queue.stays_long(now):
            # A queue that does not grow is being drained already, by the lower pace.
            self._lower(got_through * (_DRAIN if growing else _EASE), ceiling_bps=got_through, now=now)
        elif losing and self._loss > HIGH_LOSS:
            self._lower(self._rate_bps * (1 - 0.5 * self._loss), ceiling_bps=got_through, now=now)
        else:
            self._growing_from_bps, self._growing_by = self._rate_bps, self._growth(now)
            if self._grow(sent_bps, delivered_bps):
                self._round_ends = self._sent_packets
            else:
                self._growing_from_bps = 0.0

    def _grow(self, sent_bps: float, delivered_bps: float) -> bool:
        """Raise the pace by what came of this round so far; return whether enough came, and no queue stands.

        The first report of a round is mostly about what left before it; later ones may say more.
        """
        from_bps = self._growing_from_bps
        if not from_bps or sent_bps < _USED_SHARE * from_bps or self.queue_s > GROWTH_QUEUE_S:
            return False
        proven = min(from_bps, delivered_bps * _BEYOND_DELIVERED)
        self._rate_bps = max(self._rate_bps, self._bounded(proven * self._growing_by))
        return True

    def _compared(self, progress: _Progress) -> tuple[float, float]:
        """Return at which rates the same packets left and came in (bit/s); zeros when they were too few to say."""
        for earlier in reversed(self._history):
            sent_s = progress.sent_at - earlier.sent_at
            arrived_s = progress.arrived_at - earlier.arrived_at
            sent_bytes = progress.sent_bytes - earlier.sent_bytes
            enough = sent_bytes >= _COMPARED_BYTES and (sent_s >= _COMPARED_S or sent_bytes >= 10 * _COMPARED_BYTES)
            if enough and sent_s > 0 and arrived_s > 0:
                received_bytes = progress.received_bytes - earlier.received_bytes
                return sent_bytes * 8 / sent_s, received_bytes * 8 / arrived_s
        return 0.0, 0.0

    def _growth(self, now: float) -> float:
        if now - self._ceiling_at > _CEILING_HOLDS_S:
            self._ceiling_bps = None
        if self._ceiling_bps is not None and self._rate_bps >= _NEAR_CEILING * self._ceiling_bps:
            return _SLOW_GROWTH
        return _PROBING_GROWTH if self._ever_limited else _FIRST_GROWTH

    def _lower(self, rate_bps: float, *, ceiling_bps: float, now: float) -> None:
        self._ever_limited = True
        self._ceiling_bps, self._ceiling_at = ceiling_bps, now
        self._set_rate(rate_bps)

    def _set_rate(self, rate_bps: float) -> None:
        self._rate_bps, self._growing_from_bps = self._bounded(rate_bps), 0.0
        self._round_ends = self._sent_packets

    def _bounded(self, rate_bps: float) -> float:
        most_bps = MAX_RATE_BPS if self._limit_bps is None else min(MAX_RATE_BPS, self._limit_bps)
        return max(MIN_RATE_BPS, min(most_bps, rate_bps))
