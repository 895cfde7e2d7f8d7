"""What voice needs of a computer's sound: a list of devices, a microphone to read, a loudspeaker to write.

All of it may wait for the hardware, so none of it is called on the network or window thread.
"""

from dataclasses import dataclass
from typing import Protocol

DEFAULT_DEVICE = ""
"""The name that stands for whatever the computer itself prefers."""


@dataclass(frozen=True)
class DeviceNames:
    """The devices there are now, by the names the computer gives them. Empty: there is none of the kind."""

    microphones: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()


class Microphone(Protocol):
    """An open microphone. It belongs to the thread that opened it."""

    def read(self) -> bytes:
        """Return the next 20 ms (1920 bytes), as soon as they are there.

        Raises:
            EnvironmentFault: the device is gone.
        """

    def close(self) -> None:
        """Let the device go; never raises."""


class Speaker(Protocol):
    """An open loudspeaker. It belongs to the thread that opened it."""

    def write(self, block: bytes) -> None:
        """Play 20 ms (1920 bytes) behind what was written before; waits until there is room for it.

        Raises:
            EnvironmentFault: the device is gone.
        """

    def close(self) -> None:
        """Let the device go; never raises."""


class SoundDevices(Protocol):
    """The sound of one computer. Every method may be called from any thread and may wait."""

    def names(self) -> DeviceNames:
        """Return the devices there are now.

        Raises:
            EnvironmentFault: this computer has no sound Deskside can use (`no_sound`).
        """

    def open_microphone(self, name: str = DEFAULT_DEVICE) -> Microphone:
        """Open the microphone called `name`: from here on it records.

        Raises:
            EnvironmentFault: there is none, or it cannot be opened.
        """

    def open_speaker(self, name: str = DEFAULT_DEVICE) -> Speaker:
        """Open the loudspeaker called `name`.

        Raises:
            EnvironmentFault: there is none, or it cannot be opened.
        """
