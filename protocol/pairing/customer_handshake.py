"""The customer's side of the handshake, CPace's initiator: the PIN, the technician's proof, the customer's answer."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from protocol.errors import LocalError
from protocol.messages.base import Message, encode
from protocol.messages.chat import ChatDelivered, ChatSeen, ChatSent, EarlyChatMessage
from protocol.messages.consent import Capability
from protocol.messages.pairing import (
    Answer,
    CustomerCommitment,
    CustomerReveal,
    Decision,
    Farewell,
    Introduction,
    SealedBody,
    TechnicianConfirmation,
    TechnicianHello,
    TechnicianShare,
)
from protocol.pairing import cpace, keys
from protocol.pairing.associated_data import CustomerData, build_bytes, read_technician_data
from protocol.pairing.certificates import TechnicianCertificate, verify_certificate
from protocol.pairing.commands import Answered, Command, Introduced, Send
from protocol.pairing.entropy import Entropy
from protocol.pairing.failures import interfered
from protocol.pairing.handshake import CONSENT_S, REPLY_S, Deadline, Handler, Handshake, Moment, State
from protocol.pairing.keys import Role, SessionKeys, Transcript
from protocol.pairing.pin import PIN_LIFETIME_S, Pin
from protocol.pairing.sealing import SealedReceiver, SealedSender

COMMIT_DELAY_S = 0.05
"""M1 leaves this long after M0 came, however long the PIN's generator took: its time tells nothing about the PIN."""


@dataclass(frozen=True)
class _Offer:
    """What C made for one M0: committed to in M1, opened in M3."""

    nonce_technician: bytes
    sid: bytes
    scalar: bytes = field(repr=False)
    share: bytes
    opening: bytes
    hello: CustomerCommitment
    leaves_at: float


class CustomerHandshake(Handshake):
    """One attempt with one PIN, shown from `now` on for at most ten minutes.

    `mailbox` is 32 bytes, `relay_origin` the relay's URL origin exactly as the technician's program writes it,
    `root_id` the pinned organisation, `session_key` a fresh key that will sign the customer's lane of the record.
    """

    UNSTARTED: ClassVar[frozenset[State]] = frozenset({State.AWAITING_HELLO})
    CHATTING: ClassVar[State] = State.ASKING

    def __init__(
        self,
        *,
        mailbox: bytes,
        relay_origin: str,
        root_id: bytes,
        session_key: Ed25519PrivateKey,
        pin: Pin,
        build: str,
        entropy: Entropy,
        now: float,
    ) -> None:
        super().__init__(State.AWAITING_HELLO)
        self._mailbox = mailbox
        self._relay_origin = relay_origin
        self._root_id = root_id
        self._session_key = session_key
        self._pin: Pin | None = pin
        self._entropy = entropy
        public_key = session_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._data = CustomerData(build_bytes(build), public_key).encoded()
        self._pin_deadline = Deadline(now + PIN_LIFETIME_S, "pin_expired")
        self._deadline = self._pin_deadline
        self._offer: _Offer | None = None
        self._keys: SessionKeys | None = None
        self._certificate_hash = b""
        self._asked: frozenset[Capability] = frozenset()

    def decide(
        self, accepted: bool, capabilities: tuple[Capability, ...], expires_in_s: int, sdp_offer: str, now: float
    ) -> list[Command]:
        """Send the customer's answer (M5); after no, the attempt is over.

        `expires_in_s` is 0..86400, 0 means until revoked. With no, capabilities and offer are left empty.

        Raises:
            LocalError: nobody was asked, more is granted than was asked, or yes without an offer.
        """
        commands = self.handle_timer(now)
        if self.over:
            return commands
        if self._state is not State.ASKING or self._keys is None:
            raise LocalError(f"a decision while {self._state.value}")
        if accepted and not (sdp_offer and set(capabilities) <= self._asked):
            raise LocalError("yes needs an SDP offer, and only what was asked for can be granted")
        if not accepted:
            capabilities, expires_in_s, sdp_offer = (), 0, ""
        signature = self._session_key.sign(keys.customer_statement(self._keys.th))
        command = self._seal(Decision(signature, accepted, capabilities, expires_in_s, sdp_offer))
        if accepted:
            self._go(State.AWAITING_ANSWER, Deadline(now + REPLY_S, "no_reply"))
        else:
            self._end()
        return [*commands, command]

    def chat(self, message: EarlyChatMessage, now: float) -> list[Command]:
        """Send a text or mark under seal; a text gives the customer more time to decide. See `Handshake.chat`."""
        commands = super().chat(message, now)
        self._customer_wrote(message, now)
        return commands

    def next_timer(self) -> float | None:
        """Return when `handle_timer` must be called next, monotonic seconds: to send M1, or to give up waiting."""
        due = super().next_timer()
        if self._state is State.COMMITTING and self._offer and due is not None:
            return min(due, self._offer.leaves_at)
        return due

    def handle_timer(self, now: float) -> list[Command]:
        """Do what is due at `now`: send M1, or give up waiting. Calling it early, late or often is harmless."""
        commands = super().handle_timer(now)
        if self._state is not State.COMMITTING or self._offer is None or now < self._offer.leaves_at:
            return commands
        self._go(State.AWAITING_SHARE, self._pin_deadline)
        return [*commands, Send(encode(self._offer.hello))]

    def _commit(self, message: TechnicianHello, moment: Moment) -> list[Command]:
        """M0, or M0 again from a technician who started anew: no guess was spent, so the same PIN serves."""
        if self._pin is None or (self._offer and self._offer.nonce_technician == message.nonce):
            return []
        nonce, scalar, opening = self._entropy(32), self._entropy(32), self._entropy(32)
        sid = keys.attempt_id(self._mailbox, nonce, message.nonce)
        base = keys.pin_generator(self._pin, self._relay_origin, self._mailbox, self._root_id, sid)
        share = cpace.share(scalar, base)
        hello = CustomerCommitment(nonce, keys.commitment(share, self._data, opening))
        self._offer = _Offer(message.nonce, sid, scalar, share, opening, hello, moment.now + COMMIT_DELAY_S)
        self._go(State.COMMITTING, self._pin_deadline)
        return []

    def _reveal(self, message: TechnicianShare, moment: Moment) -> list[Command]:
        """M2: the one guess this PIN allows, answered by M3."""
        offer, self._offer, self._pin, self._pin_burnt = self._offer, None, None, True
        if offer is None:
            raise LocalError("no offer was made")
        self._certificate_hash = read_technician_data(message.associated_data).certificate_hash
        self._keys = keys.session_keys(
            cpace.shared_secret(offer.scalar, message.share),
            Transcript(
                sid=offer.sid,
                commitment=offer.hello.commitment,
                opening=offer.opening,
                customer_share=offer.share,
                customer_data=self._data,
                technician_share=message.share,
                technician_data=message.associated_data,
            ),
        )
        tag = keys.confirmation_tag(self._keys, Role.CUSTOMER)
        self._go(State.AWAITING_CONFIRMATION, Deadline(moment.now + REPLY_S, "no_reply"))
        return [Send(encode(CustomerReveal(offer.share, self._data, offer.opening, tag)))]

    def _meet(self, message: TechnicianConfirmation, moment: Moment) -> list[Command]:
        """M4: first the PIN, then who they are; only then is the customer asked."""
        if self._keys is None:
            raise LocalError("no keys were derived")
        if not hmac.compare_digest(message.tag_t, keys.confirmation_tag(self._keys, Role.TECHNICIAN)):
            # Who typed a wrong PIN has seen it by M3 and sends no M4: this is no mistake of theirs.
            raise interfered("confirmation_invalid", "tagT")
        self._sender = SealedSender(self._keys.customer_seal, self._mailbox, b"C")
        self._receiver = SealedReceiver(self._keys.technician_seal, self._mailbox, b"T")
        introduction = self._unseal(message.sealed)
        if not isinstance(introduction, Introduction):
            raise interfered("unexpected_message", f"{type(introduction).__name__} inside M4")
        certificate = self._verified(introduction, self._keys.th, moment)
        self._asked = frozenset(introduction.capabilities)
        if Capability.SEE not in self._asked or len(self._asked) != len(introduction.capabilities):
            raise interfered("introduction_malformed", "asks for something twice, or not for seeing")
        self._met_at = moment.now
        self._go(State.ASKING, Deadline(moment.now + CONSENT_S, "no_consent"))
        return [Introduced(introduction, certificate, self._keys)]

    def _verified(self, introduction: Introduction, th: bytes, moment: Moment) -> TechnicianCertificate:
        committed = keys.certificate_hash(introduction.salt, introduction.certificate)
        if not hmac.compare_digest(committed, self._certificate_hash):
            raise interfered("identity_mismatch", "not the certificate ADt promised")
        certificate = verify_certificate(introduction.certificate, root_id=self._root_id, unix_now=moment.unix_now)
        statement = keys.technician_statement(
            th,
            introduction.session,
            introduction.ticket,
            introduction.subject,
            introduction.purpose,
            introduction.capabilities,
        )
        try:
            Ed25519PublicKey.from_public_bytes(certificate.signing_key).verify(introduction.signature, statement)
        except (InvalidSignature, ValueError) as error:
            raise interfered("signature_invalid", "sigT") from error
        return certificate

    def _take_answer(self, message: Answer, moment: Moment) -> list[Command]:
        if not message.sdp_answer:
            raise interfered("answer_malformed", "empty SDP answer")
        self._go(State.ESTABLISHED)
        return [Answered(message.sdp_answer)]

    def _end(self) -> None:
        super()._end()
        self._pin = self._offer = self._keys = None

    TRANSITIONS: ClassVar[Mapping[tuple[State, type[Message]], Handler]] = {
        (State.AWAITING_HELLO, TechnicianHello): _commit,
        (State.COMMITTING, TechnicianHello): _commit,
        (State.AWAITING_SHARE, TechnicianHello): _commit,
        (State.AWAITING_SHARE, TechnicianShare): _reveal,
        (State.AWAITING_CONFIRMATION, TechnicianConfirmation): _meet,
        (State.ASKING, SealedBody): Handshake._open_sealed,
        (State.ASKING, Farewell): Handshake._take_farewell,
        (State.ASKING, ChatSent): Handshake._take_chat,
        (State.ASKING, ChatDelivered): Handshake._take_chat,
        (State.ASKING, ChatSeen): Handshake._take_chat,
        (State.AWAITING_ANSWER, SealedBody): Handshake._open_sealed,
        (State.AWAITING_ANSWER, Answer): _take_answer,
        (State.AWAITING_ANSWER, Farewell): Handshake._take_farewell,
        (State.AWAITING_ANSWER, ChatSent): Handshake._take_chat,
        (State.AWAITING_ANSWER, ChatDelivered): Handshake._take_chat,
        (State.AWAITING_ANSWER, ChatSeen): Handshake._take_chat,
        (State.ESTABLISHED, SealedBody): Handshake._open_sealed,
        (State.ESTABLISHED, Farewell): Handshake._take_farewell,
    }
