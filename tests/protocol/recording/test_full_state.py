"""Whatever the screen did, a recording shows at any moment what the session showed: from any place to read from."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.picture.updates import renumbered
from protocol.recording.entries import EntryKind
from protocol.recording.full_state import full_state
from technician_app.picture.stream_decoder import ScreenStreamDecoder
from technician_app.recording.recorded_entries import RecordedEntries
from tests.support.recordings import Scene, Tape, at_hand

STEPS = st.lists(st.sampled_from(["change", "change", "change", "begin", "epoch", "resize", "flush"]), max_size=30)


async def picture_at(tape: Tape, t_ms: int) -> bytes:
    """Return the picture a player comes to who goes straight to `t_ms`."""
    entries, decoder, epoch, number = RecordedEntries(tape.reader(), at_hand), ScreenStreamDecoder(1 << 20), 0, 0
    assert entries.rewind(t_ms)
    while (entry := await entries.peek()) is not None and entry.t_ms <= t_ms:
        await entries.take()
        if entry.kind in (EntryKind.STATE, EntryKind.UPDATE):
            if int.from_bytes(entry.body[5:9], "little") == 0:
                epoch, number = epoch + 1, 0
            decoder.apply(renumbered(entry.body, epoch, number))
            number += 1
    return bytes(decoder.pixels)


@settings(max_examples=40, deadline=None)
@given(STEPS, st.integers(0, 1000))
def test_going_straight_to_any_moment_shows_the_picture_of_that_moment(steps: list[str], seed: int) -> None:
    scene, tape, shown = Scene(seed), Tape(), {}
    first = scene.update(0)
    assert first is not None
    shown[0] = tape.update(0, first)
    for t_ms, step in enumerate(steps, start=1):
        if step == "flush":
            tape.flush()
            continue
        if step == "resize":
            scene.resize()
        elif step == "begin":
            scene.begin_streams()
        scene.change()
        update = scene.update(t_ms, new_epoch=step == "epoch")
        if update is not None:
            shown[t_ms] = tape.update(t_ms, update)
    tape.finish(len(steps) + 1)
    for t_ms, pixels in shown.items():
        assert asyncio.run(picture_at(tape, t_ms)) == pixels


@pytest.mark.parametrize("size", [(1, 1), (640, 3), (1031, 1033), (3000, 700)])
def test_a_full_state_paints_every_pixel_and_needs_nothing_before_it(size: tuple[int, int]) -> None:
    width, height = size
    pixels = bytearray(bytes(range(251)) * (width * height * 4 // 251 + 1))[: width * height * 4]
    pixels[3::4] = b"\xff" * (width * height)
    decoder = ScreenStreamDecoder()
    for update in full_state(bytes(pixels), size, width * 4):
        decoder.apply(update)
    assert decoder.pixels == pixels


def test_streams_that_begin_anew_change_no_pixel_and_can_be_empty() -> None:
    scene, decoder = Scene(3), ScreenStreamDecoder(1 << 20)
    decoder.apply(scene.update(0) or b"")
    before = bytes(decoder.pixels)
    scene.begin_streams()
    update = scene.update(1)
    assert update is not None
    assert len(update) < 30
    decoder.apply(update)
    assert decoder.pixels == before
