"""Keys that open details of sessions: the auditors' review key while it is unlocked, and this device's own."""

import asyncio
import logging
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.review_api import DepositedKeys
from protocol.review_key import (
    MAX_KEY_FILE_BYTES,
    open_key_file,
    open_with_device,
    open_with_review_key,
    record_key_info,
)

_log = logging.getLogger(__name__)


class ReviewKeyRing:
    """The review key is only in memory, from `unlock` to `lock`. Network thread."""

    def __init__(self) -> None:
        self._review_key: X25519PrivateKey | None = None

    @property
    def review_key(self) -> X25519PrivateKey | None:
        """The review key while it is unlocked."""
        return self._review_key

    async def unlock(self, path: Path, passphrase: str) -> None:
        """Open a review key file and keep its key until `lock`.

        Raises:
            EnvironmentFault: the file cannot be read (`key_file_unreadable`).
            PeerError: not a key file, or another passphrase (`key_file_not_accepted`).
        """
        data = await asyncio.to_thread(_read, path)
        self._review_key = await asyncio.to_thread(open_key_file, data, passphrase.encode())

    def lock(self) -> None:
        """Forget the review key."""
        self._review_key = None

    def record_key(self, session: str, keys: DepositedKeys, device: X25519PrivateKey) -> bytes | None:
        """Return the key to a session's details; None when it was sealed to nobody who is here."""
        info = record_key_info(session)
        try:
            if keys.review is not None and self._review_key is not None:
                return open_with_review_key(self._review_key, info, keys.review.sealed)
        except PeerError as error:
            _log.info("the review key does not open %s: %s", session, error)
        try:
            return open_with_device(device, info, keys.device.sealed) if keys.device is not None else None
        except PeerError:
            return None  # the usual case: it is another technician's session


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_KEY_FILE_BYTES + 1)
    except OSError as error:
        raise EnvironmentFault(
            f"{path}: {error}", code="key_file_unreadable", user_text="The review key file cannot be read."
        ) from error
