"""Microphones and loudspeakers through PortAudio (`sounddevice`, raw streams: no numpy).

The library is loaded with the first use: a computer without PortAudio can do everything but talk. On Linux the Python
package brings no PortAudio; it is Debian's `libportaudio2`.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from protocol.errors import EnvironmentFault
from protocol.transport.voice.packets import FRAME_SAMPLES, SAMPLE_RATE_HZ
from protocol.transport.voice.sound_devices import DEFAULT_DEVICE, DeviceNames

RECORDED_S = 0.1
"""How much recorded sound the computer may keep for us when we are late; it adds no delay."""

PLAYED_S = 0.05
"""How much sound to be played the computer holds: so much later it is heard, and so late may we be on a busy one."""

NO_SOUND = "This computer has no sound that Deskside can use, so talking through it is not possible. Use the telephone."
DEVICE_LOST = "The microphone or loudspeaker does not work any more. Is it still plugged in?"
_log = logging.getLogger(__name__)


class PortAudioDevices:
    """Implements `SoundDevices`.

    PortAudio itself is one for the whole process, and not thread-safe where it opens and closes: hence what is shared.
    """

    _lock: ClassVar[threading.Lock] = threading.Lock()
    _open_streams: ClassVar[int] = 0

    def __init__(self) -> None:
        self._library: Any = None

    def names(self) -> DeviceNames:
        """Return the devices of the system's preferred sound interface.

        Raises:
            EnvironmentFault: no PortAudio, or it finds no device (`no_sound`).
        """
        with self._lock:
            return self._names()

    def open_microphone(self, name: str = DEFAULT_DEVICE) -> "PortAudioMicrophone":
        """Open a microphone and let it record.

        Raises:
            EnvironmentFault: there is none, or it cannot be opened.
        """
        with self._lock:
            index = self._find(name, "max_input_channels")
            stream = self._start("RawInputStream", index, RECORDED_S)
            return PortAudioMicrophone(stream, self._library.PortAudioError, self._closed)

    def open_speaker(self, name: str = DEFAULT_DEVICE) -> "PortAudioSpeaker":
        """Open a loudspeaker.

        Raises:
            EnvironmentFault: there is none, or it cannot be opened.
        """
        with self._lock:
            index = self._find(name, "max_output_channels")
            stream = self._start("RawOutputStream", index, PLAYED_S)
            return PortAudioSpeaker(stream, self._library.PortAudioError, self._closed)

    def _names(self) -> DeviceNames:
        devices = self._devices()
        names = DeviceNames(
            microphones=_distinct(device["name"] for device in devices if device["max_input_channels"] > 0),
            speakers=_distinct(device["name"] for device in devices if device["max_output_channels"] > 0),
        )
        if not names.microphones and not names.speakers:
            raise _no_sound("PortAudio finds no device")
        return names

    def _devices(self) -> list[Any]:
        """Return the devices of the preferred interface: others list the same ones again."""
        library = self._loaded()
        try:
            if PortAudioDevices._open_streams == 0:
                # PortAudio looks for devices only when it starts; sounddevice has no public name for starting it again
                while library._initialized:
                    library._terminate()
                library._initialize()
            interface = library.query_hostapis(library.default.hostapi)
            return [library.query_devices(index) for index in interface["devices"]]
        except library.PortAudioError as error:
            raise _no_sound(str(error)) from error

    def _loaded(self) -> Any:
        if self._library is None:
            try:
                import sounddevice
            except (ImportError, OSError) as error:
                raise _no_sound(str(error)) from error
            self._library = sounddevice
        return self._library

    def _find(self, name: str, channels: str) -> int | None:
        """Return the index of the device called `name`; None is the system's default."""
        devices = self._devices()
        if name == DEFAULT_DEVICE:
            return None
        for device in devices:
            if device["name"] == name and device[channels] > 0:
                return int(device["index"])
        raise EnvironmentFault(f"sound device {name!r} is not there", code="sound_device_gone", user_text=DEVICE_LOST)

    def _start(self, kind: str, index: int | None, buffered_s: float) -> Any:
        library = self._loaded()
        try:
            stream = getattr(library, kind)(
                samplerate=SAMPLE_RATE_HZ,
                blocksize=FRAME_SAMPLES,
                device=index,
                channels=1,
                dtype="int16",
                latency=buffered_s,
            )
            stream.start()
        except (library.PortAudioError, ValueError) as error:
            raise EnvironmentFault(f"cannot open: {error}", code="sound_device_gone", user_text=DEVICE_LOST) from error
        PortAudioDevices._open_streams += 1
        return stream

    def _closed(self, stream: Any) -> None:
        with self._lock:
            PortAudioDevices._open_streams -= 1
            try:
                stream.close(ignore_errors=True)
            except self._library.PortAudioError as error:
                _log.info("closing a sound device: %s", error)


class _Stream:
    """One open stream; `closed` takes it back."""

    def __init__(self, stream: Any, error: type[Exception], closed: Callable[[Any], None]) -> None:
        self._stream = stream
        self._error = error
        self._closed = closed

    def close(self) -> None:
        """Let the device go; never raises."""
        self._closed(self._stream)

    def _lost(self, error: Exception) -> EnvironmentFault:
        return EnvironmentFault(f"sound device: {error}", code="sound_device_gone", user_text=DEVICE_LOST)


class PortAudioMicrophone(_Stream):
    """Implements `Microphone`."""

    def read(self) -> bytes:
        """Return the next 20 ms.

        Raises:
            EnvironmentFault: the device is gone.
        """
        try:
            block, _overflowed = self._stream.read(FRAME_SAMPLES)
        except self._error as error:
            raise self._lost(error) from error
        return bytes(block)


class PortAudioSpeaker(_Stream):
    """Implements `Speaker`."""

    def write(self, block: bytes) -> None:
        """Play 20 ms.

        Raises:
            EnvironmentFault: the device is gone.
        """
        try:
            self._stream.write(block)
        except self._error as error:
            raise self._lost(error) from error


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _no_sound(why: str) -> EnvironmentFault:
    _log.info("no sound here: %s", why)
    return EnvironmentFault(why, code="no_sound", user_text=NO_SOUND)
