"""Two people talk over a real peer connection, with sound devices of the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from protocol.errors import LocalError
from protocol.transport import hooks
from protocol.transport.voice.loudness import SILENCE_DB, level_db
from protocol.transport.voice.packets import FRAME_BYTES
from protocol.transport.voice.sound_devices import DeviceNames
from tests.support.sounds import TestSounds, share_of_tone
from tests.support.voice_pair import Person, peer_connection, talking_pair


@asynccontextmanager
async def two_people(customer: TestSounds | None = None) -> AsyncIterator[tuple[Person, Person]]:
    async with talking_pair(customer or TestSounds(440), TestSounds(700)) as pair:
        yield pair


async def sounds_like(sounds: TestSounds, frequency_hz: float, blocks: int = 15) -> bytes:
    """Wait until the last `blocks` x 20 ms that were played are a tone of `frequency_hz`."""
    async with asyncio.timeout(10):
        while True:
            last = sounds.played[-blocks * FRAME_BYTES :]
            if len(last) == blocks * FRAME_BYTES and share_of_tone(last, frequency_hz) > 0.9:
                return last
            await asyncio.sleep(0.02)


async def falls_silent(sounds: TestSounds) -> None:
    async with asyncio.timeout(10):
        while level_db(sounds.played[-5 * FRAME_BYTES :]) > SILENCE_DB:
            await asyncio.sleep(0.02)


async def test_each_hears_the_other_while_the_button_is_held() -> None:
    async with two_people() as (customer, technician):
        await asyncio.gather(customer.conversation.start(), technician.conversation.start())
        technician.conversation.talk(True)
        heard = await sounds_like(customer.sounds, 700)
        assert level_db(heard) == pytest.approx(-15.3, abs=2)
        technician.conversation.talk(False)
        await falls_silent(customer.sounds)
        customer.conversation.talk(True)
        await sounds_like(technician.sounds, 440)


async def test_a_microphone_is_open_only_while_its_button_is_held() -> None:
    async with two_people() as (customer, technician):
        await asyncio.gather(customer.conversation.start(), technician.conversation.start())
        assert customer.sounds.microphones == []
        customer.conversation.talk(True)
        await customer.sees(lambda status: status.talking)
        await customer.sees(lambda status: status.level_db > -40)
        customer.conversation.talk(False)
        assert not customer.conversation.status.talking
        assert customer.conversation.status.level_db == SILENCE_DB
        ((_, microphone),) = customer.sounds.microphones
        async with asyncio.timeout(5):
            while not microphone.closed:
                await asyncio.sleep(0.01)


async def test_nothing_is_recorded_before_the_conversation_starts_or_after_it_stops() -> None:
    async with two_people() as (customer, technician):
        customer.conversation.talk(True)
        assert customer.sounds.microphones == []
        await asyncio.gather(customer.conversation.start(), technician.conversation.start())
        customer.conversation.talk(True)
        await sounds_like(technician.sounds, 440)
        customer.conversation.stop()
        await falls_silent(technician.sounds)
        count = len(customer.sounds.microphones)
        customer.conversation.talk(True)
        assert len(customer.sounds.microphones) == count
        assert not customer.conversation.status.on


async def test_nothing_is_heard_by_a_side_that_did_not_allow_it() -> None:
    async with two_people() as (customer, technician):
        await technician.conversation.start()
        technician.conversation.talk(True)
        await technician.sees(lambda status: status.talking)
        await asyncio.sleep(0.2)
        assert customer.sounds.played == b""
        assert customer.sounds.speakers == []


async def test_a_permission_that_ended_silences_both_directions_at_once() -> None:
    async with two_people() as (customer, technician):
        await asyncio.gather(customer.conversation.start(), technician.conversation.start())
        customer.conversation.talk(True)
        technician.conversation.talk(True)
        await sounds_like(technician.sounds, 440)
        await sounds_like(customer.sounds, 700)
        customer.allowed = False
        await falls_silent(technician.sounds)
        await falls_silent(customer.sounds)


async def test_talking_can_stop_and_start_again() -> None:
    async with two_people() as (customer, technician):
        for _ in range(2):
            await asyncio.gather(customer.conversation.start(), technician.conversation.start())
            technician.conversation.talk(True)
            await sounds_like(customer.sounds, 700)
            technician.conversation.stop()
            customer.conversation.stop()


async def test_levels_are_told_to_both() -> None:
    async with two_people() as (customer, technician):
        await asyncio.gather(customer.conversation.start(), technician.conversation.start())
        technician.conversation.talk(True)
        await technician.sees(lambda status: status.level_db == pytest.approx(-15, abs=2))
        await customer.sees(lambda status: status.heard_db == pytest.approx(-15, abs=3))


async def test_a_computer_without_sound_says_so_and_still_lets_the_other_talk() -> None:
    deaf = TestSounds(names=DeviceNames())
    async with two_people(deaf) as (customer, technician):
        await asyncio.gather(customer.conversation.start(), technician.conversation.start())
        assert customer.conversation.status.problem == "There is no sound here."
        customer.conversation.talk(True)
        await customer.sees(lambda status: status.problem == "It was unplugged.")
        assert not customer.conversation.status.talking
        assert deaf.speakers == []
        technician.conversation.talk(True)
        await technician.sees(lambda status: status.talking)


async def test_unplugging_ends_talking_with_a_sentence_and_plugging_in_brings_sound_back() -> None:
    async with two_people() as (customer, technician):
        await asyncio.gather(customer.conversation.start(), technician.conversation.start())
        customer.conversation.talk(True)
        await customer.sees(lambda status: status.talking)
        customer.sounds.unplugged.set()
        await customer.sees(lambda status: not status.talking and status.problem == "It was unplugged.")
        customer.sounds.unplugged.clear()
        await customer.sees(lambda status: status.problem == "")
        technician.conversation.talk(True)
        await sounds_like(customer.sounds, 700)


async def test_another_microphone_is_used_at_once() -> None:
    async with two_people() as (customer, technician):
        await asyncio.gather(customer.conversation.start(), technician.conversation.start())
        customer.conversation.talk(True)
        await customer.sees(lambda status: status.talking)
        customer.conversation.choose(microphone="Webcam", speaker="Monitor")
        await customer.sees(lambda status: status.talking and status.microphone == "Webcam")
        assert [name for name, _ in customer.sounds.microphones] == ["", "Webcam"]
        assert customer.conversation.status.speaker == "Monitor"
        customer.conversation.choose(microphone="Toaster")
        assert customer.conversation.status.microphone == ""


async def test_mute_closes_the_microphone_from_any_thread() -> None:
    async with two_people() as (customer, technician):
        await asyncio.gather(customer.conversation.start(), technician.conversation.start())
        customer.conversation.talk(True)
        await customer.sees(lambda status: status.talking)
        await asyncio.to_thread(customer.conversation.mute)
        await customer.sees(lambda status: not status.talking)


async def test_a_conversation_goes_on_over_another_connection() -> None:
    async with two_people() as (customer, technician), two_people() as (later_customer, later_technician):
        await asyncio.gather(customer.conversation.start(), technician.conversation.start())
        technician.conversation.talk(True)
        await sounds_like(customer.sounds, 700)
        await customer.conversation.move_to(later_customer.connection.voice)
        await technician.conversation.move_to(later_technician.connection.voice)
        assert not technician.conversation.status.talking
        await falls_silent(customer.sounds)
        technician.conversation.talk(True)
        await sounds_like(customer.sounds, 700)
        assert not customer.connection.voice.is_open


async def test_voice_before_the_connection_stands_is_a_bug() -> None:
    hooks.install()
    connection = peer_connection()
    with pytest.raises(LocalError):
        _ = connection.voice
    await connection.offer()
    with pytest.raises(LocalError):
        await connection.voice.open(lambda received: None)
    await connection.close()
