"""From the received screen stream to update bytes for the decoder, and reports back. Runs on the network thread.

The track is read at once whatever the decoder does, because the reports on how it is received come out of it too.
Updates wait here for the decoder; the customer's side stops sending when more than a few do.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from protocol.errors import PeerError
from protocol.messages.picture import PictureReport
from protocol.picture.updates import captured_ms_of
from protocol.transport.picture_codec import ReceivedUpdate, ReceptionNote
from protocol.transport.reception import Reception
from protocol.transport.tasks import create_task
from technician_app.controllers.picture_quality import NetworkTime

REPORT_INTERVAL_S = 0.15
"""Between two reports while little comes."""

BUSY_REPORT_INTERVAL_S = 0.005
BUSY_BYTES = 8 * 1200
"""While so much came since the last report, the shorter interval holds."""

FEW_WAITING = 3
"""Updates that are decoded within moments. Nobody at the customer's side waits for so few."""

EPOCH_REQUEST_INTERVAL_S = 0.25
"""How often a wish for a new epoch is repeated until one comes: a report may be lost."""

MAX_WAITING_BYTES = 32 * 1024 * 1024
"""An honest customer's side stops long before."""


class ScreenUpdates:
    """Reads one screen stream.

    `apply(update)` gets each update, in order, none missing; it may take its time, and returns when it can take the
    next. If it returns a future, the update is applied only when that is done. `send_report` sends a report to the
    customer's side. Both are called on the loop that runs `read`.
    """

    def __init__(
        self,
        *,
        apply: Callable[[bytes], Awaitable[asyncio.Future[None] | None]],
        send_report: Callable[[PictureReport], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._apply = apply
        self._send_report = send_report
        self._clock = clock
        self._waiting: deque[ReceivedUpdate] = deque()
        self._waiting_bytes = 0
        self._work = asyncio.Event()
        self._news = asyncio.Event()
        self._reception: Reception | None = None
        self._shortest_delay_s: float | None = None
        self._completed: int | None = None
        self._applied: int | None = None
        self._epoch_wanted = False
        self._urgent = False
        self._reports = 0
        self._reported_at = float("-inf")
        self._reported_bytes = 0
        self._reported_behind = False
        self.arrivals: deque[float] = deque(maxlen=120)
        """When the last updates came (monotonic s)."""
        self.network = NetworkTime()
        """How long they were on their way."""

    @property
    def waiting(self) -> int:
        """How many updates wait for the decoder."""
        return len(self._waiting)

    def want_epoch(self) -> None:
        """Ask for a new epoch, because the decoder lost its state."""
        self._epoch_wanted = self._urgent = True
        self._news.set()

    async def read(self, track: MediaStreamTrack) -> None:
        """Read `track` until it ends.

        Raises:
            PeerError: more is waiting than an honest sender would send, or `apply` raised it.
        """
        applying = create_task(self._apply_forever(), name="apply screen updates", awaited=True)
        reporting = create_task(self._report_forever(), name="report on the screen stream", awaited=True)
        reading = create_task(self._read_forever(track), name="read the screen stream", awaited=True)
        tasks = {applying, reporting, reading}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()

    async def _read_forever(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                received = await track.recv()
            except MediaStreamError:
                return
            if isinstance(received, ReceivedUpdate):
                self._take(received)
            note = received.note if isinstance(received, ReceivedUpdate) else received
            if isinstance(note, ReceptionNote):
                self._note(note)

    def _take(self, update: ReceivedUpdate) -> None:
        self._waiting_bytes += len(update.data)
        if self._waiting_bytes > MAX_WAITING_BYTES:
            raise PeerError(f"{self._waiting_bytes} bytes of updates wait", code="too_many_updates")
        self._waiting.append(update)
        if update.starts_epoch:
            self._epoch_wanted = False
        self.arrivals.append(update.arrived)
        captured_ms = captured_ms_of(update.data)
        if captured_ms is not None:
            self.network.arrived(captured_ms, update.arrived)
        self._work.set()

    def _note(self, note: ReceptionNote) -> None:
        self._reception, self._completed = note.reception, note.completed
        delay_s = note.reception.delay_s
        if delay_s is not None and (self._shortest_delay_s is None or delay_s < self._shortest_delay_s):
            self._shortest_delay_s = delay_s
        self._news.set()

    async def _apply_forever(self) -> None:
        while True:
            self._work.clear()
            while self._waiting:
                update = self._waiting.popleft()
                self._waiting_bytes -= len(update.data)
                applied = await self._apply(update.data)
                if applied is None:
                    self._note_applied(update.number)
                else:
                    applied.add_done_callback(partial(self._note_done, update.number))
            await self._work.wait()

    def _note_done(self, number: int, _applied: asyncio.Future[None]) -> None:
        self._note_applied(number)

    def _note_applied(self, number: int) -> None:
        self._applied = number
        if self._reported_behind and number == self._completed:
            # The customer's side may be waiting for just this.
            self._urgent = True
            self._news.set()

    async def _report_forever(self) -> None:
        while True:
            await self._wait_for_news(EPOCH_REQUEST_INTERVAL_S if self._epoch_wanted else None)
            wait_s = self._report_due_in_s()
            while wait_s > 0:
                # More bytes, or a wish, may make it due sooner.
                await self._wait_for_news(wait_s)
                wait_s = self._report_due_in_s()
            self._report()

    async def _wait_for_news(self, seconds: float | None) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        self._news.clear()

    def _report_due_in_s(self) -> float:
        received = self._reception.received_bytes if self._reception is not None else 0
        busy = self._urgent or received - self._reported_bytes >= BUSY_BYTES
        interval_s = BUSY_REPORT_INTERVAL_S if busy else REPORT_INTERVAL_S
        return self._reported_at + interval_s - self._clock()

    def _report(self) -> None:
        reception = self._reception
        if reception is None:
            return
        now = self._clock()
        self._reports += 1
        self._reported_at, self._reported_bytes = now, reception.received_bytes
        delay_s, self._shortest_delay_s = self._shortest_delay_s, None
        self._urgent = False
        behind = 0 if self._completed is None else self._completed - (-1 if self._applied is None else self._applied)
        self._reported_behind = behind > FEW_WAITING
        self._send_report(
            PictureReport(
                number=self._reports,
                highest_packet=reception.highest_packet & 0xFFFF,
                received_bytes=reception.received_bytes,
                lost_packets=max(0, reception.lost_packets),
                arrived_us=int(reception.arrived * 1e6),
                held_us=max(0, int((now - reception.arrived) * 1e6)),
                delay_us=None if delay_s is None else int(delay_s * 1e6),
                completed_update=_low16(self._completed),
                applied_update=_low16(self._applied),
                new_epoch=self._epoch_wanted,
            )
        )


def _low16(number: int | None) -> int:
    return -1 if number is None else number & 0xFFFF
