"""The recorder beside a real picture with its decoder process: what it is told is what was shown, in order."""

import asyncio
import time

from aiortc.mediastreams import MediaStreamError

from protocol.messages.base import encode
from protocol.messages.picture import CursorPlaced
from protocol.picture.updates import can_be_read_from
from protocol.transport.picture_codec import ReceivedUpdate
from technician_app.controllers.picture import PictureController
from technician_app.controllers.session_state import PictureChange
from technician_app.picture.stream_decoder import ScreenStreamDecoder
from technician_app.recording.picture_tap import StillPicture
from tests.support.recordings import Scene


class Track:
    """A received screen stream; None ends it."""

    kind = "video"

    def __init__(self) -> None:
        self.coming: asyncio.Queue[ReceivedUpdate | None] = asyncio.Queue()

    async def recv(self) -> ReceivedUpdate:
        received = await self.coming.get()
        if received is None:
            raise MediaStreamError
        return received


class Tap:
    def __init__(self) -> None:
        self.told: list[tuple[bytes, StillPicture | None]] = []
        self.cursor: list[tuple[bytes, bool]] = []

    def wants_state(self, update: bytes) -> bool:
        return can_be_read_from(update)

    def update_came(self, update: bytes, before: StillPicture | None) -> None:
        self.told.append((update, before))

    def picture_lost(self) -> None:
        raise AssertionError("nothing was lost")

    def cursor_came(self, data: bytes, *, is_shape: bool) -> None:
        self.cursor.append((data, is_shape))


async def test_the_picture_before_a_place_to_read_from_is_exactly_what_was_shown() -> None:
    tap, track, scene, changes = Tap(), Track(), Scene(3), []

    def shown(change: object) -> None:
        if isinstance(change, PictureChange):
            changes.append(change.number)
            controller.painted(change.number)

    controller = PictureController(shown=shown, send_report=lambda _: None, problem=lambda _: None)
    try:
        controller.prepare()
        controller.track_arrived(track, screen_stream=True)  # type: ignore[arg-type]
        controller.allow()
        controller.cursor_arrived(encode(CursorPlaced(3, 4, True)))
        controller.listen(tap)
        assert tap.cursor == [(encode(CursorPlaced(3, 4, True)), False)]
        sent, decoder, before = [], ScreenStreamDecoder(1 << 20), {}
        for number in range(40):
            if number % 10 == 5:
                scene.begin_streams()
            scene.change()
            update = scene.update(number)
            assert update is not None
            before[update] = bytes(decoder.pixels)
            decoder.apply(update)
            sent.append(update)
            track.coming.put_nowait(ReceivedUpdate(update, time.monotonic(), number=number, starts_epoch=number == 0))
        async with asyncio.timeout(30):
            while len(tap.told) < len(sent):
                await asyncio.sleep(0.02)
        assert [update for update, _before in tap.told] == sent
        states = [(before[update], still) for update, still in tap.told if can_be_read_from(update)]
        assert len(states) == 5
        assert states[0][1] is None
        assert all(still is not None and still.pixels == expected for expected, still in states[1:])
        controller.listen(None)
        controller.cursor_arrived(encode(CursorPlaced(5, 6, True)))
        assert len(tap.cursor) == 1
    finally:
        await controller.close()
