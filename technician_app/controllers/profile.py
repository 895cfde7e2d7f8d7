"""The technician's profile folder: device keys, the remembered relay and sign-in name. Never a password or a token.

Small synchronous file work; runs on whichever thread needs it.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import platformdirs
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from protocol.errors import EnvironmentFault
from protocol.ids import parse_session_id
from protocol.messages.picture import PicturePreset

_SIGNING_KEY = "device-signing-key.pem"
_SEALING_KEY = "device-sealing-key.pem"
_REMEMBERED = "remembered.json"
_SETTINGS = "settings.json"
_SESSION_NUMBERS = "session-numbers.json"


MAX_REPLIES = 40
MAX_REPLY_CHARACTERS = 500
FIRST_REPLIES = (
    "Hello, I am here to help you with your ticket.",
    "You can watch everything I do. Press Stop whenever you like.",
    "Please do not type passwords while I can see your screen. I will pause and ask you first.",
    "One moment please, I am looking into it.",
    "Could you please show me where this happens?",
    "Is there anything else I can do for you?",
    "Thank you. I will end the session now.",
)


class Remembered(msgspec.Struct, frozen=True):
    """What the sign-in page starts with."""

    relay_url: str = ""
    name: str = ""


class Settings(msgspec.Struct, frozen=True):
    """What the technician chose for every session."""

    picture: PicturePreset = PicturePreset.BALANCED
    replies: tuple[str, ...] = FIRST_REPLIES
    """Sentences kept ready for the chat."""


@dataclass(frozen=True)
class DeviceKeys:
    """The private keys of this device: `signing` signs the record, `sealing` opens attachments."""

    signing: Ed25519PrivateKey
    sealing: X25519PrivateKey

    @property
    def signing_public(self) -> bytes:
        """The Ed25519 public key, 32 bytes."""
        return self.signing.public_key().public_bytes_raw()

    @property
    def sealing_public(self) -> bytes:
        """The X25519 public key, 32 bytes."""
        return self.sealing.public_key().public_bytes_raw()


class Profile:
    """One profile folder; only its owner may read it (0700, files 0600 where the system knows such modes)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def open(cls, folder: Path | None = None) -> "Profile":
        """Return the profile in `folder`, or in the user's data folder; make the folder when it is missing.

        Raises:
            EnvironmentFault: the folder cannot be made or is not ours (`profile_unusable`).
        """
        chosen = folder or Path(platformdirs.user_data_dir("deskside-technician", appauthor=False))
        _private_folder(chosen)
        return cls(chosen)

    def device_keys(self) -> DeviceKeys:
        """Return this device's keys, made on first use.

        Raises:
            EnvironmentFault: a key file cannot be read or written, or holds something else (`device_key_unusable`).
        """
        signing = self._key(_SIGNING_KEY, Ed25519PrivateKey.generate)
        sealing = self._key(_SEALING_KEY, X25519PrivateKey.generate)
        if not isinstance(signing, Ed25519PrivateKey):
            raise _key_unusable(self.folder / _SIGNING_KEY)
        if not isinstance(sealing, X25519PrivateKey):
            raise _key_unusable(self.folder / _SEALING_KEY)
        return DeviceKeys(signing, sealing)

    def remembered(self) -> Remembered:
        """Return what was remembered; blanks when nothing was or the file is damaged."""
        try:
            return msgspec.json.decode((self.folder / _REMEMBERED).read_bytes(), type=Remembered)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return Remembered()

    def remember(self, remembered: Remembered) -> None:
        """Keep `remembered` for the next start.

        Raises:
            EnvironmentFault: the disk refused (`profile_unusable`).
        """
        try:
            write_private(self.folder / _REMEMBERED, msgspec.json.encode(remembered))
        except OSError as error:
            raise _unusable(self.folder, error) from error

    def settings(self) -> Settings:
        """Return what was chosen; what every program starts with when nothing was or the file is damaged."""
        try:
            return msgspec.json.decode((self.folder / _SETTINGS).read_bytes(), type=Settings)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return Settings()

    def keep_settings(self, settings: Settings) -> None:
        """Keep `settings` for later sessions.

        Raises:
            EnvironmentFault: the disk refused (`profile_unusable`).
        """
        try:
            write_private(self.folder / _SETTINGS, msgspec.json.encode(settings))
        except OSError as error:
            raise _unusable(self.folder, error) from error

    def next_session_number(self) -> int:
        """Return how many sessions this device has opened, this one counted; it is on disk before it is returned.

        The counter belongs to the device's signing key: a device that is certified anew counts on, new keys begin at 1.

        Raises:
            EnvironmentFault: the disk refused, or the counter is damaged (`profile_unusable`).
        """
        device = hashlib.sha256(self.device_keys().signing_public).hexdigest()
        path = self.folder / _SESSION_NUMBERS
        try:
            numbers = msgspec.json.decode(path.read_bytes(), type=dict[str, int]) if path.exists() else {}
            numbers[device] = numbers.get(device, 0) + 1
            write_private(path, msgspec.json.encode(numbers))
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _unusable(self.folder, error) from error
        return numbers[device]

    def session_folder(self, session: str) -> Path:
        """Return the private folder of one session's own files, made when missing.

        Raises:
            PeerError: `session` is not a session id.
            EnvironmentFault: the disk refused (`profile_unusable`).
        """
        sessions = self.folder / "sessions"
        _private_folder(sessions)
        folder = sessions / parse_session_id(session)
        _private_folder(folder)
        return folder

    def _key(self, name: str, generate: Callable[[], Ed25519PrivateKey | X25519PrivateKey]) -> PrivateKeyTypes:
        path = self.folder / name
        try:
            if not path.exists():
                made = generate()
                pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
                write_private(path, pem)
                return made
            path.chmod(0o600)
            return load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise _key_unusable(path) from error


def _private_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise _unusable(folder, error) from error


def write_private(path: Path, content: bytes) -> None:
    """Replace `path` at once; a crash leaves the old file or the new one, never half of one."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _unusable(folder: Path, error: Exception) -> EnvironmentFault:
    return EnvironmentFault(
        f"profile folder {folder}: {error}",
        code="profile_unusable",
        user_text="Deskside cannot use its profile folder here. Check that it is yours and the disk is not full.",
    )


def _key_unusable(path: Path) -> EnvironmentFault:
    return EnvironmentFault(
        f"device key {path} cannot be used",
        code="device_key_unusable",
        user_text="This computer's Deskside key cannot be read. Ask your administrator to certify a new one.",
    )
