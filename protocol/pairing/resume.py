"""The handshake that carries a session over to a new connection, without a person: R1 to R4 of docs/protocol.md, 3.1.

Pure: `now` is monotonic seconds, randomness an argument. Both sides hold a key from the pairing (or the last resume);
fresh X25519 shares make each attempt's keys secret even from somebody who learns that key later. Whatever a peer or a
relay sends, `receive` raises nothing: a broken rule ends the attempt, and the next one begins anew.
"""

import hmac
from collections import OrderedDict
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from protocol.errors import LocalError, PeerError
from protocol.messages.base import encode
from protocol.messages.resume import (
    Description,
    ResumeAnswer,
    ResumeHello,
    ResumeMessage,
    ResumeOffer,
    ResumeShare,
    decode_description,
)
from protocol.pairing.commands import Failed, Send
from protocol.pairing.entropy import Entropy
from protocol.pairing.failures import interfered
from protocol.pairing.keys import Role
from protocol.pairing.resume_keys import AttemptKeys, ResumeKeys, resume_tag, stale, transcript
from protocol.pairing.sealing import SealedReceiver, SealedSender

MAX_OPEN_HELLOS = 4
"""T answers this many hellos at a time; a forged one cannot push out the attempt of the real customer at once."""
MAX_KNOWN_ATTEMPTS = 256


@dataclass(frozen=True)
class ResumeAnswered:
    """Customer: the technician's SDP answer, and the keys D0 of the new connection is made with."""

    sdp_answer: str = field(repr=False)
    keys: AttemptKeys


@dataclass(frozen=True)
class ResumeOffered:
    """Technician: a customer who holds the key offers a connection; answer with `TechnicianResume.answer`."""

    attempt: bytes
    sdp_offer: str = field(repr=False)
    keys: AttemptKeys


Command = Send | ResumeAnswered | ResumeOffered | Failed


class CustomerResume:
    """One attempt of the customer's side with the offer of one new connection.

    Raises:
        PeerError: no key is left (`resume_stale`).
    """

    def __init__(
        self, *, keys: ResumeKeys, session: str, mailbox: bytes, sdp_offer: str, entropy: Entropy, now: float
    ) -> None:
        held = keys.held(now)
        if not held:
            raise stale("any key")
        self._keys = keys
        self._session, self._mailbox = session, mailbox
        self._sdp_offer = sdp_offer
        self._scalar: X25519PrivateKey | None = X25519PrivateKey.from_private_bytes(entropy(32))
        share = self._scalar.public_key().public_bytes_raw()
        self._hello = ResumeHello(entropy(32), held[0], held[-1], share)
        self._attempt_keys: AttemptKeys | None = None
        self._over = False

    @property
    def over(self) -> bool:
        """The attempt has ended, one way or the other."""
        return self._over

    def start(self) -> list[Command]:
        """Say hello (R1)."""
        return [Send(encode(self._hello))]

    def receive(self, message: ResumeMessage, now: float) -> list[Command]:
        """Take a message; those of other attempts, or out of turn, are passed over."""
        try:
            if self._over or getattr(message, "attempt", None) != self._hello.attempt:
                return []
            if isinstance(message, ResumeShare) and self._attempt_keys is None:
                return self._offer(message, now)
            if isinstance(message, ResumeAnswer) and self._attempt_keys is not None:
                return self._accept(message, self._attempt_keys)
        except PeerError as error:
            self._end()
            return [Failed(error.code, error.user_text)]
        return []

    def _offer(self, message: ResumeShare, now: float) -> list[Command]:
        if not self._hello.oldest <= message.number <= self._hello.newest or self._scalar is None:
            raise stale(f"key {message.number}")
        secret = shared_secret(self._scalar, message.share)
        th = transcript(self._session, self._hello, message.number, message.share)
        keys = self._keys.derive(message.number, secret, th, now)
        if not hmac.compare_digest(message.tag_t, resume_tag(keys, Role.TECHNICIAN)):
            raise interfered("resume_refused", "tagT of a resume")
        self._keys.proven(message.number)
        self._attempt_keys, self._scalar = keys, None
        sealed = SealedSender(keys.customer_seal, self._mailbox, b"C").seal(encode(Description(self._sdp_offer)))
        return [Send(encode(ResumeOffer(self._hello.attempt, resume_tag(keys, Role.CUSTOMER), sealed)))]

    def _accept(self, message: ResumeAnswer, keys: AttemptKeys) -> list[Command]:
        opened = SealedReceiver(keys.technician_seal, self._mailbox, b"T").open(message.sealed)
        answer = decode_description(opened).sdp
        self._end()
        return [ResumeAnswered(answer, keys)]

    def _end(self) -> None:
        self._over = True
        self._scalar = self._attempt_keys = None


class TechnicianResume:
    """The technician's side of every attempt of one session. It answers hellos; only the real customer gets further."""

    def __init__(self, *, keys: ResumeKeys, session: str, mailbox: bytes, entropy: Entropy) -> None:
        self._keys = keys
        self._session, self._mailbox = session, mailbox
        self._entropy = entropy
        self._waiting: OrderedDict[bytes, AttemptKeys] = OrderedDict()
        self._offered: dict[bytes, AttemptKeys] = {}
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def receive(self, message: ResumeMessage, now: float) -> list[Command]:
        """Take a message; those out of turn, repeated, or of nobody who holds the key are passed over or `Failed`."""
        try:
            if isinstance(message, ResumeHello):
                return self._answer_hello(message, now)
            if isinstance(message, ResumeOffer):
                return self._take_offer(message)
        except PeerError as error:
            return [Failed(error.code, error.user_text)]
        return []

    def answer(self, attempt: bytes, sdp_answer: str) -> list[Command]:
        """Send the SDP answer (R4) to the newest offer.

        Raises:
            LocalError: no such offer was made, or it was answered.
        """
        keys = self._offered.pop(attempt, None)
        if keys is None:
            raise LocalError("no offer to answer")
        sealed = SealedSender(keys.technician_seal, self._mailbox, b"T").seal(encode(Description(sdp_answer)))
        return [Send(encode(ResumeAnswer(attempt, sealed)))]

    def _answer_hello(self, hello: ResumeHello, now: float) -> list[Command]:
        if hello.attempt in self._known:
            return []
        self._remember(hello.attempt)
        common = [number for number in self._keys.held(now) if hello.oldest <= number <= hello.newest]
        if not common:
            raise stale(f"keys {hello.oldest} to {hello.newest}")
        scalar = X25519PrivateKey.from_private_bytes(self._entropy(32))
        share = scalar.public_key().public_bytes_raw()
        th = transcript(self._session, hello, common[-1], share)
        keys = self._keys.derive(common[-1], shared_secret(scalar, hello.share), th, now)
        self._waiting[hello.attempt] = keys
        while len(self._waiting) > MAX_OPEN_HELLOS:
            self._waiting.popitem(last=False)
        return [Send(encode(ResumeShare(hello.attempt, keys.number, share, resume_tag(keys, Role.TECHNICIAN))))]

    def _take_offer(self, message: ResumeOffer) -> list[Command]:
        keys = self._waiting.pop(message.attempt, None)
        if keys is None:
            return []
        if not hmac.compare_digest(message.tag_c, resume_tag(keys, Role.CUSTOMER)):
            raise interfered("resume_refused", "tagC of a resume")
        opened = SealedReceiver(keys.customer_seal, self._mailbox, b"C").open(message.sealed)
        offer = decode_description(opened).sdp
        self._keys.proven(keys.number)
        self._offered = {message.attempt: keys}
        return [ResumeOffered(message.attempt, offer, keys)]

    def _remember(self, attempt: bytes) -> None:
        self._known[attempt] = None
        while len(self._known) > MAX_KNOWN_ATTEMPTS:
            self._known.popitem(last=False)


def shared_secret(scalar: X25519PrivateKey, share: bytes) -> bytes:
    """Return X25519 of both, 32 bytes.

    Raises:
        PeerError: the share is of low order.
    """
    try:
        return scalar.exchange(X25519PublicKey.from_public_bytes(share))
    except ValueError as error:
        raise interfered("resume_refused", "a share of low order") from error
