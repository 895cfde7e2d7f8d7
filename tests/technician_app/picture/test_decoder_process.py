"""A real decoder process with a decoder that misbehaves as told."""

import asyncio
import os
from contextlib import asynccontextmanager, suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.errors import PeerError
from protocol.picture.geometry import Rect
from protocol.picture.updates import MAX_UPDATE_BYTES
from protocol.transport.tasks import create_task
from technician_app.picture import decoder_pipe
from technician_app.picture.decoder_process import MAX_RESTARTS, MAX_WAITING, DecoderProcess
from tests.support import tiny_decoder
from tests.support.tiny_decoder import fill, misbehave

SIZE = (64, 32)
ALL = Rect(0, 0, *SIZE)
DEADLINE_S = 30


class Viewer:
    """Keeps what the decoder process told, and paints at once unless told not to."""

    def __init__(self, decoder: str = tiny_decoder.NAME, paints: bool = True):
        self.changes, self.problems, self.epochs = [], [], 0
        self._news = asyncio.Event()
        self._paints = paints
        self.process = DecoderProcess(
            picture_changed=self._changed,
            epoch_wanted=self._epoch,
            problem=self._problem,
            decoder=decoder,
            max_pixels=1 << 20,
        )

    def _changed(self, change):
        self.changes.append(change)
        self._news.set()
        if self._paints:
            self.process.painted(change.number)

    def _epoch(self):
        self.epochs += 1
        self._news.set()

    def _problem(self, error):
        self.problems.append(error)

    async def until(self, condition):
        async with asyncio.timeout(DEADLINE_S):
            while not condition():
                self._news.clear()
                await self._news.wait()

    def pixel(self, x: int, y: int) -> int:
        change = self.changes[-1]
        at = y * change.stride + x * 4
        return int.from_bytes(change.pixels[at : at + 3], "little")


@asynccontextmanager
async def viewing(**options):
    viewer = Viewer(**options)
    running = create_task(viewer.process.run(), name="decoder")
    try:
        yield viewer, running
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError, PeerError):
            await running


async def test_updates_become_pixels_and_rectangles_in_order():
    async with viewing() as (viewer, _running):
        await viewer.process.apply(fill(0, SIZE, ALL, 0x112233))
        await viewer.until(lambda: viewer.changes)
        await viewer.process.apply(fill(1, SIZE, Rect(3, 4, 5, 6), 0xAABBCC))
        await viewer.until(lambda: len(viewer.changes) == 2)
        first, second = viewer.changes
        assert (first.number, first.size, first.rects) == (0, SIZE, (ALL,))
        assert (second.number, second.rects) == (1, (Rect(3, 4, 5, 6),))
        assert (viewer.pixel(0, 0), viewer.pixel(3, 4), viewer.pixel(8, 4)) == (0x112233, 0xAABBCC, 0x112233)
        assert second.decode_ms > 0
        assert viewer.process.applied_number == 1


async def test_what_apply_returns_is_done_when_the_update_is_in_the_frame_buffer():
    async with viewing() as (viewer, _running):
        first = await viewer.process.apply(fill(0, SIZE, ALL, 1))
        second = await viewer.process.apply(fill(1, SIZE, ALL, 2))
        assert not first.done()
        async with asyncio.timeout(DEADLINE_S):
            await second
        assert first.done()
        assert viewer.pixel(0, 0) in (1, 2)
        assert viewer.process.applied_number == 1


async def test_what_a_failed_decoder_had_is_done_too():
    async with viewing() as (viewer, _running):
        broken = await viewer.process.apply(misbehave("H"))
        waiting = await viewer.process.apply(fill(0, SIZE, ALL, 1))
        async with asyncio.timeout(DEADLINE_S):
            await asyncio.gather(broken, waiting)
        await viewer.until(lambda: viewer.epochs)


async def test_updates_before_an_epoch_begins_are_passed_over():
    async with viewing() as (viewer, _running):
        for number in (7, 8):
            await viewer.process.apply(fill(number, SIZE, ALL, number))
        await viewer.process.apply(fill(0, SIZE, ALL, 9))
        await viewer.until(lambda: viewer.changes)
        assert viewer.changes[0].number == 0
        assert viewer.problems == []


@pytest.mark.parametrize("way", ["Z", "M", "O", "S", "T", "L", "D", "E", "?"])
async def test_a_picture_that_breaks_its_process_begins_anew(way):
    """A crash, too much memory, a file, a socket, a shrunk buffer, lies to the app, a refused update."""
    async with viewing() as (viewer, running):
        await viewer.process.apply(fill(0, SIZE, ALL, 1))
        await viewer.until(lambda: viewer.changes)
        broken = viewer.process.process_id
        await viewer.process.apply(misbehave(way))
        if way != "T":  # the shrinking is refused, and nothing else happens
            await viewer.until(lambda: viewer.epochs)
            assert isinstance(viewer.problems[0], PeerError)
            assert viewer.problems[0].user_text
        await viewer.process.apply(fill(5, SIZE, ALL, 5))
        await viewer.process.apply(fill(0, SIZE, ALL, 2))
        await viewer.until(lambda: viewer.changes[-1].number == 0 and len(viewer.changes) > 1)
        assert viewer.pixel(0, 0) == 2
        assert not running.done()
        assert (viewer.process.process_id == broken) is (way == "T")


async def test_a_process_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(decoder_pipe, "DECODE_PATIENCE_S", 0.2)
    async with viewing() as (viewer, _running):
        await viewer.process.apply(misbehave("H"))
        await viewer.until(lambda: viewer.epochs)
        assert viewer.problems[0].code == "picture_decoder_broke"


async def test_a_process_killed_from_outside_is_replaced_before_the_next_update():
    async with viewing() as (viewer, _running):
        await viewer.process.apply(fill(0, SIZE, ALL, 1))
        await viewer.until(lambda: viewer.changes)
        os.kill(viewer.process.process_id, 9)
        await viewer.until(lambda: viewer.epochs)


async def test_what_a_library_prints_does_not_get_between_the_replies():
    async with viewing() as (viewer, _running):
        await viewer.process.apply(misbehave("P"))
        await viewer.until(lambda: viewer.changes)
        assert viewer.problems == []


@pytest.mark.allow_error_logs  # the task that runs it ends with the error, and says so
async def test_a_picture_that_fails_again_and_again_is_given_up():
    async with viewing() as (viewer, running):
        for time in range(MAX_RESTARTS):
            await viewer.process.apply(misbehave("Z"))
            await viewer.until(lambda time=time: viewer.epochs > time)
        await viewer.process.apply(misbehave("Z"))
        with pytest.raises(PeerError) as raised:
            await asyncio.wait_for(running, DEADLINE_S)
        assert raised.value.code == "picture_keeps_failing"


async def test_who_sends_faster_than_is_painted_has_to_wait():
    async with viewing(paints=False) as (viewer, _running):
        sent = 0

        async def send():
            nonlocal sent
            for number in range(100):
                await viewer.process.apply(fill(number, SIZE, ALL, number))
                sent += 1

        sending = create_task(send(), name="send")
        await viewer.until(lambda: viewer.changes)
        assert sent <= 3 * MAX_WAITING
        await viewer.until(lambda: viewer.changes[-1].number == 99)
        await sending
        # unpainted changes are not decoded one by one: each change holds what waited
        assert len(viewer.changes) < 100


def test_the_process_ends_with_the_network_thread(qtbot, network):
    viewers = []

    async def view():
        viewers.append(Viewer())
        await viewers[0].process.apply(fill(0, SIZE, ALL, 1))
        await viewers[0].process.run()

    network.submit(view())
    qtbot.waitUntil(lambda: bool(viewers) and bool(viewers[0].changes), timeout=DEADLINE_S * 1000)
    process_id = viewers[0].process.process_id
    network.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)


async def test_too_long_an_update_is_refused_before_it_is_sent():
    async with viewing() as (viewer, _running):
        with pytest.raises(PeerError):
            await viewer.process.apply(bytes(MAX_UPDATE_BYTES + 1))


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=200), min_size=1, max_size=3))
async def test_arbitrary_bytes_end_the_picture_and_never_the_app(updates):
    async with viewing() as (viewer, running):
        for update in updates:
            await viewer.process.apply(update)
        await viewer.until(lambda: viewer.epochs)
        assert not running.done()
