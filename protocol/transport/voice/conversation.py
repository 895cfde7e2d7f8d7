"""Talking with the other person, as far as both have allowed it: the line, the sound devices and who is heard.

Runs on the network thread; sound is read and written on threads of their own. The microphone is closed, not only
muted, whenever its Talk button is not held.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from protocol.errors import EnvironmentFault
from protocol.transport.tasks import create_task
from protocol.transport.voice.codec import ReceivedVoice
from protocol.transport.voice.line import VoiceLine
from protocol.transport.voice.listener import Listener
from protocol.transport.voice.loudness import SILENCE_DB
from protocol.transport.voice.recorder import Recorder
from protocol.transport.voice.sound_devices import DEFAULT_DEVICE, DeviceNames, SoundDevices
from protocol.transport.voice.status import VoiceStatus

COPIES_FROM_LOSS = 0.01
"""Share of packets lost (0..1) from which each packet carries a copy of the one before."""

COPIES_FOR_S = 10.0
"""How long copies go on after the last report of such a loss."""

METER_S = 0.2
"""How often levels are told while someone is heard."""

PLAIN_BPS = 50_000
COPIED_BPS = 75_000
"""What voice takes of the line while the microphone is open, packet headers included."""

AUDIBLE_DB = -60.0
"""What is quieter counts as silence on a meter."""

_JOIN_S = 2.0
Value = TypeVar("Value")


class Conversation:
    """`changed(status)` is called on the network thread at every change, and for the meters while someone is heard.

    `allowed` is asked before every packet, in both directions.
    """

    def __init__(
        self,
        line: VoiceLine,
        devices: SoundDevices,
        changed: Callable[[VoiceStatus], None],
        *,
        allowed: Callable[[], bool],
    ) -> None:
        self._line = line
        self._devices = devices
        self._changed = changed
        self._allowed = allowed
        self._loop = asyncio.get_running_loop()
        self._listener: Listener | None = None
        self._recorder: Recorder | None = None
        self._meter: asyncio.Task[None] | None = None
        self._copies_until = float("-inf")
        self.heard: Callable[[ReceivedVoice], None] = lambda received: None
        """Also gets what is played of the other person."""
        self.said: Callable[[int, bytes], None] = lambda timestamp, data: None
        """Gets the RTP time and the Opus data of what is sent."""
        self.status = VoiceStatus()

    @property
    def sending_bps(self) -> int:
        """What voice takes of the outgoing line just now, in bit/s."""
        if not self.status.talking:
            return 0
        return COPIED_BPS if self._line.microphone.copied else PLAIN_BPS

    async def look_for_devices(self) -> DeviceNames:
        """Return this computer's devices, and note them.

        Raises:
            EnvironmentFault: there is no sound here (`no_sound`).
        """
        names = await asyncio.to_thread(self._devices.names)
        self._update(microphones=names.microphones, speakers=names.speakers)
        return names

    async def start(self) -> None:
        """Both people allow it: play what arrives; the microphone stays closed until `talk`."""
        if self.status.on:
            return
        self._update(on=True, problem="")
        problem = ""
        try:
            await self.look_for_devices()
        except EnvironmentFault as error:
            problem = error.user_text
        await self._begin(problem)

    async def _begin(self, problem: str) -> None:
        if not self.status.on:  # taken back while devices were looked for
            return
        self._update(problem=problem)
        if not problem:
            self._listen()
        self._meter = create_task(self._measure(), name="voice meters")
        await self._open(self._line)

    async def move_to(self, line: VoiceLine) -> None:
        """Go on over another connection of the same session; the microphone is closed until it is opened again."""
        self.talk(False)
        self._line.close()
        self._line = line
        if self.status.on:
            await self._open(line)

    def stop(self) -> None:
        """It is allowed no more: microphone and loudspeaker are closed, nothing passes. May be called at any time."""
        self.talk(False)
        self._line.close()
        if self._meter is not None:
            self._meter.cancel()
        if self._listener is not None:
            self._listener.stop()
        self._meter = self._listener = None
        self._update(on=False, level_db=SILENCE_DB, heard_db=SILENCE_DB)

    def talk(self, wanted: bool) -> None:
        """Open the microphone while the Talk button is held, close it when it is let go."""
        recorder = self._recorder
        if not wanted and recorder is not None:
            self._recorder = None
            recorder.stop()
            self._line.microphone.discard()
            self._update(talking=False, level_db=SILENCE_DB)
        elif wanted and recorder is None and self.status.on and self._allowed():
            self._update(problem="")
            self._recorder = recorder = self._new_recorder()
            recorder.start()

    def choose(self, *, microphone: str | None = None, speaker: str | None = None) -> None:
        """Use other devices from now on; a name that is not in the lists means the computer's own choice."""
        if microphone is not None:
            known = microphone if microphone in self.status.microphones else DEFAULT_DEVICE
            self._update(microphone=known)
            if self._recorder is not None:
                self.talk(False)
                self.talk(True)
        if speaker is not None:
            self._update(speaker=speaker if speaker in self.status.speakers else DEFAULT_DEVICE)
            if self._listener is not None:
                self._listener.stop()
                self._listen()

    async def close(self) -> None:
        """Stop, and wait until the devices are let go (at most 2 s each)."""
        threads = [thread for thread in (self._recorder, self._listener) if thread is not None]
        self.stop()
        for thread in threads:
            await asyncio.to_thread(thread.join, _JOIN_S)

    def mute(self) -> None:
        """Close the microphone at once, from any thread."""
        recorder = self._recorder
        if recorder is not None:
            recorder.stop()

    def _listen(self) -> None:
        self._listener = Listener(self._devices, self.status.speaker, self._from_thread(self._report))
        self._listener.start()

    def _new_recorder(self) -> Recorder:
        recorder: Recorder

        def if_current(act: Callable[[], None]) -> None:
            if self._recorder is recorder:
                act()

        def live(records: bool) -> None:
            if_current(lambda: self._update(talking=True, problem="") if records else self.talk(False))

        def spoken(block: bytes) -> None:
            if self._allowed():
                if_current(lambda: self._line.say(block))

        recorder = Recorder(
            self._devices,
            self.status.microphone,
            spoken=self._from_thread(spoken),
            live=self._from_thread(live),
            problem=self._from_thread(self._report),
        )
        return recorder

    def _arrived(self, received: ReceivedVoice) -> None:
        if not self._allowed():
            return
        self.heard(received)
        if self._listener is not None:
            self._listener.heard(received)

    async def _open(self, line: VoiceLine) -> None:
        def said(sent: tuple[int, bytes]) -> None:
            self.said(*sent)

        def encoded(timestamp: int, data: bytes) -> None:
            hand_over((timestamp, data))

        hand_over = self._from_thread(said)
        line.microphone.encoded = encoded
        await line.open(self._arrived)

    async def _measure(self) -> None:
        """Move the meters, and see once a second whether the line loses what we say."""
        ticks = 0
        while True:
            await asyncio.sleep(METER_S)
            own = self._recorder.level_db if self._recorder is not None and self.status.talking else SILENCE_DB
            heard = self._listener.level_db if self._listener is not None else SILENCE_DB
            self._update(level_db=_shown(own), heard_db=_shown(heard))
            ticks += 1
            if self.status.talking and ticks * METER_S >= 1.0:
                ticks = 0
                self._adapt(await self._line.loss(), time.monotonic())

    def _adapt(self, loss: float, now: float) -> None:
        if loss >= COPIES_FROM_LOSS:
            self._copies_until = now + COPIES_FOR_S
        self._line.microphone.copied = now < self._copies_until

    def _report(self, problem: str) -> None:
        self._update(problem=problem)

    def _update(self, **changes: Any) -> None:
        changed = replace(self.status, **changes)
        if changed != self.status:
            self.status = changed
            self._changed(changed)

    def _from_thread(self, act: Callable[[Value], None]) -> Callable[[Value], None]:
        """Return a function for other threads that runs `act` on the network thread, if that still runs."""

        def hand_over(value: Value) -> None:
            with suppress(RuntimeError):  # the loop is closed: the program ends
                self._loop.call_soon_threadsafe(act, value)

        return hand_over


def _shown(level_db: float) -> float:
    """Return a level as a meter shows it: whole dB, and nothing at all below what can be heard."""
    return float(round(level_db)) if level_db > AUDIBLE_DB else SILENCE_DB
