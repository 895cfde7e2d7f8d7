"""Two people with a real peer connection between them and sound devices of their own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from protocol.transport import hooks
from protocol.transport.peer_connection import PeerConnection
from protocol.transport.voice.conversation import Conversation
from protocol.transport.voice.sound_devices import SoundDevices
from protocol.transport.voice.status import VoiceStatus


@dataclass
class Person:
    """One end: the connection, the computer's sound and the conversation."""

    connection: PeerConnection
    sounds: SoundDevices
    states: list[VoiceStatus] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    conversation: Conversation = None  # type: ignore[assignment]
    allowed: bool = True

    def attach(self) -> "Person":
        self.conversation = Conversation(
            self.connection.voice, self.sounds, self._changed, allowed=lambda: self.allowed
        )
        return self

    def _changed(self, status: VoiceStatus) -> None:
        self.states.append(status)
        self.changed.set()

    async def sees(self, wanted: Callable[[VoiceStatus], bool]) -> VoiceStatus:
        async with asyncio.timeout(10):
            while not wanted(self.conversation.status):
                self.changed.clear()
                await self.changed.wait()
        return self.conversation.status


def peer_connection() -> PeerConnection:
    return PeerConnection(message_arrived=lambda channel, data: None, failed=lambda error: None)


@asynccontextmanager
async def talking_pair(
    customer_sounds: SoundDevices, technician_sounds: SoundDevices
) -> AsyncIterator[tuple[Person, Person]]:
    hooks.install()
    customer = Person(peer_connection(), customer_sounds)
    technician = Person(peer_connection(), technician_sounds)
    offer = await customer.connection.offer()
    await customer.connection.accept(await technician.connection.answer(offer))
    try:
        await asyncio.gather(customer.connection.wait_connected(), technician.connection.wait_connected())
        customer.attach()
        technician.attach()
        yield customer, technician
    finally:
        for person in (customer, technician):
            if person.conversation is not None:
                await person.conversation.close()
            await person.connection.close()
