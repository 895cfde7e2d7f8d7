"""What a person is shown of a conversation. Crosses threads: frozen values only; light enough for any window."""

from dataclasses import dataclass

from protocol.transport.voice.loudness import SILENCE_DB
from protocol.transport.voice.sound_devices import DEFAULT_DEVICE


@dataclass(frozen=True)
class VoiceStatus:
    """What a person is shown. Levels are dBFS: -96 (silence) to 0.

    `on`: both people may talk. `talking`: this computer's microphone records now. `problem` is a sentence or empty.
    `microphone` and `speaker` are chosen names out of the lists; empty is what the computer prefers.
    """

    on: bool = False
    talking: bool = False
    level_db: float = SILENCE_DB
    heard_db: float = SILENCE_DB
    microphones: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    microphone: str = DEFAULT_DEVICE
    speaker: str = DEFAULT_DEVICE
    problem: str = ""
