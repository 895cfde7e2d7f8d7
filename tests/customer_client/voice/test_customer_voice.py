"""The customer's voice obeys the permission: real permissions, a real connection, sound devices of the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from customer_client.session.capability_owner import CapabilityOwner
from customer_client.voice.customer_voice import CustomerVoice
from protocol.messages.consent import Capability
from protocol.transport.voice.loudness import SILENCE_DB, level_db
from protocol.transport.voice.packets import FRAME_BYTES
from protocol.transport.voice.sound_devices import DeviceNames
from protocol.transport.voice.status import VoiceStatus
from tests.support.sounds import TestSounds, share_of_tone
from tests.support.voice_pair import Person, talking_pair

VOICE = Capability.VOICE


class Allowing:
    """Permissions reduced to what voice asks of them."""

    def __init__(self) -> None:
        self.allowed = False
        self.owner: CapabilityOwner | None = None

    def register(self, owner: CapabilityOwner, *capabilities: Capability) -> None:
        assert capabilities == (VOICE,)
        self.owner = owner

    def allows(self, capability: Capability) -> bool:
        return self.allowed


class Customer:
    """The voice of a customer, and what its bar and picture were told."""

    def __init__(self, person: Person) -> None:
        self.permissions = Allowing()
        self.shown: list[VoiceStatus | None] = []
        self.rates: list[int] = []
        self.sounds = person.sounds
        self.voice = CustomerVoice(
            person.connection.voice,
            person.sounds,
            self.permissions,  # type: ignore[arg-type]
            shown=self.shown.append,
            sending=self.rates.append,
        )

    def grant(self) -> None:
        self.permissions.allowed = True
        self.voice.capability_granted(VOICE)


async def until(condition) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


def hears(sounds: TestSounds, frequency_hz: float) -> bool:
    last = sounds.played[-15 * FRAME_BYTES :]
    return len(last) == 15 * FRAME_BYTES and share_of_tone(last, frequency_hz) > 0.9


@asynccontextmanager
async def customer_and_technician(sounds: TestSounds | None = None) -> AsyncIterator[tuple[Customer, Person]]:
    async with talking_pair(sounds or TestSounds(440), TestSounds(700)) as (person, technician):
        customer = Customer(person)
        await technician.conversation.start()
        try:
            yield customer, technician
        finally:
            customer.voice.capability_ended(VOICE, "session_end")


async def test_talk_does_nothing_before_the_grant() -> None:
    async with customer_and_technician() as (customer, _):
        customer.voice.talk(True)
        assert customer.sounds.microphones == []
        assert customer.shown == []


async def test_after_the_grant_both_hear_each_other_and_the_picture_makes_room() -> None:
    async with customer_and_technician() as (customer, technician):
        customer.grant()
        technician.conversation.talk(True)
        await until(lambda: hears(customer.sounds, 700))
        assert customer.sounds.microphones == []
        assert set(customer.rates) == {0}
        customer.voice.talk(True)
        await until(lambda: hears(technician.sounds, 440))
        assert customer.rates[-1] >= 50_000
        customer.voice.talk(False)
        await until(lambda: customer.rates[-1] == 0)


async def test_the_end_of_the_grant_closes_the_microphone_and_the_bars_line() -> None:
    async with customer_and_technician() as (customer, technician):
        customer.grant()
        await until(lambda: customer.shown != [])
        customer.voice.talk(True)
        await until(lambda: hears(technician.sounds, 440))
        customer.voice.capability_ended(VOICE, "taken_back")
        assert customer.shown[-1] is None
        await until(lambda: customer.sounds.microphones[0][1].closed)
        await until(lambda: level_db(technician.sounds.played[-5 * FRAME_BYTES :]) == SILENCE_DB)


async def test_cut_silences_the_microphone_from_any_thread() -> None:
    async with customer_and_technician() as (customer, technician):
        customer.grant()
        await until(lambda: customer.shown != [])
        customer.voice.talk(True)
        await until(lambda: hears(technician.sounds, 440))
        await asyncio.to_thread(customer.voice.cut, VOICE)
        await until(lambda: customer.sounds.microphones[0][1].closed)


async def test_a_pause_silences_both_and_the_microphone_stays_closed_afterwards() -> None:
    async with customer_and_technician() as (customer, technician):
        customer.grant()
        await until(lambda: customer.shown != [])
        customer.voice.talk(True)
        technician.conversation.talk(True)
        await until(lambda: hears(customer.sounds, 700))
        customer.voice.capability_suspended(VOICE, True)
        await until(lambda: customer.sounds.speakers[0][1].closed)
        assert customer.shown[-1] is None
        customer.voice.capability_suspended(VOICE, False)
        await until(lambda: len(customer.sounds.speakers) == 2)
        await until(lambda: hears(customer.sounds, 700))
        assert len(customer.sounds.microphones) == 1


@pytest.mark.parametrize("asked", [(VOICE,), (Capability.CONTROL, VOICE)])
async def test_a_computer_without_sound_is_not_asked_to_talk(asked) -> None:
    async with customer_and_technician(TestSounds(names=DeviceNames())) as (customer, _):
        await customer.voice.asked_for(asked)
        assert customer.voice.obstacle(VOICE) == "no_sound"


async def test_a_computer_with_sound_is_asked_and_a_request_for_something_else_looks_at_no_device() -> None:
    sounds = TestSounds(names=DeviceNames())
    async with customer_and_technician(sounds) as (customer, _):
        await customer.voice.asked_for((Capability.CONTROL,))
        assert customer.voice.obstacle(VOICE) == ""
        sounds.found = DeviceNames(("Headset",), ("Headset",))
        await customer.voice.asked_for((VOICE,))
        assert customer.voice.obstacle(VOICE) == ""


async def test_devices_are_chosen_and_shown() -> None:
    async with customer_and_technician() as (customer, _):
        customer.grant()
        await until(lambda: bool(customer.shown and customer.shown[-1].microphones))
        customer.voice.choose(microphone="Webcam", speaker="Monitor")
        assert (customer.shown[-1].microphone, customer.shown[-1].speaker) == ("Webcam", "Monitor")
        await until(lambda: customer.sounds.speakers[-1][0] == "Monitor")
