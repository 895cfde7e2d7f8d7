"""The real sound devices against a real sound server: what one person says comes out at the other."""

import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from protocol.errors import EnvironmentFault
from protocol.transport.voice.packets import FRAME_BYTES
from protocol.transport.voice.port_audio import PortAudioDevices
from tests.support.sound_server import SoundServer, sound_server
from tests.support.sounds import share_of_tone, sine
from tests.support.voice_pair import Person, talking_pair

HEARD_WITHIN_S = 30.0
BLOCKS = 10


@pytest.fixture
def server() -> Iterator[SoundServer]:
    with sound_server("customer", "technician") as running:
        yield running


@contextmanager
def saying(devices: PortAudioDevices, person: str, frequency_hz: float) -> Iterator[None]:
    """A person whose voice is a sine."""
    stopped = threading.Event()
    mouth = devices.open_speaker(f"{person}_mouth")

    def speak() -> None:
        block = 0
        while not stopped.is_set():
            mouth.write(sine(frequency_hz, block))
            block += 1

    thread = threading.Thread(target=speak)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
        mouth.close()


def heard_by(devices: PortAudioDevices, person: str, frequency_hz: float, stopped: threading.Event) -> bool:
    """Listen until 0.2 s is a pure tone of `frequency_hz`."""
    ear = devices.open_microphone(f"{person}_ear")
    heard = b""
    try:
        while not stopped.is_set():
            heard = (heard + ear.read())[-BLOCKS * FRAME_BYTES :]
            if len(heard) == BLOCKS * FRAME_BYTES and share_of_tone(heard, frequency_hz) > 0.8:
                return True
    finally:
        ear.close()
    return False


async def hears(devices: PortAudioDevices, person: str, frequency_hz: float) -> bool:
    stopped = threading.Event()
    timer = asyncio.get_running_loop().call_later(HEARD_WITHIN_S, stopped.set)
    try:
        return await asyncio.to_thread(heard_by, devices, person, frequency_hz, stopped)
    finally:
        timer.cancel()


async def use_own_devices(person: Person, name: str) -> None:
    await person.conversation.start()
    person.conversation.choose(microphone=f"{name}_microphone", speaker=f"{name}_speaker")


async def test_a_tone_said_on_one_side_comes_out_on_the_other(server: SoundServer) -> None:
    devices = PortAudioDevices()
    async with talking_pair(PortAudioDevices(), PortAudioDevices()) as (customer, technician):
        await use_own_devices(customer, "customer")
        await use_own_devices(technician, "technician")
        with saying(devices, "customer", 440), saying(devices, "technician", 700):
            customer.conversation.talk(True)
            assert await hears(devices, "technician", 440)
            technician.conversation.talk(True)
            assert await hears(devices, "customer", 700)


async def test_a_sound_server_that_dies_ends_talking_with_a_sentence(server: SoundServer) -> None:
    async with talking_pair(PortAudioDevices(), PortAudioDevices()) as (customer, technician):
        await use_own_devices(customer, "customer")
        await technician.conversation.start()
        customer.conversation.talk(True)
        await customer.sees(lambda status: status.talking)
        server.end()
        status = await customer.sees(lambda status: not status.talking and status.problem != "")
        assert "plugged in" in status.problem or "sound" in status.problem


def test_the_devices_of_the_computer_are_named(server: SoundServer) -> None:
    names = PortAudioDevices().names()
    assert {"customer_microphone", "default"} <= set(names.microphones)
    assert {"technician_speaker", "default"} <= set(names.speakers)


def test_a_device_that_is_not_there_is_an_environment_fault(server: SoundServer) -> None:
    with pytest.raises(EnvironmentFault, match="not there"):
        PortAudioDevices().open_microphone("toaster")


def test_a_computer_without_portaudio_has_no_sound_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(EnvironmentFault) as raised:
        PortAudioDevices().names()
    assert raised.value.code == "no_sound"
    assert "telephone" in raised.value.user_text
    with pytest.raises(EnvironmentFault):
        PortAudioDevices().open_speaker()
