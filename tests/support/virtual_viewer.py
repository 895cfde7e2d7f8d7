"""A whole picture in simulated time: track and encoder of the customer, a thin line, and the technician's decoder."""

import heapq
import itertools
from collections.abc import Callable

from aiortc.rtp import RtpPacket

from customer_client.capture.grabber import CapturedPicture
from customer_client.picture.encoding_token import EncodingToken, ProbeToken, ReadyPackets
from customer_client.picture.screen_track import ScreenStreamTrack
from customer_client.picture.sender_encoder import ScreenStreamSenderEncoder
from customer_client.picture.stream_encoder import ScreenStreamEncoder
from protocol.messages.picture import PictureQuality, PictureReport
from protocol.picture.geometry import Rect
from protocol.transport.screen_repair import ScreenStreamBuffer
from technician_app.picture.stream_decoder import ScreenStreamDecoder
from tests.support.painted_screen import PaintedScreen

LONGEST_NAP_S = 0.01


class TimeIsUp(Exception):
    """The simulated time a test gave has passed."""


class PaintedPictures:
    """A slot like the grabber's with the newest state of a painted screen."""

    def __init__(self, screen: PaintedScreen, clock: Callable[[], float]) -> None:
        self._screen, self._clock = screen, clock
        self._damage: tuple[Rect, ...] = ()
        self._number = 0

    def changed(self, *rects: Rect) -> None:
        self._damage += rects

    def take_newest(self, timeout: float = 0.0) -> CapturedPicture | None:
        damage, self._damage = self._damage, ()
        self._number += 1
        return CapturedPicture(self._screen.picture(), self._clock(), self._number, damage) if damage else None

    def set_listener(self, listener: Callable[[], None] | None) -> None:
        """Nobody is told: simulated naps are short."""

    def pause(self) -> None:
        self._damage = ()

    def resume(self) -> None:
        self._damage = (Rect(0, 0, self._screen.width, self._screen.height),)


class VirtualViewer:
    """`run` lets time pass; `bottleneck_bps` is what the line takes. Must be created on a running loop."""

    def __init__(self, screen: PaintedScreen, *, bottleneck_bps: float, one_way_s: float = 0.02) -> None:
        self.now = 100.0
        self.bottleneck_bps, self.one_way_s = bottleneck_bps, one_way_s
        self.pictures = PaintedPictures(screen, lambda: self.now)
        self.track = _VirtualTrack(self)
        self.decoder = ScreenStreamDecoder()
        self.told: list[tuple[float, PictureQuality]] = []
        self.track.quality_changed = lambda quality: self.told.append((self.now, quality))
        self.sizes: list[tuple[int, int]] = []
        self.naps = 0
        self.end = self.now
        self._buffer = ScreenStreamBuffer()
        self._codec = ScreenStreamSenderEncoder()
        self._free_at = 0.0
        self._sequence = 0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._reports = 0
        self._reported_at = 0.0

    async def run(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self.end = self.now + seconds
        try:
            while True:
                self._handle(await self.track.recv())
        except TimeIsUp:
            return

    def nap(self, seconds: float | None) -> None:
        """Advance time until something happens, at most `seconds`."""
        if self.now >= self.end:
            raise TimeIsUp
        self.naps += 1
        self.now += min(LONGEST_NAP_S, max(0.0005, LONGEST_NAP_S if seconds is None else seconds))
        while self._events and self._events[0][0] <= self.now:
            heapq.heappop(self._events)[2]()

    def _handle(self, due: object) -> None:
        if isinstance(due, EncodingToken):
            self._codec.encode(due)
        elif isinstance(due, ProbeToken):
            self._transmit(self._codec.encode(due)[0])
        else:
            assert isinstance(due, ReadyPackets)
            self._transmit(due.payloads)

    def _transmit(self, payloads: list[bytes]) -> None:
        for payload in payloads:
            packet = RtpPacket(sequence_number=self._sequence & 0xFFFF, timestamp=0, payload=payload)
            packet.extensions.abs_send_time = int(self.now * 2**18) & 0xFFFFFF
            self._sequence += 1
            self._free_at = max(self._free_at, self.now) + len(payload) * 8 / self.bottleneck_bps
            self._at(self._free_at + self.one_way_s, lambda packet=packet: self._arrive(packet))

    def _arrive(self, packet: RtpPacket) -> None:
        _new_epoch, frame = self._buffer.add(packet, self.now)
        if frame is None:
            return
        for update in frame.updates:
            self.decoder.apply(update.data)
            if not self.sizes or self.sizes[-1] != self.decoder.size:
                self.sizes.append(self.decoder.size)
        self._reports += 1
        low16 = -1 if frame.completed is None else frame.completed & 0xFFFF
        reception = frame.reception
        report = PictureReport(
            number=self._reports,
            highest_packet=reception.highest_packet & 0xFFFF,
            received_bytes=reception.received_bytes,
            lost_packets=max(0, reception.lost_packets),
            arrived_us=int(reception.arrived * 1e6),
            held_us=0,
            delay_us=None if reception.delay_s is None else int(reception.delay_s * 1e6),
            completed_update=low16,
            applied_update=low16,
            new_epoch=False,
        )
        self._at(self.now + self.one_way_s, lambda: self.track.reported(report))

    def _at(self, moment: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._order), action))


class _VirtualTrack(ScreenStreamTrack):
    def __init__(self, viewer: VirtualViewer) -> None:
        self._viewer = viewer
        super().__init__(viewer.pictures, ScreenStreamEncoder, clock=lambda: viewer.now)

    async def _sleep(self, seconds: float | None) -> None:
        self._viewer.nap(seconds)
