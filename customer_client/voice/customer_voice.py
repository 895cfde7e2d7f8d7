"""The customer's side of voice: obeys the permission, opens the microphone only while Talk is pressed.

Runs on the network thread; `cut` may be called from any.
"""

import asyncio
import logging
from collections.abc import Callable, Collection

from customer_client.session.capability_owner import CapabilityOwner
from customer_client.session.permissions import Permissions
from protocol.errors import EnvironmentFault
from protocol.messages.consent import Capability
from protocol.transport.tasks import create_task
from protocol.transport.voice.conversation import Conversation
from protocol.transport.voice.line import VoiceLine
from protocol.transport.voice.sound_devices import DEFAULT_DEVICE, SoundDevices
from protocol.transport.voice.status import VoiceStatus

LOOKING_S = 2.0
"""How long the technician's request waits for this computer to say what sound devices it has."""

_log = logging.getLogger(__name__)


class CustomerVoice(CapabilityOwner):
    """Owns `voice`. `shown` gets what the bar shows, None while voice is off; `sending` the bit/s voice takes."""

    def __init__(
        self,
        line: VoiceLine,
        devices: SoundDevices,
        permissions: Permissions,
        *,
        shown: Callable[[VoiceStatus | None], None],
        sending: Callable[[int], None],
    ) -> None:
        self._shown = shown
        self._sending = sending
        self._obstacle = ""
        self._conversation = Conversation(
            line, devices, self._changed, allowed=lambda: permissions.allows(Capability.VOICE)
        )
        permissions.register(self, Capability.VOICE)

    async def asked_for(self, asked: Collection[Capability]) -> None:
        """See whether this computer can talk at all, when that is among what is asked for. Returns within 2 s."""
        if Capability.VOICE not in asked:
            return
        try:
            await asyncio.wait_for(self._conversation.look_for_devices(), LOOKING_S)
            self._obstacle = ""
        except (EnvironmentFault, TimeoutError) as error:
            _log.info("voice is not possible here: %s", error)
            self._obstacle = "no_sound"

    def talk(self, wanted: bool) -> None:
        """The Talk button was pressed or let go."""
        self._conversation.talk(wanted)

    def choose(self, *, microphone: str = DEFAULT_DEVICE, speaker: str = DEFAULT_DEVICE) -> None:
        """Use these devices; empty is what the computer prefers."""
        status = self._conversation.status
        self._conversation.choose(
            microphone=microphone if microphone != status.microphone else None,
            speaker=speaker if speaker != status.speaker else None,
        )

    def connection_replaced(self, line: VoiceLine) -> None:
        """Go on over another connection of the same session; the microphone is closed until Talk is pressed again."""
        create_task(self._conversation.move_to(line), name="voice moves")

    def obstacle(self, capability: Capability) -> str:
        """Voice needs sound devices."""
        return self._obstacle

    def capability_granted(self, capability: Capability) -> None:
        """Play what the technician says; the microphone waits for Talk."""
        create_task(self._conversation.start(), name="voice begins")

    def capability_ended(self, capability: Capability, reason: str) -> None:
        """Close microphone and loudspeaker."""
        self._conversation.stop()

    def capability_suspended(self, capability: Capability, suspended: bool) -> None:
        """A paused session neither speaks nor listens."""
        if suspended:
            self._conversation.stop()
        else:
            create_task(self._conversation.start(), name="voice goes on")

    def cut(self, capability: Capability) -> None:
        """Close the microphone, on the calling thread."""
        self._conversation.mute()

    def _changed(self, status: VoiceStatus) -> None:
        self._sending(self._conversation.sending_bps)
        self._shown(status if status.on else None)
