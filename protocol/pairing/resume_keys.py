"""The keys a session can be resumed with: one that both sides are known to hold, and perhaps its successor.

Pure; `now` is monotonic seconds. The successor exists from the moment this side has verified the new connection (D0)
until it knows that the other side has, too. Until then either may be the one both hold. Memory only, never written.
"""

import hmac
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from protocol.encoding import lv_cat, sha256_lv
from protocol.errors import PeerError
from protocol.messages.resume import MAX_RESUMES, ResumeHello
from protocol.pairing.keys import PROTOCOL, Role

KEYS_DIE_AFTER_S = 600.0
"""So long after the connection broke a session can be resumed."""


@dataclass(frozen=True)
class AttemptKeys:
    """What one attempt derives. `number` is the key it began from, `th` (32 bytes) its transcript and public."""

    number: int
    th: bytes
    bind: bytes = field(repr=False)
    mac: bytes = field(repr=False)
    customer_seal: bytes = field(repr=False)
    technician_seal: bytes = field(repr=False)


class ResumeKeys:
    """Begins with key 0 (`SessionKeys.resume`); one instance per side and session."""

    def __init__(self, first: bytes) -> None:
        self._keys = {0: first}
        self._dropped_at: float | None = None

    def held(self, now: float) -> tuple[int, ...]:
        """Return the numbers of the keys that can be used at `now`, oldest first; none when all are dead."""
        if self._dropped_at is not None and now >= self._dropped_at + KEYS_DIE_AFTER_S:
            self.destroy()
        return tuple(sorted(number for number in self._keys if number < MAX_RESUMES))

    def connection_dropped(self, now: float) -> None:
        """The connection is gone since `now`; calling it again for the same drop changes nothing."""
        if self._dropped_at is None:
            self._dropped_at = now

    def connection_works(self) -> None:
        """The connection carries again: a later drop gets the full time."""
        self._dropped_at = None

    def destroy(self) -> None:
        """Forget every key: the session is over, or was broken for too long."""
        self._keys.clear()

    def derive(self, number: int, secret: bytes, th: bytes, now: float) -> AttemptKeys:
        """Return the keys of an attempt with transcript `th` and the X25519 `secret`.

        Raises:
            PeerError: that key is not held (`resume_stale`).
        """
        if number not in self.held(now):
            raise stale(f"key {number}")
        material = self._keys[number] + secret

        def derived(name: str) -> bytes:
            return HKDF(SHA512(), 32, salt=th, info=PROTOCOL + b" resume " + name.encode()).derive(material)

        return AttemptKeys(
            number=number,
            th=th,
            bind=derived("bind"),
            mac=derived("mac"),
            customer_seal=derived("C->T"),
            technician_seal=derived("T->C"),
        )

    def proven(self, number: int) -> None:
        """The other side has shown that key `number` is the newest we share: any other is of no use any more.

        That goes for a successor, too: had the other side held it, it would have been chosen. Kept, it could later be
        taken for another successor of the same key.
        """
        if number in self._keys:
            self._keys = {number: self._keys[number]}

    def advance(self, number: int, exporter32: bytes) -> None:
        """D0 verified here on a connection that began from key `number`: make its successor, keep both for now.

        Raises:
            PeerError: another attempt has overtaken this one (`resume_stale`).
        """
        key = self._keys.get(number)
        if key is None:
            raise stale(f"key {number}")
        ratchet = HKDF(SHA512(), 32, salt=None, info=PROTOCOL + b" resume ratchet")
        self._keys = {number: key, number + 1: ratchet.derive(key + exporter32)}

    def proofs(self, label: bytes, now: float) -> tuple[bytes, ...]:
        """Return a tag over `label` under each key held."""
        return tuple(self._proof(number, label) for number in self.held(now))

    def prove(self, label: bytes, proofs: tuple[bytes, ...], now: float) -> bool:
        """Return whether one of `proofs` is the tag over `label` under a key held."""
        mine = self.proofs(label, now)
        return any(hmac.compare_digest(proof, own) for proof in proofs for own in mine)

    def _proof(self, number: int, label: bytes) -> bytes:
        key = HKDF(SHA512(), 32, salt=None, info=PROTOCOL + b" resume proof").derive(self._keys[number])
        return hmac.digest(key, label, "sha256")


def transcript(session: str, hello: ResumeHello, number: int, technician_share: bytes) -> bytes:
    """Return the hash of all that was said in clear, 32 bytes: session, key number, both roles and both shares."""
    numbers = lv_cat(*(str(value).encode() for value in (hello.oldest, hello.newest, number)))
    customer = (b"C", hello.attempt, hello.share)
    return sha256_lv(PROTOCOL + b" resume", session.encode(), numbers, *customer, b"T", technician_share)


def resume_tag(keys: AttemptKeys, role: Role) -> bytes:
    """Return the confirmation tag of `role` for an attempt, 32 bytes. Compare with `hmac.compare_digest`."""
    return hmac.digest(keys.mac, b"confirm" + role.value.encode() + keys.th, "sha256")


def asking_label(session: str, nonce: bytes) -> bytes:
    """Return what the proofs of R0 cover."""
    return lv_cat(b"ask", Role.TECHNICIAN.value.encode(), session.encode(), nonce)


def farewell_label(session: str, role: Role, nonce: bytes, reason: str) -> bytes:
    """Return what the proofs of R5 cover; `role` is the sender's."""
    return lv_cat(b"farewell", role.value.encode(), session.encode(), nonce, reason.encode())


def stale(detail: str) -> PeerError:
    """Return the error for a key this side does not hold (any more)."""
    return PeerError(
        f"{detail} is not held",
        code="resume_stale",
        user_text="The session cannot be continued any more. Please start a new one.",
    )
