"""The technician's side of voice: the microphone is open only while the Talk button or key is held.

Runs on the network thread.
"""

from collections.abc import Callable

from protocol.messages.consent import Capability
from protocol.transport.tasks import create_task
from protocol.transport.voice.codec import ReceivedVoice
from protocol.transport.voice.conversation import Conversation
from protocol.transport.voice.line import VoiceLine
from protocol.transport.voice.sound_devices import DEFAULT_DEVICE, SoundDevices
from protocol.transport.voice.status import VoiceStatus
from technician_app.controllers.permissions import AskedPermissions, PermissionOwner


class TechnicianVoice(PermissionOwner):
    """Owns `voice`. `shown` gets what the window shows, None while voice is off."""

    def __init__(
        self,
        line: VoiceLine,
        devices: SoundDevices,
        permissions: AskedPermissions,
        *,
        shown: Callable[[VoiceStatus | None], None],
    ) -> None:
        self._shown = shown
        self._paused = False
        self._conversation = Conversation(
            line, devices, self._changed, allowed=lambda: not self._paused and permissions.allows(Capability.VOICE)
        )
        permissions.register(self, Capability.VOICE)

    def listen_in(self, heard: Callable[[ReceivedVoice], None], said: Callable[[int, bytes], None]) -> None:
        """Let `heard` have what is played, and `said` the RTP time and Opus data of what is sent."""
        self._conversation.heard, self._conversation.said = heard, said

    async def check(self) -> None:
        """Look for sound devices before the customer is asked for something that cannot work.

        Raises:
            EnvironmentFault: this computer has none (`no_sound`).
        """
        await self._conversation.look_for_devices()

    def talk(self, wanted: bool) -> None:
        """The Talk button or key was pressed or let go."""
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

    def paused(self, paused: bool) -> None:
        """The customer paused sharing, or goes on: while paused nobody is heard."""
        self._paused = paused
        if paused:
            self._conversation.talk(False)

    async def permission_granted(self, capability: Capability, event_seq: int) -> None:
        """Play what the customer says; the microphone waits for Talk."""
        create_task(self._conversation.start(), name="voice begins")

    async def permission_ended(self, capability: Capability, reason: str) -> None:
        """Close microphone and loudspeaker."""
        self._conversation.stop()

    def giving_back(self, capability: Capability) -> None:
        """Close the microphone first."""
        self._conversation.stop()

    def _changed(self, status: VoiceStatus) -> None:
        self._shown(status if status.on else None)
