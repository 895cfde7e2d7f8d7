import asyncio

import pytest
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from protocol.errors import PeerError
from protocol.messages.picture import PictureReport
from protocol.transport.picture_codec import ReceivedUpdate, ReceptionNote
from protocol.transport.reception import Reception
from protocol.transport.tasks import create_task
from technician_app.controllers.screen_updates import MAX_WAITING_BYTES, ScreenUpdates

DEADLINE_S = 10.0


class Stream(MediaStreamTrack):
    """A received track: what the test puts in comes out."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.frames: asyncio.Queue = asyncio.Queue()

    async def recv(self):
        frame = await self.frames.get()
        if frame is None:
            raise MediaStreamError
        return frame

    def update(self, number: int, data: bytes = b"x", *, starts_epoch: bool = False) -> None:
        self.frames.put_nowait(ReceivedUpdate(data, 1.0, number=number, starts_epoch=starts_epoch))
        self.note(number)

    def note(self, completed: int | None, *, delay_s: float | None = 0.25) -> None:
        received = 1200 * ((completed or 0) + 1)
        self.frames.put_nowait(ReceptionNote(Reception(70_000, received, 3, 1.5, delay_s), completed))


class Viewer:
    """Reads a stream with a decoder that waits for `gate`."""

    def __init__(self) -> None:
        self.stream = Stream()
        self.applied: list[bytes] = []
        self.reports: asyncio.Queue[PictureReport] = asyncio.Queue()
        self.gate = asyncio.Event()
        self.gate.set()
        self.decoding: list[asyncio.Future[None]] = []
        self.is_pipelined = False
        self.updates = ScreenUpdates(apply=self._apply, send_report=self.reports.put_nowait)
        self.reading = create_task(self.updates.read(self.stream), name="read")

    async def _apply(self, data: bytes) -> asyncio.Future[None] | None:
        await self.gate.wait()
        if data == b"bad":
            raise PeerError("refused")
        self.applied.append(data)
        if not self.is_pipelined:
            return None
        self.decoding.append(asyncio.get_running_loop().create_future())
        return self.decoding[-1]

    async def report(self, condition=lambda report: True) -> PictureReport:
        async with asyncio.timeout(DEADLINE_S):
            while not condition(found := await self.reports.get()):
                pass
            return found

    async def end(self) -> None:
        self.gate.set()
        self.stream.frames.put_nowait(None)
        await asyncio.wait_for(self.reading, DEADLINE_S)


@pytest.fixture
async def viewer():
    made = Viewer()
    yield made
    made.reading.cancel()
    await asyncio.gather(made.reading, return_exceptions=True)


async def test_updates_are_applied_in_order_and_reported(viewer):
    for number in range(3):
        viewer.stream.update(number, b"%d" % number, starts_epoch=number == 0)
    found = await viewer.report(lambda report: report.completed_update == 2)
    assert viewer.applied == [b"0", b"1", b"2"]
    assert (found.highest_packet, found.lost_packets, found.received_bytes) == (70_000 & 0xFFFF, 3, 3600)
    assert not found.new_epoch
    await viewer.end()


async def test_the_shortest_delay_since_the_last_report_is_told_once(viewer):
    viewer.stream.note(None)
    assert (await viewer.report()).delay_us == 250_000
    for delay_s in (0.5, 0.125, None):
        viewer.stream.note(None, delay_s=delay_s)
    assert (await viewer.report()).delay_us == 125_000


async def test_nothing_complete_is_said_as_such(viewer):
    viewer.stream.note(None)
    found = await viewer.report()
    assert (found.completed_update, found.applied_update) == (-1, -1)


async def test_a_slow_decoder_is_told_and_so_is_that_it_caught_up(viewer):
    viewer.gate.clear()
    for number in range(8):
        viewer.stream.update(number)
    behind = await viewer.report(lambda report: report.completed_update == 7)
    assert behind.applied_update == -1
    viewer.gate.set()
    await viewer.report(lambda report: report.applied_update == 7)


async def test_what_was_only_handed_to_the_decoder_is_not_reported_as_applied(viewer):
    viewer.is_pipelined = True
    for number in range(6):
        viewer.stream.update(number)
    behind = await viewer.report(lambda report: report.completed_update == 5)
    assert len(viewer.applied) == 6
    assert behind.applied_update == -1
    for done in viewer.decoding[:3]:
        done.set_result(None)
    viewer.stream.note(6)
    assert (await viewer.report(lambda report: report.completed_update == 6)).applied_update == 2


async def test_that_the_decoder_caught_up_is_told_at_once_only_after_it_was_told_to_be_behind(viewer):
    viewer.is_pipelined = True
    for number in range(6):
        viewer.stream.update(number)
    await viewer.report(lambda report: report.completed_update == 5)
    for done in viewer.decoding:
        done.set_result(None)
    assert (await viewer.report()).applied_update == 5
    viewer.stream.update(6)
    assert (await viewer.report()).applied_update == 5
    viewer.decoding[6].set_result(None)
    viewer.stream.note(7)
    # The next report is the one about the note: none came for one update that was decoded a moment later.
    assert (await viewer.report()).completed_update == 7


async def test_a_wish_for_a_new_epoch_is_repeated_until_one_comes(viewer):
    viewer.stream.update(0, starts_epoch=True)
    await viewer.report()
    viewer.updates.want_epoch()
    for _ in range(3):
        assert (await viewer.report(lambda report: report.new_epoch)).new_epoch
    viewer.stream.update(1, starts_epoch=True)
    assert not (await viewer.report(lambda report: report.completed_update == 1)).new_epoch


@pytest.mark.allow_error_logs
async def test_what_the_decoder_refuses_ends_the_reading(viewer):
    viewer.stream.update(0, b"bad")
    with pytest.raises(PeerError):
        await asyncio.wait_for(viewer.reading, DEADLINE_S)


@pytest.mark.allow_error_logs
async def test_a_flood_of_updates_ends_the_reading_before_memory_does(viewer):
    viewer.gate.clear()
    data = bytes(4 * 1024 * 1024)
    for number in range(2 + MAX_WAITING_BYTES // len(data)):
        viewer.stream.update(number, data)
    with pytest.raises(PeerError):
        await asyncio.wait_for(viewer.reading, DEADLINE_S)


async def test_the_end_of_the_track_ends_the_reading(viewer):
    await viewer.end()
