"""A screen stream between its sender and its receiver over a simulated network, in simulated time."""

import heapq
import itertools
import random
from collections.abc import Callable

from aiortc.rtp import RtpPacket

from customer_client.picture.update_sender import UpdateSender
from protocol.messages.picture import PictureReport
from protocol.transport.rate_control import RateController
from protocol.transport.reception import Reception
from protocol.transport.screen_repair import ScreenNacks, ScreenStreamBuffer
from technician_app.controllers.screen_updates import BUSY_BYTES, BUSY_REPORT_INTERVAL_S

STEP_S = 0.005
HISTORY = 1024


class VirtualScreen:
    """`change` makes a new state of the screen; `run` lets time pass. All losses are decided by `lost`.

    `bottleneck_bps` (0: none) holds packets in a queue of `queue_s`. Reports come as often as the technician's side
    sends them while much comes, and each `calm_report_s` while little does.
    """

    def __init__(
        self,
        *,
        one_way_s: float = 0.02,
        bottleneck_bps: float = 0.0,
        queue_s: float = 0.3,
        step_s: float = STEP_S,
        calm_report_s: float = 0.02,
    ) -> None:
        self.step_s = step_s
        self.calm_report_s = calm_report_s
        self.now = 100.0
        self.rates = RateController()
        self.sender = UpdateSender(self.rates)
        self.lost: Callable[[], bool] = lambda: False
        self.one_way_s = one_way_s
        self.bottleneck_bps = bottleneck_bps
        self.queue_s = queue_s
        self.jitter = random.Random(5)
        self.jitter_s = 0.0
        self.state = self.sent_state = 0
        self.size = 300
        self.page_bytes = 0
        self.epoch = -1
        self.number = 0
        self.received: list[tuple[int, int, int]] = []
        self.received_at: list[float] = []
        self.most_in_flight = self.largest_window = 0
        self.overflowed = 0
        self._free_at = 0.0
        self._buffer = ScreenStreamBuffer()
        self._nacks = ScreenNacks()
        self._sequence = 60000
        self._history: dict[int, RtpPacket] = {}
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._latest: tuple[Reception, int | None] | None = None
        self._reported_at = 0.0
        self._reports = 0
        self._reported_bytes = 0

    def change(self) -> None:
        self.state += 1

    def page(self, size_bytes: int) -> float:
        """Send a page, in updates as large as the budget allows; return after how many seconds the viewer has it."""
        began, self.page_bytes = self.now, size_bytes
        while self.page_bytes or not self.sender.is_complete or self.sender.is_leaving:
            self.run(self.step_s)
        return self.received_at[-1] - began

    def run(self, seconds: float, *, changes_every_s: float = 0.0) -> None:
        end, next_change = self.now + seconds, self.now
        while self.now < end:
            if changes_every_s and self.now >= next_change:
                self.change()
                next_change += changes_every_s
            self._send()
            self.now += self.step_s
            while self._queue and self._queue[0][0] <= self.now:
                heapq.heappop(self._queue)[2]()
            self._report()

    def _send(self) -> None:
        sender = self.sender
        if self.page_bytes and sender.may_encode(self.now):
            self.size = max(40, min(self.page_bytes, self.rates.budget_bytes(self.now)))
            self.page_bytes = max(0, self.page_bytes - self.size)
            self.change()
        if sender.may_encode(self.now) and (sender.epoch_wanted or self.state != self.sent_state):
            starts_epoch = sender.epoch_wanted
            self.epoch, self.number = (self.epoch + 1, 0) if starts_epoch else (self.epoch, self.number + 1)
            self.sent_state = self.state
            update = b"%d %d %d " % (self.epoch, self.number, self.state)
            sender.offer(update.ljust(self.size, b"."), starts_epoch=starts_epoch, now=self.now)
        for payload in [*sender.take_burst(self.now), *sender.take_probe(self.now)]:
            packet = RtpPacket(sequence_number=self._sequence & 0xFFFF, timestamp=0, payload=payload)
            packet.extensions.abs_send_time = int(self.now * 2**18) & 0xFFFFFF
            self._history[self._sequence % HISTORY] = packet
            self._sequence += 1
            self._transmit(packet)
        self.largest_window = max(self.largest_window, self.rates.window_bytes)
        self.most_in_flight = max(self.most_in_flight, self.rates.in_flight_bytes)

    def _transmit(self, packet: RtpPacket) -> None:
        leaves = self.now
        if self.bottleneck_bps:
            if self._free_at - self.now > self.queue_s:
                self.overflowed += 1
                return
            leaves = self._free_at = max(self._free_at, self.now) + len(packet.payload) * 8 / self.bottleneck_bps
        if not self.lost():
            self._after(leaves - self.now, lambda: self._arrive(packet))

    def _arrive(self, packet: RtpPacket) -> None:
        due = self._nacks.due(packet, self.now)
        if due and not self.lost():
            self._after(0.0, lambda: self._retransmit(due))
        new_epoch, frame = self._buffer.add(packet, self.now)
        if new_epoch and not self.lost():
            self._after(0.0, lambda: self.sender.ask_epoch(self.now))
        if frame is not None:
            for update in frame.updates:
                epoch, number, state = update.data.split(b" ")[:3]
                self.received.append((int(epoch), int(number), int(state)))
                self.received_at.append(self.now)
            self._latest = (frame.reception, frame.completed)

    def _retransmit(self, due: set[int]) -> None:
        for packet in [kept for kept in self._history.values() if kept.sequence_number in due]:
            self.rates.repaired(self.now)
            self._transmit(packet)

    def _report(self) -> None:
        if self._latest is None:
            return
        reception, completed = self._latest
        is_busy = reception.received_bytes - self._reported_bytes >= BUSY_BYTES
        if self.now - self._reported_at < (BUSY_REPORT_INTERVAL_S if is_busy else self.calm_report_s) - 1e-6:
            return
        self._latest, self._reported_at = None, self.now
        self._reported_bytes = reception.received_bytes
        self._reports += 1
        low16 = -1 if completed is None else completed & 0xFFFF
        report = PictureReport(
            number=self._reports,
            highest_packet=reception.highest_packet & 0xFFFF,
            received_bytes=reception.received_bytes,
            lost_packets=max(0, reception.lost_packets),
            arrived_us=int(reception.arrived * 1e6),
            held_us=int((self.now - reception.arrived) * 1e6),
            delay_us=None if reception.delay_s is None else int(reception.delay_s * 1e6),
            completed_update=low16,
            applied_update=low16,
            new_epoch=False,
        )
        if not self.lost():
            self._after(0.0, lambda: self.sender.reported(report, self.now))

    def _after(self, seconds: float, action: Callable[[], None]) -> None:
        at = self.now + seconds + self.one_way_s + self.jitter.random() * self.jitter_s
        heapq.heappush(self._queue, (at, next(self._order), action))
