"""What the recorder writes: sealed to the right people, hashed into the record, ended when it is not allowed."""

import asyncio
import hashlib
from contextlib import closing
from types import SimpleNamespace

import pytest

from protocol.audit.events import EventType
from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.consent import Capability
from protocol.picture.updates import begins_epoch, renumbered
from protocol.recording.entries import EntryKind, MarkerKind
from protocol.transport.voice.codec import ReceivedVoice
from protocol.transport.voice.packets import EncodedFrame
from technician_app.picture.stream_decoder import ScreenStreamDecoder
from technician_app.recording.opening import unlock_with_device, unlock_with_review_key
from technician_app.recording.playback_state import card_of, hidden_at
from technician_app.recording.recorded_entries import RecordedEntries
from technician_app.recording.recording_file import RecordingFile
from technician_app.recording.taking import OLDEST_STATE_S, Taking
from tests.support.recorder_stage import DEVICE, REVIEW, RecorderStage, X25519PrivateKey, opened
from tests.support.recordings import Scene, at_hand


async def last_picture(reader) -> bytes:
    entries, decoder, epoch, number = RecordedEntries(reader, at_hand), ScreenStreamDecoder(1 << 20), 0, 0
    assert entries.rewind(reader.duration_ms)
    while (entry := await entries.take()) is not None:
        if entry.kind in (EntryKind.STATE, EntryKind.UPDATE):
            if begins_epoch(entry.body):
                epoch, number = epoch + 1, 0
            decoder.apply(renumbered(entry.body, epoch, number))
            number += 1
    return bytes(decoder.pixels)


async def test_a_recording_holds_what_came_and_the_record_fixes_all_of_it(tmp_path) -> None:
    stage = RecorderStage(tmp_path)
    stage.lines = (SimpleNamespace(mine=True, text="before"),)
    async with stage.recording():
        stage.recorder.display_described(64, 48)
        stage.tap.cursor_came(b"place", is_shape=False)
        stage.update(fresh=True)
        stage.recorder.voice_came(ReceivedVoice((EncodedFrame(b"opus", 0),), 960, 0.0))
        stage.recorder.voice_went(1920, b"mine")
        stage.keeper.happened(EventType.CONSENT_GRANT, {"capability": "control", "expires_in_s": 0})
        stage.lines = (*stage.lines, SimpleNamespace(mine=False, text="It is this one"))
        await asyncio.sleep(0.7)
        last = stage.update()
    with closing(stage.source()) as source:
        reader = opened(source)
        assert reader.is_whole
        assert await last_picture(reader) == last
        kinds = [entry.kind for number in range(len(reader.segments)) for entry in reader.entries(number)]
        assert kinds.count(EntryKind.VOICE) == 2
        index = reader.index()
        assert [mark.marker.text for mark in index.marks if mark.marker.lane == "C"] == [
            "Customer allowed control until taken back"
        ]
        assert [written.chat.text for written in index.chat] == ["It is this one"]
        chain = reader.chain(len(reader.segments) - 1).hex()
    data = stage.path().read_bytes()
    (begun,) = stage.keeper.told(EventType.RECORDING_START)
    (finished,) = stage.keeper.told(EventType.RECORDING_FINISHED)
    assert begun["for_review"] is True
    assert finished["sha256"] == hashlib.sha256(data).hexdigest()
    assert finished["bytes"] == len(data)
    assert finished["duration_ms"] == reader.duration_ms >= 700
    assert stage.keeper.told(EventType.RECORDING_SEGMENT)[-1]["sha256"] == chain
    assert stage.keeper.told(EventType.RECORDING_STOP) == [{"recording": 0, "reason": "taken_back"}]
    assert stage.path().stat().st_mode & 0o777 == 0o600


async def test_only_the_own_device_and_the_review_key_open_it(tmp_path) -> None:
    stage = RecorderStage(tmp_path)
    async with stage.recording():
        stage.update(fresh=True)
    with closing(stage.source()) as source:
        header = opened(source).header
    assert unlock_with_device(DEVICE)(header) == unlock_with_review_key(REVIEW)(header)
    for stranger in (unlock_with_device, unlock_with_review_key):
        with pytest.raises(PeerError) as refused:
            stranger(X25519PrivateKey.generate())(header)
        assert refused.value.code == "recording_not_for_this_key"


async def test_what_comes_before_there_is_a_place_to_read_from_is_asked_for_anew(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("technician_app.recording.recorder.STATE_WITHIN_S", 0.1)
    stage = RecorderStage(tmp_path, for_review=False)
    async with stage.recording():
        stage.update()
        async with asyncio.timeout(20):
            while not stage.epochs_wanted:
                await asyncio.sleep(0.05)
        last = stage.update(epoch=True)
    with closing(stage.source()) as source:
        reader = opened(source)
        assert await last_picture(reader) == last
        assert [each.kind for each in reader.header.recipients] == ["device"]


async def test_a_paused_stretch_holds_nothing_but_the_pause(tmp_path) -> None:
    stage = RecorderStage(tmp_path)
    async with stage.recording():
        before = stage.update(fresh=True)
        stage.recorder.paused(True)
        stage.update(fresh=True)
        stage.recorder.voice_went(0, b"secret")
        stage.keeper.happened(EventType.NOTE, {"text": "secret"})
        await asyncio.sleep(0.7)
        stage.recorder.paused(False)
    with closing(stage.source()) as source:
        reader = opened(source)
        assert await last_picture(reader) == before
        entries = [entry for number in range(len(reader.segments)) for entry in reader.entries(number)]
        assert EntryKind.VOICE not in [entry.kind for entry in entries]
        index = reader.index()
        (pause,) = index.pauses
        assert pause.ends_ms - pause.begins_ms >= 600
        assert not any("secret" in mark.marker.text for mark in index.marks)
        kinds = [mark.marker.kind for mark in index.marks]
        assert [kind for kind in kinds if kind is not MarkerKind.EVENT] == [MarkerKind.PAUSED, MarkerKind.RESUMED]


async def test_chat_is_left_out_while_it_is_not_allowed(tmp_path) -> None:
    stage = RecorderStage(tmp_path)
    stage.permissions.chat = False
    async with stage.recording():
        stage.update(fresh=True)
        stage.lines = (SimpleNamespace(mine=False, text="not for the film"),)
        await asyncio.sleep(0.7)
    with closing(stage.source()) as source:
        assert opened(source).index().chat == ()


async def test_when_it_is_taken_back_nothing_more_is_taken_and_another_grant_makes_another_file(tmp_path) -> None:
    stage = RecorderStage(tmp_path)
    async with stage.recording():
        stage.update(fresh=True)
    assert stage.tap is None
    assert not stage.recorder.on
    size = stage.path().stat().st_size
    stage.update()
    stage.recorder.voice_went(0, b"late")
    assert stage.path().stat().st_size == size
    async with stage.recording():
        stage.update(fresh=True)
    assert stage.path(1).exists()
    assert [body["recording"] for body in stage.keeper.told(EventType.RECORDING_FINISHED)] == [0, 1]


async def test_a_disk_that_refuses_ends_the_recording_and_nothing_else(tmp_path, monkeypatch) -> None:
    stage = RecorderStage(tmp_path)
    await stage.start()
    stage.update(fresh=True)

    def refuse(_file: RecordingFile, _data: bytes) -> None:
        raise EnvironmentFault("full", code="recording_failed", user_text="The disk is full.")

    monkeypatch.setattr(RecordingFile, "append", refuse)
    monkeypatch.setattr("technician_app.recording.tape.WRITE_S", 0.0)
    async with asyncio.timeout(20):
        while not stage.permissions.given_back:
            await asyncio.sleep(0.05)
    assert stage.permissions.given_back == [Capability.RECORDING]
    assert stage.said == ["The disk is full."]
    assert stage.tap is None
    await stage.stop()


async def test_what_the_customer_hides_and_why_sharing_rests_is_kept_as_marks(tmp_path) -> None:
    stage = RecorderStage(tmp_path)
    stage.recorder.areas_hidden(2)
    async with stage.recording():
        stage.update(fresh=True)
        stage.recorder.paused(True, "The picture stopped: a page about money was in front")
        await asyncio.sleep(0.1)
        stage.recorder.areas_hidden(0)
        stage.recorder.paused(False)
    with closing(stage.source()) as source:
        index = opened(source).index()
    (pause,) = index.pauses
    assert card_of(index, pause.begins_ms).startswith("The picture stopped: a page about money was in front, 0:0")
    assert hidden_at(index, pause.begins_ms) == "2 areas are hidden"
    assert hidden_at(index, pause.ends_ms) == ""


async def test_changes_far_from_a_full_state_are_noticed() -> None:
    now, scene = [0.0], Scene(1)
    taking = Taking(clock=lambda: now[0])

    def update(*, fresh: bool = False) -> bytes:
        if fresh:
            scene.begin_streams()
        scene.change()
        return scene.update(0) or b""

    taking.update_came(update(), None)
    assert (taking.has_state, taking.skipped_at) == (True, None)
    now[0] = OLDEST_STATE_S + 1
    taking.update_came(update(), None)
    assert taking.skipped_at == now[0]
    taking.update_came(update(fresh=True), None)
    assert taking.skipped_at is None
