"""The technician's voice (`technician_app.controllers.voice`): only after the grant, silent while paused."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from protocol.errors import EnvironmentFault
from protocol.messages.consent import Capability
from protocol.transport.voice.packets import FRAME_BYTES
from protocol.transport.voice.sound_devices import DeviceNames
from protocol.transport.voice.status import VoiceStatus
from technician_app.controllers.permissions import PermissionOwner
from technician_app.controllers.voice import TechnicianVoice
from tests.support.sounds import TestSounds, share_of_tone
from tests.support.voice_pair import Person, talking_pair

VOICE = Capability.VOICE


class Allowing:
    """Permissions reduced to what voice asks of them."""

    def __init__(self) -> None:
        self.allowed = False

    def register(self, owner: PermissionOwner, *capabilities: Capability) -> None:
        assert capabilities == (VOICE,)

    def allows(self, capability: Capability) -> bool:
        return self.allowed


class Technician:
    """The voice of a technician, and what its window was told."""

    def __init__(self, person: Person) -> None:
        self.permissions = Allowing()
        self.shown: list[VoiceStatus | None] = []
        self.sounds = person.sounds
        self.voice = TechnicianVoice(
            person.connection.voice,
            person.sounds,
            self.permissions,  # type: ignore[arg-type]
            shown=self.shown.append,
        )

    async def granted(self) -> None:
        self.permissions.allowed = True
        await self.voice.permission_granted(VOICE, 5)
        await until(lambda: bool(self.shown and self.shown[-1] and self.shown[-1].microphones))


async def until(condition) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


def hears(sounds: TestSounds, frequency_hz: float) -> bool:
    last = sounds.played[-15 * FRAME_BYTES :]
    return len(last) == 15 * FRAME_BYTES and share_of_tone(last, frequency_hz) > 0.9


@asynccontextmanager
async def technician_and_customer(sounds: TestSounds | None = None) -> AsyncIterator[tuple[Technician, Person]]:
    async with talking_pair(TestSounds(440), sounds or TestSounds(700)) as (customer, person):
        technician = Technician(person)
        await customer.conversation.start()
        try:
            yield technician, customer
        finally:
            await technician.voice.permission_ended(VOICE, "session_end")


async def test_the_customer_is_heard_only_after_the_grant() -> None:
    async with technician_and_customer() as (technician, customer):
        customer.conversation.talk(True)
        technician.voice.talk(True)
        await customer.sees(lambda status: status.talking)
        assert technician.sounds.speakers == technician.sounds.microphones == []
        await technician.granted()
        await until(lambda: hears(technician.sounds, 440))


async def test_a_pause_closes_the_microphone_until_talk_is_pressed_again() -> None:
    async with technician_and_customer() as (technician, customer):
        await technician.granted()
        technician.voice.talk(True)
        await until(lambda: hears(customer.sounds, 700))
        technician.voice.paused(True)
        await until(lambda: technician.sounds.microphones[0][1].closed)
        technician.voice.talk(True)
        assert len(technician.sounds.microphones) == 1
        technician.voice.paused(False)
        technician.voice.talk(True)
        await until(lambda: len(technician.sounds.microphones) == 2)


async def test_giving_it_back_closes_everything() -> None:
    async with technician_and_customer() as (technician, customer):
        await technician.granted()
        technician.voice.talk(True)
        await until(lambda: hears(customer.sounds, 700))
        technician.voice.giving_back(VOICE)
        assert technician.shown[-1] is None
        await until(lambda: technician.sounds.microphones[0][1].closed and technician.sounds.speakers[0][1].closed)


async def test_a_technician_without_sound_learns_it_before_the_customer_is_asked() -> None:
    async with technician_and_customer(TestSounds(names=DeviceNames())) as (technician, _):
        with pytest.raises(EnvironmentFault) as raised:
            await technician.voice.check()
        assert raised.value.code == "no_sound"


async def test_devices_are_chosen() -> None:
    async with technician_and_customer() as (technician, _):
        await technician.granted()
        technician.voice.choose(microphone="Webcam", speaker="Monitor")
        assert technician.shown[-1] is not None
        assert (technician.shown[-1].microphone, technician.shown[-1].speaker) == ("Webcam", "Monitor")


async def test_the_window_is_told_how_loud_both_are() -> None:
    async with technician_and_customer() as (technician, customer):
        await technician.granted()
        customer.conversation.talk(True)
        await until(lambda: technician.shown[-1].heard_db > -40)
        customer.conversation.talk(False)
        await until(lambda: technician.shown[-1].heard_db < -90)
        technician.voice.talk(True)
        await until(lambda: technician.shown[-1].talking and technician.shown[-1].level_db > -40)
