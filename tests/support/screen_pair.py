"""Two real peers with a screen stream between them over a rough link, and an encoder whose updates name themselves."""

import asyncio
import random
import struct
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise

import aiortc.rtcrtpreceiver
import aiortc.rtcrtpsender
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCDataChannel, RTCPeerConnection

from customer_client.capture.grabber import CapturedPicture
from customer_client.capture.source import Picture
from customer_client.picture.screen_track import ScreenStreamTrack
from customer_client.picture.sender_encoder import make_encoder
from protocol.channels import POINTER, Channel
from protocol.messages.base import encode
from protocol.messages.picture import decode_picture_report
from protocol.picture.geometry import Rect
from protocol.transport import picture_codec
from protocol.transport.tasks import create_task
from technician_app.controllers.screen_updates import ScreenUpdates
from tests.support.rough_link import Way, rough_network

HEADER = struct.Struct("!IIId")
PICTURE = Picture(1, 1, 4, bytes(4))


class NumberedPictures:
    """A slot like the grabber's, whose pictures are only numbers: `change` makes the next one."""

    def __init__(self) -> None:
        self.number = 0
        self._slot: CapturedPicture | None = None
        self._listener: Callable[[], None] | None = None
        self._paused = False

    def change(self) -> None:
        self.number += 1
        if not self._paused:
            self._slot = CapturedPicture(PICTURE, time.monotonic(), self.number, (Rect(0, 0, 1, 1),))
        if self._listener is not None:
            self._listener()

    def take_newest(self, timeout: float = 0.0) -> CapturedPicture | None:
        newest, self._slot = self._slot, None
        return newest

    def set_listener(self, listener: Callable[[], None] | None) -> None:
        self._listener = listener

    def pause(self) -> None:
        self._paused, self._slot = True, None

    def resume(self) -> None:
        self._paused = False
        self.change()


class NumberedEncoder:
    """Makes updates of (epoch, number in it, number of the picture, when it changed) and random bytes."""

    epochs = 0
    video_bitrate_bps = 0
    photo_quality = 0
    missing_share = 0.0

    def __init__(self, pictures: NumberedPictures, size: Callable[[], int], epoch_bytes: int) -> None:
        self._pictures = pictures
        self._size = size
        self._epoch_bytes = epoch_bytes
        self._number = 0
        self._random = random.Random(3)

    def encode(self, picture, damage, *, captured_ms, budget_bytes, new_epoch):
        if new_epoch:
            NumberedEncoder.epochs += 1
            self._number = 0
        else:
            self._number += 1
        size = self._epoch_bytes if new_epoch else self._size()
        header = HEADER.pack(NumberedEncoder.epochs, self._number, self._pictures.number, captured_ms / 1000)
        return header + self._random.randbytes(size)

    def wants_more(self, now: float) -> bool:
        return False


@dataclass
class Seen:
    """One update as the viewer got it; times in monotonic s."""

    epoch: int
    number: int
    picture: int
    captured: float
    applied: float
    size: int


@dataclass
class ScreenPair:
    """A customer that sends and a technician that views."""

    pictures: NumberedPictures
    track: ScreenStreamTrack
    viewer: ScreenUpdates
    there: Way
    back: Way
    customer: RTCPeerConnection
    technician: RTCPeerConnection
    seen: list[Seen] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    reports: int = 0

    async def wait_for_picture(self, number: int, within_s: float = 30.0) -> None:
        """Return when the viewer has picture `number`."""
        async with asyncio.timeout(within_s):
            while not self.seen or self.seen[-1].picture < number:
                self.changed.clear()
                await self.changed.wait()

    def in_order(self) -> bool:
        """Say whether each update followed the one before it, or started a later epoch."""
        for earlier, later in pairwise(self.seen):
            follows = (later.epoch, later.number) == (earlier.epoch, earlier.number + 1)
            if not follows and not (later.epoch > earlier.epoch and later.number == 0):
                return False
        return bool(self.seen) and self.seen[0].number == 0


def peer() -> RTCPeerConnection:
    return RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))


def open_channel(connection: RTCPeerConnection, channel: Channel) -> RTCDataChannel:
    return connection.createDataChannel(
        channel.label,
        ordered=channel.ordered,
        maxRetransmits=channel.max_retransmits,
        negotiated=True,
        id=channel.id,
    )


async def negotiate(
    customer: RTCPeerConnection, technician: RTCPeerConnection, offered: Callable[[], None] = lambda: None
) -> str:
    """Connect the two, calling `offered` before the answer is made; return the answer."""
    await customer.setLocalDescription(await customer.createOffer())
    await technician.setRemoteDescription(customer.localDescription)
    offered()
    await technician.setLocalDescription(await technician.createAnswer())
    await customer.setRemoteDescription(technician.localDescription)
    return str(technician.localDescription.sdp)


@asynccontextmanager
async def screen_pair(
    there: Way,
    back: Way | None = None,
    *,
    size: Callable[[], int] = lambda: 200,
    epoch_bytes: int = 20_000,
    apply_s: float = 0.0,
    report_channel: Channel = POINTER,
) -> AsyncIterator[ScreenPair]:
    """Yield a pair that is connected; the links are calm until the test says otherwise."""
    back = back or Way(delay_s=there.delay_s)
    picture_codec.register()
    encoders = aiortc.rtcrtpsender.get_encoder, aiortc.rtcrtpreceiver.get_decoder
    with rough_network(there, back):
        aiortc.rtcrtpsender.get_encoder = make_encoder
        aiortc.rtcrtpreceiver.get_decoder = picture_codec.make_decoder
        pictures = NumberedPictures()
        track = ScreenStreamTrack(pictures, lambda: NumberedEncoder(pictures, size, epoch_bytes))
        customer, technician = peer(), peer()
        sender = customer.addTransceiver(track, direction="sendonly")
        sender.setCodecPreferences(picture_codec.offered_codecs())
        opened = asyncio.Event()
        channels = {customer: open_channel(customer, report_channel)}

        def answer_channel() -> None:
            # After the video section: aiortc 1.16 loses the transport when the application section came first.
            channels[technician] = open_channel(technician, report_channel)
            channels[technician].on("open", opened.set)

        async def apply(data: bytes) -> None:
            if apply_s:
                await asyncio.sleep(apply_s)
            pair.seen.append(Seen(*HEADER.unpack_from(data), time.monotonic(), len(data)))
            pair.changed.set()

        def report(message) -> None:
            pair.reports += 1
            if channels[technician].readyState == "open":
                channels[technician].send(encode(message))

        viewer = ScreenUpdates(apply=apply, send_report=report)
        pair = ScreenPair(pictures, track, viewer, there, back, customer, technician)
        channels[customer].on("message", lambda data: track.reported(decode_picture_report(data)))
        reading = []
        technician.on("track", lambda t: reading.append(create_task(viewer.read(t), name="read the track")))
        try:
            await negotiate(customer, technician, answer_channel)
            async with asyncio.timeout(20):
                await opened.wait()
            yield pair
        finally:
            there.calm = back.calm = True
            there.cut = back.cut = False
            await customer.close()
            await technician.close()
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)
            aiortc.rtcrtpsender.get_encoder, aiortc.rtcrtpreceiver.get_decoder = encoders
