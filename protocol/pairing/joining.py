"""The handshake of a colleague's own session: J1 to J4 of docs/protocol.md, section 3.2.

Pure; randomness is an argument. Both sides hold the invitation's secret; fresh X25519 shares make the keys secret even
from somebody who learns it later, and both sign the transcript: the colleague with the device key that was invited, the
customer with the key that signs their lane. Whatever a peer or a relay sends, `receive` raises nothing: a broken rule
ends the attempt.
"""

import hashlib
import hmac
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from protocol.encoding import sha256_lv
from protocol.errors import LocalError, PeerError
from protocol.messages.base import encode
from protocol.messages.colleague import (
    ColleaguePurpose,
    JoinAnswer,
    JoinAnswerDescription,
    JoinDescription,
    JoinHello,
    JoiningMessage,
    JoinIntroduction,
    JoinOffer,
    JoinShare,
    decode_sealed_joining,
)
from protocol.pairing.commands import Failed, Send
from protocol.pairing.entropy import Entropy
from protocol.pairing.failures import interfered
from protocol.pairing.keys import PROTOCOL, Role, SessionKeys, confirmation_tag
from protocol.pairing.resume import shared_secret
from protocol.pairing.sealing import SealedReceiver, SealedSender

MAX_OPEN_HELLOS = 4
"""T answers this many hellos at a time; a forged one cannot push out the attempt of the real customer at once."""


@dataclass(frozen=True)
class JoinTerms:
    """What both sides must mean alike. `inviting` is the session that is joined, `session` the colleague's own.

    `certificate` is the colleague's, `customer_key` (32 bytes) signs the customer's lane, `mailbox` is 32 bytes.
    """

    inviting: str
    session: str
    mailbox: bytes
    certificate: bytes
    customer_key: bytes
    purpose: ColleaguePurpose
    secret: bytes = field(repr=False)


@dataclass(frozen=True)
class ColleagueProven:
    """Customer: the invited colleague is at the other end; answer with `CustomerJoining.offer`."""

    keys: SessionKeys


@dataclass(frozen=True)
class JoinAnswered:
    """Customer: the colleague's SDP answer."""

    sdp_answer: str = field(repr=False)


@dataclass(frozen=True)
class JoinOffered:
    """Colleague: the customer offers a connection; answer with `ColleagueJoining.answer`."""

    sdp_offer: str = field(repr=False)
    keys: SessionKeys
    signature: bytes
    """The customer's, over the transcript."""


Command = Send | ColleagueProven | JoinAnswered | JoinOffered | Failed


class CustomerJoining:
    """One attempt of the customer's side; `signing_key` verifies the colleague's signature (32 bytes)."""

    def __init__(
        self, terms: JoinTerms, *, signing_key: bytes, customer_key: Ed25519PrivateKey, entropy: Entropy
    ) -> None:
        self._terms = terms
        self._signing_key = signing_key
        self._customer_key = customer_key
        self._scalar: X25519PrivateKey | None = X25519PrivateKey.from_private_bytes(entropy(32))
        self._hello = JoinHello(entropy(32), self._scalar.public_key().public_bytes_raw())
        self._keys: SessionKeys | None = None
        self._receiver: SealedReceiver | None = None
        self._offered = False
        self._over = False

    @property
    def over(self) -> bool:
        """The attempt has ended, one way or the other."""
        return self._over

    @property
    def proven(self) -> bool:
        """The colleague has proved to be the invited one; the attempt goes on with this one or not at all."""
        return self._keys is not None

    def start(self) -> list[Command]:
        """Say hello (J1)."""
        return [Send(encode(self._hello))]

    def offer(self, sdp_offer: str) -> list[Command]:
        """Offer a connection (J3) to the colleague who was proven.

        Raises:
            LocalError: nobody was, or an offer was made already.
        """
        if self._over:
            return []
        if self._keys is None or self._offered:
            raise LocalError("an offer out of turn")
        self._offered = True
        signature = self._customer_key.sign(_customer_statement(self._keys.th))
        sealer = SealedSender(self._keys.customer_seal, self._terms.mailbox, b"C")
        sealed = sealer.seal(encode(JoinDescription(signature, sdp_offer)))
        return [Send(encode(JoinOffer(self._hello.attempt, confirmation_tag(self._keys, Role.CUSTOMER), sealed)))]

    def receive(self, message: JoiningMessage) -> list[Command]:
        """Take a message; those of other attempts, or out of turn, are passed over."""
        if self._over or message.attempt != self._hello.attempt:
            return []
        try:
            if isinstance(message, JoinShare) and self._scalar is not None:
                return self._prove(message, self._scalar)
            if isinstance(message, JoinAnswer) and self._offered and self._receiver is not None:
                return self._accept(message, self._receiver)
        except PeerError as error:
            self._end()
            return [Failed(error.code, error.user_text)]
        return []

    def _prove(self, message: JoinShare, scalar: X25519PrivateKey) -> list[Command]:
        self._scalar = None
        keys = join_keys(self._terms, shared_secret(scalar, message.share), self._hello, message.share)
        if not hmac.compare_digest(message.tag_t, confirmation_tag(keys, Role.TECHNICIAN)):
            raise interfered("join_refused", "tagT of a colleague")
        self._receiver = SealedReceiver(keys.technician_seal, self._terms.mailbox, b"T")
        introduced = decode_sealed_joining(self._receiver.open(message.sealed))
        if not isinstance(introduced, JoinIntroduction):
            raise interfered("join_refused", "J2 holds something else")
        _check_signature(self._signing_key, introduced.signature, _colleague_statement(keys.th))
        self._keys = keys
        return [ColleagueProven(keys)]

    def _accept(self, message: JoinAnswer, receiver: SealedReceiver) -> list[Command]:
        answered = decode_sealed_joining(receiver.open(message.sealed))
        if not isinstance(answered, JoinAnswerDescription):
            raise interfered("join_refused", "J4 holds something else")
        self._end()
        return [JoinAnswered(answered.sdp)]

    def _end(self) -> None:
        self._over = True
        self._scalar = self._receiver = None


@dataclass(frozen=True)
class _Begun:
    keys: SessionKeys
    sender: SealedSender


class ColleagueJoining:
    """The colleague's side of every attempt of one session. It answers hellos; only the real customer gets further.

    `device_key` is the one the invited certificate names.
    """

    def __init__(self, terms: JoinTerms, *, device_key: Ed25519PrivateKey, entropy: Entropy) -> None:
        self._terms = terms
        self._device_key = device_key
        self._entropy = entropy
        self._waiting: dict[bytes, _Begun] = {}
        self._offered: tuple[bytes, _Begun] | None = None
        self._answered = False

    def receive(self, message: JoiningMessage) -> list[Command]:
        """Take a message; those out of turn or repeated are passed over, of nobody who holds the secret `Failed`."""
        try:
            if isinstance(message, JoinHello) and self._offered is None:
                return self._answer_hello(message)
            if isinstance(message, JoinOffer):
                return self._take_offer(message)
        except PeerError as error:
            return [Failed(error.code, error.user_text)]
        return []

    def answer(self, sdp_answer: str) -> list[Command]:
        """Send the SDP answer (J4) to the offer.

        Raises:
            LocalError: no offer was made, or it was answered.
        """
        if self._offered is None or self._answered:
            raise LocalError("no offer to answer")
        self._answered = True
        attempt, begun = self._offered
        return [Send(encode(JoinAnswer(attempt, begun.sender.seal(encode(JoinAnswerDescription(sdp_answer))))))]

    def _answer_hello(self, hello: JoinHello) -> list[Command]:
        if hello.attempt in self._waiting:
            return []
        scalar = X25519PrivateKey.from_private_bytes(self._entropy(32))
        share = scalar.public_key().public_bytes_raw()
        keys = join_keys(self._terms, shared_secret(scalar, hello.share), hello, share)
        sender = SealedSender(keys.technician_seal, self._terms.mailbox, b"T")
        sealed = sender.seal(encode(JoinIntroduction(self._device_key.sign(_colleague_statement(keys.th)))))
        self._waiting[hello.attempt] = _Begun(keys, sender)
        while len(self._waiting) > MAX_OPEN_HELLOS:
            del self._waiting[next(iter(self._waiting))]
        return [Send(encode(JoinShare(hello.attempt, share, confirmation_tag(keys, Role.TECHNICIAN), sealed)))]

    def _take_offer(self, message: JoinOffer) -> list[Command]:
        begun = self._waiting.pop(message.attempt, None)
        if begun is None:
            return []
        if not hmac.compare_digest(message.tag_c, confirmation_tag(begun.keys, Role.CUSTOMER)):
            raise interfered("join_refused", "tagC of a joined session")
        receiver = SealedReceiver(begun.keys.customer_seal, self._terms.mailbox, b"C")
        offered = decode_sealed_joining(receiver.open(message.sealed))
        if not isinstance(offered, JoinDescription):
            raise interfered("join_refused", "J3 holds something else")
        _check_signature(self._terms.customer_key, offered.signature, _customer_statement(begun.keys.th))
        self._offered = (message.attempt, begun)
        self._waiting.clear()
        return [JoinOffered(offered.sdp, begun.keys, offered.signature)]


def join_keys(terms: JoinTerms, secret: bytes, hello: JoinHello, colleague_share: bytes) -> SessionKeys:
    """Return the keys of an attempt from the invitation's secret and X25519's `secret`."""
    th = sha256_lv(
        PROTOCOL + b" join",
        terms.inviting.encode(),
        terms.session.encode(),
        hashlib.sha256(terms.certificate).digest(),
        terms.customer_key,
        terms.purpose.value.encode(),
        *(b"C", hello.attempt, hello.share),
        *(b"T", colleague_share),
    )

    def derived(name: str, size_bytes: int = 32) -> bytes:
        info = PROTOCOL + b" join " + name.encode()
        return HKDF(SHA512(), size_bytes, salt=th, info=info).derive(terms.secret + secret)

    return SessionKeys(
        th=th,
        bind=derived("bind"),
        resume=derived("resume"),
        sas=derived("sas", 8),
        record=derived("record"),
        mac=derived("mac"),
        customer_seal=derived("C->T"),
        technician_seal=derived("T->C"),
    )


def _colleague_statement(th: bytes) -> bytes:
    return PROTOCOL + b" join tech" + th


def _customer_statement(th: bytes) -> bytes:
    return PROTOCOL + b" join cust" + th


def _check_signature(key: bytes, signature: bytes, statement: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, statement)
    except (InvalidSignature, ValueError) as error:
        raise interfered("signature_invalid", "of a joined session") from error
