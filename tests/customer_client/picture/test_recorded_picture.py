"""The picture of a session that is recorded: the same, with places to read it from, and only when it changes."""

import asyncio

from customer_client.capture.grabber import CapturedPicture
from customer_client.picture.encoding_token import EncodingToken, ProbeToken, ReadyPackets
from customer_client.picture.screen_track import ScreenStreamTrack
from customer_client.picture.sender_encoder import ScreenStreamSenderEncoder
from customer_client.picture.stream_encoder import ScreenStreamEncoder
from customer_client.session.recording import CustomerRecording
from protocol.messages.consent import Capability
from protocol.messages.picture import PictureReport
from protocol.picture.updates import begins_epoch, can_be_read_from
from technician_app.picture.stream_decoder import ScreenStreamDecoder
from tests.support.recordings import Scene
from tests.support.screen_pair import NumberedPictures

DEADLINE_S = 10.0


class Pictures(NumberedPictures):
    """The slot of a screen that changes when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.scene = Scene(7)

    def change(self) -> None:
        self.scene.change()
        super().change()

    def take_newest(self, timeout: float = 0.0) -> CapturedPicture | None:
        taken = super().take_newest(timeout)
        if taken is None:
            return None
        width, height = self.scene.size
        picture = type(taken.picture)(width, height, width * 4, bytes(self.scene.pixels))
        return CapturedPicture(picture, taken.captured_at, taken.number, None)


class Viewer:
    """Does the encoder's work, shows every update, and reports it as received."""

    def __init__(self) -> None:
        self.pictures = Pictures()
        self.track = ScreenStreamTrack(self.pictures, ScreenStreamEncoder)
        self.decoder = ScreenStreamDecoder(1 << 20)
        self.updates: list[bytes] = []
        self.packets = 0

    async def next(self) -> bytes:
        """Return the next update once it was sent and shown."""
        sent = len(self.updates)
        async with asyncio.timeout(DEADLINE_S):
            while len(self.updates) == sent or self.track._sender.is_leaving:
                await self._step()
        number = len(self.updates)
        report = PictureReport(number, self.packets - 1, 1000, 0, number, 0, 0, number - 1, number - 1, False)
        self.track.reported(report)
        return self.updates[-1]

    async def _step(self) -> None:
        token = await self.track.recv()
        if isinstance(token, EncodingToken):
            assert ScreenStreamSenderEncoder().encode(token) == ([], 0)
            if token.update is not None:
                self.decoder.apply(token.update)
                self.updates.append(token.update)
        elif isinstance(token, ReadyPackets):
            self.packets += len(token.payloads)
        elif isinstance(token, ProbeToken):
            self.packets += len(token.ready.payloads)

    async def changed(self) -> bytes:
        self.pictures.change()
        return await self.next()


async def test_a_grant_makes_a_place_to_read_from_at_once_even_if_nothing_changed() -> None:
    viewer = Viewer()
    recording = CustomerRecording(_Desk(viewer.track))
    try:
        assert begins_epoch(await viewer.changed())
        assert not can_be_read_from(await viewer.changed())
        recording.capability_granted(Capability.RECORDING)
        fresh = await viewer.next()
        assert can_be_read_from(fresh)
        assert not begins_epoch(fresh)
        assert not can_be_read_from(await viewer.changed())  # the next comes after eight seconds
    finally:
        viewer.track.stop()


async def test_changes_make_further_places_when_it_is_time_until_recording_ends(monkeypatch) -> None:
    monkeypatch.setattr("customer_client.picture.screen_track.SEEK_POINT_S", 0.0)
    viewer = Viewer()
    recording = CustomerRecording(_Desk(viewer.track))
    try:
        await viewer.changed()
        recording.capability_granted(Capability.RECORDING)
        for _ in range(3):
            update = await viewer.changed()
            assert can_be_read_from(update)
            assert not begins_epoch(update)
        recording.capability_ended(Capability.RECORDING, "taken_back")
        assert not can_be_read_from(await viewer.changed())
    finally:
        viewer.track.stop()


def test_standard_video_cannot_be_recorded() -> None:
    assert CustomerRecording(_Desk(None)).obstacle(Capability.RECORDING) == "not_possible_here"


class _Desk:
    """The desktop, as far as recording goes."""

    def __init__(self, track: ScreenStreamTrack | None) -> None:
        self._track = track

    @property
    def can_be_recorded(self) -> bool:
        return self._track is not None

    def record(self, recorded: bool) -> None:
        assert self._track is not None
        self._track.record(recorded)
