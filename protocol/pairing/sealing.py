"""Sealed records: what the two sides tell each other through the relay once the PIN was right.

ChaCha20-Poly1305, one key per direction, nonce and associated data from a counter both sides keep. A receiver that
meets a gap, a replay, another order, a reflection or a changed bit accepts nothing after it.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from protocol.errors import PeerError


class SealedSender:
    """Seals records of one direction; `direction` is the sender, b"C" or b"T"."""

    def __init__(self, key: bytes, mailbox: bytes, direction: bytes) -> None:
        self._cipher = ChaCha20Poly1305(key)
        self._context = mailbox + direction
        self._counter = 0

    def seal(self, plaintext: bytes) -> bytes:
        """Return the next record: `plaintext` encrypted, and 16 bytes of tag."""
        counter = self._counter.to_bytes(8, "big")
        self._counter += 1
        return self._cipher.encrypt(bytes(4) + counter, plaintext, self._context + counter)


class SealedReceiver:
    """Opens records of one direction in the order they were sealed; `direction` is the sender, b"C" or b"T"."""

    def __init__(self, key: bytes, mailbox: bytes, direction: bytes) -> None:
        self._cipher = ChaCha20Poly1305(key)
        self._context = mailbox + direction
        self._counter = 0
        self._broken = False

    def open(self, record: bytes) -> bytes:
        """Return what the next record holds.

        Raises:
            PeerError: not the next record of this direction, now or earlier (`sealed_record_rejected`).
        """
        counter = self._counter.to_bytes(8, "big")
        if self._broken:
            raise _rejected(self._counter)
        try:
            plaintext = self._cipher.decrypt(bytes(4) + counter, record, self._context + counter)
        except InvalidTag as error:
            self._broken = True
            raise _rejected(self._counter) from error
        self._counter += 1
        return plaintext


def _rejected(counter: int) -> PeerError:
    return PeerError(
        f"sealed record {counter} rejected",
        code="sealed_record_rejected",
        user_text="A message was changed, lost or repeated on its way. To be safe, this attempt was ended.",
    )
