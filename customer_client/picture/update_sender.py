"""What leaves next of the screen stream, and when: one update at a time, newest state wins. Pure; time is passed in.

An update is cut into packets that leave in small bursts at the pace the line takes. While one is leaving, or the window
is full, or the viewer is behind, or has waited long for something lost, nothing may be encoded. As long as the viewer
has not reported the last update as complete, its last packet is sent again now and then: that is how a lost last packet
is noticed.
"""

from collections import deque

from protocol.messages.picture import PictureReport
from protocol.picture.short_heads import HeadShortener
from protocol.transport.picture_packets import Fragment, nearest, pack_packet, split_update
from protocol.transport.rate_control import RateController
from protocol.transport.update_assembly import patience_s

MAX_VIEWER_BEHIND = 4
"""Updates that came whole and wait in the viewer; more than that, and the viewer is the slowest part of the way."""

EPOCH_INTERVAL_S = 0.5
"""The shortest time between the beginnings of two epochs."""

REPORT_DELAY_S = 0.2
"""How long after a packet its report may come; on a line that loses packets nobody waits for it."""

_SHORTEST_PROBE_S = 0.02
_LONGEST_PROBE_S = 0.5
_PROBE_BACKOFF = 1.5
_PATIENT_PROBES = 3


class UpdateSender:
    """Sends one stream. Everything runs on one thread; `now` is monotonic s.

    `epoch_wanted` says whether the next update must start an epoch; true at first.
    """

    def __init__(self, rates: RateController) -> None:
        self._rates = rates
        self._heads = HeadShortener()
        self._pending: deque[Fragment] = deque()
        self._next_update = 0
        self._next_packet = 0
        self._last_fragment: Fragment | None = None
        self._last_sent_at = float("-inf")
        self._probes = 0
        self._completed = -1
        self._behind = 0
        self._incomplete: deque[tuple[int, float]] = deque()
        self._epoch_began = float("-inf")
        self._epoch_left = float("-inf")
        self._epoch_update = -1
        self._latest_report = 0
        self.epoch_wanted = True

    @property
    def is_leaving(self) -> bool:
        """Whether packets of an update still wait to leave."""
        return bool(self._pending)

    @property
    def pending_bytes(self) -> int:
        """How much of the update still waits to leave."""
        return sum(len(fragment.body) for fragment in self._pending)

    @property
    def is_complete(self) -> bool:
        """Whether the viewer has reported everything that was sent as complete."""
        return self._completed == self._next_update - 1

    @property
    def viewer_behind(self) -> int:
        """How many whole updates wait in the viewer, by its last report."""
        return self._behind

    def wait_s(self, now: float) -> float | None:
        """Return for how long nothing may leave or be encoded; 0.0 when it may, None when a report must come first."""
        if not self._pending and (self._behind > MAX_VIEWER_BEHIND or self._is_stuck(now)):
            return None
        return self._rates.wait_s(now)

    def may_encode(self, now: float) -> bool:
        """Say whether there is room for a new update."""
        return not self._pending and self.wait_s(now) == 0.0

    def offer(self, update: bytes, *, starts_epoch: bool, now: float) -> None:
        """Take the next update; the last one must have left, unless this starts an epoch.

        Raises:
            LocalError: the update is empty or longer than 8 MiB.
        """
        fragments = split_update(self._heads.shortened(update), update=self._next_update, starts_epoch=starts_epoch)
        self._pending = deque(fragments)
        if starts_epoch:
            self.epoch_wanted = False
            self._epoch_began, self._epoch_update = now, self._next_update
            self._incomplete.clear()
        self._next_update += 1
        self._probes = 0

    def take_burst(self, now: float) -> list[bytes]:
        """Return the RTP payloads that leave now; empty when it is not time."""
        if not self._pending or self._rates.wait_s(now) != 0.0:
            return []
        room = self._rates.room_bytes(now)
        burst: list[bytes] = []
        while self._pending and (not burst or room >= len(self._pending[0].body)):
            payload = self._packed(self._pending.popleft(), now)
            room -= len(payload)
            burst.append(payload)
        if not self._pending:
            self._incomplete.append((self._next_update - 1, now))
            if self._epoch_update == self._next_update - 1:
                self._epoch_left = now
        return burst

    def probe_due_at(self, now: float) -> float | None:
        """Return when a probe is due (perhaps before `now`); None while everything is reported or about to leave."""
        if self.is_complete or self._last_fragment is None:
            return None
        if self._pending and self._rates.wait_s(now) is not None:
            return None
        patience = max(_SHORTEST_PROBE_S, self._rates.round_trip_s or self._rates.base_round_trip_s)
        if not self._rates.is_lossy(now) and not self._probes:
            patience += REPORT_DELAY_S
        patience *= _PROBE_BACKOFF ** max(0, self._probes - _PATIENT_PROBES)
        return self._last_sent_at + min(_LONGEST_PROBE_S, patience)

    def take_probe(self, now: float) -> list[bytes]:
        """Return the payload that repeats the last packet; empty when it is not time."""
        due_at = self.probe_due_at(now)
        if due_at is None or now < due_at or self._last_fragment is None:
            return []
        self._probes += 1
        return [self._packed(self._last_fragment, now)]

    def reported(self, report: PictureReport, now: float) -> None:
        """Take the viewer's report; it may come late, twice or out of order."""
        self._rates.reported(report, now)
        if report.number <= self._latest_report:
            return
        self._latest_report = report.number
        completed = self._known(report.completed_update)
        applied = self._known(report.applied_update)
        if completed > self._completed:
            self._completed, self._probes = completed, 0
            while self._incomplete and self._incomplete[0][0] <= completed:
                self._incomplete.popleft()
        self._behind = max(0, completed - applied)
        if report.new_epoch:
            self.ask_epoch(now)

    def ask_epoch(self, now: float) -> bool:
        """The viewer needs a new epoch; return whether it gets one.

        Not while one is leaving or may still be on its way, and not sooner than 0.5 s after the last began.
        """
        if self._epoch_update == self._next_update - 1 and self._pending:
            return False
        arriving = self._completed < self._epoch_update and now - self._epoch_left < patience_s(
            self._rates.round_trip_s
        )
        if arriving or now - self._epoch_began < EPOCH_INTERVAL_S:
            return False
        self.start_over()
        return True

    def start_over(self) -> None:
        """Drop what has not left and go on with a new epoch."""
        self._pending.clear()
        self._incomplete.clear()
        self._last_fragment = None
        self.epoch_wanted = True

    def _is_stuck(self, now: float) -> bool:
        """Say whether the viewer has been waiting for something lost for so long that more would only be late."""
        if not self._incomplete or self.epoch_wanted:
            return False
        return now - self._incomplete[0][1] > patience_s(self._rates.round_trip_s) + REPORT_DELAY_S

    def _packed(self, fragment: Fragment, now: float) -> bytes:
        payload = pack_packet(fragment, number=self._next_packet, round_trip_s=self._rates.round_trip_s)
        self._next_packet += 1
        self._rates.sent(len(payload), now)
        self._last_fragment, self._last_sent_at = fragment, now
        return payload

    def _known(self, low16: int) -> int:
        """Return the update a report names; what was never sent counts as nothing."""
        number = nearest(low16, self._next_update - 1) if low16 >= 0 else -1
        return number if 0 <= number < self._next_update else -1
