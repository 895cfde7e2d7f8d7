"""The voices of a recording through a real sound server: heard as they were said, and silent when it stands still."""

import asyncio
import time

import pytest

from protocol.recording.entries import EntryKind, VoicePacket, pack_voice
from protocol.transport.tasks import cancelled, create_task
from protocol.transport.voice.opus import VoiceEncoder
from protocol.transport.voice.packets import FRAME_BYTES
from protocol.transport.voice.port_audio import PortAudioDevices
from technician_app.recording.playback import Playback
from technician_app.recording.playback_state import PlaybackState
from tests.support.recordings import Scene, Tape, at_hand
from tests.support.sound_server import sound_server
from tests.support.sounds import share_of_tone, sine

TONE_HZ = 440
SECONDS = 40
HEARD_WITHIN_S = 30.0
BLOCKS = 10


def spoken() -> Tape:
    """Return a recording in which the customer hums all the time."""
    scene, tape, voice = Scene(3), Tape(), VoiceEncoder()
    update = scene.update(0)
    assert update is not None
    tape.update(0, update)
    for number in range(SECONDS * 50):
        data = voice.encode(sine(TONE_HZ, number))
        if data:
            tape.add(EntryKind.VOICE, number * 20, pack_voice(VoicePacket(True, number * 960, ((0, data),))))
    tape.finish(SECONDS * 1000)
    return tape


def hears(devices: PortAudioDevices, wanted) -> bool:
    """Listen at the technician's loudspeaker until 0.2 s are as `wanted`."""
    ear, heard, end = devices.open_microphone("technician_ear"), b"", time.monotonic() + HEARD_WITHIN_S
    try:
        while time.monotonic() < end:
            heard = (heard + ear.read())[-BLOCKS * FRAME_BYTES :]
            if len(heard) == BLOCKS * FRAME_BYTES and wanted(heard):
                return True
    finally:
        ear.close()
    return False


async def test_a_recorded_voice_is_heard_while_it_plays_and_not_when_it_stands_still(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tape = spoken()
    with sound_server("technician"):
        monkeypatch.setenv("PULSE_SINK", "technician_hears")
        devices, opened = PortAudioDevices(), asyncio.Event()

        def publish(state: PlaybackState) -> None:
            if state.index is not None and not state.seeking:
                opened.set()

        playback = Playback(tape.reader(), at_hand, publish=publish, shown=lambda change: None, sounds=devices)
        running = create_task(playback.run(), name="play")
        try:
            async with asyncio.timeout(HEARD_WITHIN_S):
                await opened.wait()
            playback.play(True)
            assert await asyncio.to_thread(hears, devices, lambda heard: share_of_tone(heard, TONE_HZ) > 0.8)
            playback.play(False)
            assert await asyncio.to_thread(hears, devices, lambda heard: not any(heard))
        finally:
            await cancelled(running)
