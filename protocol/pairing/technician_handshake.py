"""The technician's side of the handshake: CPace's responder. It takes the typed PIN, introduces itself and answers."""

import hmac
from collections.abc import Mapping, Sequence
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
from protocol.pairing.associated_data import TechnicianData, build_bytes, read_customer_data
from protocol.pairing.certificates import read_certificate, root_id
from protocol.pairing.commands import Command, Confirmed, Decided, PinWanted, Send
from protocol.pairing.entropy import Entropy
from protocol.pairing.failures import interfered, wrong_pin
from protocol.pairing.handshake import CONSENT_S, REPLY_S, Deadline, Handler, Handshake, Moment, State
from protocol.pairing.keys import Role, SessionKeys, Transcript
from protocol.pairing.pin import PIN_LIFETIME_S, Pin
from protocol.pairing.sealing import SealedReceiver, SealedSender


@dataclass(frozen=True)
class _Guess:
    """What T made from the typed PIN: sent in M2, tried once against M3."""

    sid: bytes
    scalar: bytes = field(repr=False)
    share: bytes


class TechnicianHandshake(Handshake):
    """One attempt to reach the customer of `mailbox` with a PIN they read out.

    `relay_origin` is the relay's URL origin exactly as the customer's program writes it; `certificate` is this
    device's, `device_key` its signing key. `session`, `ticket`, `subject`, `purpose` and `capabilities` are what the
    customer reads.

    Raises:
        PeerError: the certificate cannot be read (`certificate_malformed`).
        LocalError: the certificate is another device's, or a text is longer than 200 characters.
    """

    UNSTARTED: ClassVar[frozenset[State]] = frozenset({State.READY, State.AWAITING_COMMITMENT})

    CHATTING: ClassVar[State] = State.AWAITING_DECISION

    def __init__(
        self,
        *,
        mailbox: bytes,
        relay_origin: str,
        certificate: bytes,
        device_key: Ed25519PrivateKey,
        session: str,
        ticket: str,
        subject: str,
        purpose: str,
        capabilities: Sequence[Capability],
        build: str,
        entropy: Entropy,
        now: float,
    ) -> None:
        super().__init__(State.READY)
        own = read_certificate(certificate)
        if own.signing_key != device_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw):
            raise LocalError("the certificate belongs to another device")
        if max(len(text) for text in (session, ticket, subject, purpose)) > 200:
            raise LocalError("session, ticket, subject and purpose are at most 200 characters")
        self._mailbox = mailbox
        self._relay_origin = relay_origin
        self._root_id = root_id(own.root_key)
        self._certificate = certificate
        self._device_key = device_key
        self._asked = (session, ticket, subject, purpose)
        self._capabilities = tuple(dict.fromkeys(capabilities))
        self._entropy = entropy
        self._salt = entropy(32)
        self._data = TechnicianData(build_bytes(build), keys.certificate_hash(self._salt, certificate)).encoded()
        self._nonce = entropy(32)
        self._hello: CustomerCommitment | None = None
        self._guess: _Guess | None = None
        self._keys: SessionKeys | None = None
        self._customer_key = b""

    def start(self, now: float) -> list[Command]:
        """Begin the attempt (M0) at `now`; then wait for the customer, however long they take.

        Raises:
            LocalError: it began already.
        """
        if self.over:
            return []
        if self._state is not State.READY:
            raise LocalError(f"started while {self._state.value}")
        self._go(State.AWAITING_COMMITMENT)
        return [Send(encode(TechnicianHello(self._nonce)))]

    def enter_pin(self, pin: Pin, now: float) -> list[Command]:
        """Spend this attempt's one guess on `pin` (M2).

        Raises:
            LocalError: no PIN is wanted (yet, or any more).
        """
        commands = self.handle_timer(now)
        if self.over:
            return commands
        if self._state is not State.PIN_WANTED or self._hello is None:
            raise LocalError(f"a PIN while {self._state.value}")
        sid = keys.attempt_id(self._mailbox, self._hello.nonce, self._nonce)
        base = keys.pin_generator(pin, self._relay_origin, self._mailbox, self._root_id, sid)
        scalar = self._entropy(32)
        self._guess = _Guess(sid, scalar, cpace.share(scalar, base))
        self._go(State.AWAITING_REVEAL, Deadline(now + REPLY_S, "no_reply"))
        return [*commands, Send(encode(TechnicianShare(self._guess.share, self._data)))]

    def answer(self, sdp_answer: str, now: float) -> list[Command]:
        """Send the SDP answer to the customer's offer (M6) at `now`.

        Raises:
            LocalError: there is no offer to answer, or the answer is empty or too long.
        """
        if self.over:
            return []
        if self._state is not State.ANSWERING or not sdp_answer:
            raise LocalError(f"an answer of {len(sdp_answer)} characters while {self._state.value}")
        command = self._seal(Answer(sdp_answer))
        self._go(State.ESTABLISHED)
        return [command]

    def _ask_for_pin(self, message: CustomerCommitment, moment: Moment) -> list[Command]:
        self._hello = message
        self._go(State.PIN_WANTED, Deadline(moment.now + PIN_LIFETIME_S, "pin_expired"))
        return [PinWanted()]

    def _replace_commitment(self, message: CustomerCommitment, moment: Moment) -> list[Command]:
        """M1 again before a PIN was typed: C began anew, and nothing of ours depends on the first one."""
        self._hello = message
        return []

    def _confirm(self, message: CustomerReveal, moment: Moment) -> list[Command]:
        """M3: the guess is spent before the tag is looked at; right, and M4 introduces us."""
        guess, self._guess, self._pin_burnt = self._guess, None, True
        if guess is None or self._hello is None:
            raise LocalError("no PIN was entered")
        promised = keys.commitment(message.share, message.associated_data, message.opening)
        if not hmac.compare_digest(promised, self._hello.commitment):
            raise interfered("commitment_broken", "M3 does not open the commitment of M1")
        derived = keys.session_keys(
            cpace.shared_secret(guess.scalar, message.share),
            Transcript(
                sid=guess.sid,
                commitment=self._hello.commitment,
                opening=message.opening,
                customer_share=message.share,
                customer_data=message.associated_data,
                technician_share=guess.share,
                technician_data=self._data,
            ),
        )
        if not hmac.compare_digest(message.tag_c, keys.confirmation_tag(derived, Role.CUSTOMER)):
            raise wrong_pin()
        self._customer_key = read_customer_data(message.associated_data).session_key
        self._keys = derived
        self._sender = SealedSender(derived.technician_seal, self._mailbox, b"T")
        self._receiver = SealedReceiver(derived.customer_seal, self._mailbox, b"C")
        sealed = self._seal_bytes(self._introduction(derived.th))
        self._met_at = moment.now
        self._go(State.AWAITING_DECISION, Deadline(moment.now + CONSENT_S, "no_consent"))
        return [
            Send(encode(TechnicianConfirmation(keys.confirmation_tag(derived, Role.TECHNICIAN), sealed))),
            Confirmed(),
        ]

    def _take_chat(self, message: EarlyChatMessage, moment: Moment) -> list[Command]:
        commands = super()._take_chat(message, moment)
        self._customer_wrote(message, moment.now)
        return commands

    def _introduction(self, th: bytes) -> Introduction:
        signature = self._device_key.sign(keys.technician_statement(th, *self._asked, self._capabilities))
        return Introduction(self._certificate, self._salt, signature, *self._asked, self._capabilities)

    def _take_decision(self, message: Decision, moment: Moment) -> list[Command]:
        """M5: the customer's answer; after no, the attempt is over."""
        if self._keys is None:
            raise LocalError("no keys were derived")
        try:
            statement = keys.customer_statement(self._keys.th)
            Ed25519PublicKey.from_public_bytes(self._customer_key).verify(message.signature, statement)
        except (InvalidSignature, ValueError) as error:
            raise interfered("signature_invalid", "sigC") from error
        grantable = self._capabilities if message.accepted else ()
        if bool(message.sdp_offer) is not message.accepted or not set(message.capabilities) <= set(grantable):
            raise interfered("decision_malformed", "grants what was not asked, or its offer does not fit the answer")
        decided = Decided(message, self._customer_key, self._keys)
        if message.accepted:
            self._go(State.ANSWERING)
        else:
            self._end()
        return [decided]

    def _end(self) -> None:
        super()._end()
        self._guess = self._keys = None

    TRANSITIONS: ClassVar[Mapping[tuple[State, type[Message]], Handler]] = {
        (State.AWAITING_COMMITMENT, CustomerCommitment): _ask_for_pin,
        (State.PIN_WANTED, CustomerCommitment): _replace_commitment,
        (State.AWAITING_REVEAL, CustomerReveal): _confirm,
        (State.AWAITING_DECISION, SealedBody): Handshake._open_sealed,
        (State.AWAITING_DECISION, Decision): _take_decision,
        (State.AWAITING_DECISION, Farewell): Handshake._take_farewell,
        (State.AWAITING_DECISION, ChatSent): _take_chat,
        (State.AWAITING_DECISION, ChatDelivered): _take_chat,
        (State.AWAITING_DECISION, ChatSeen): _take_chat,
        (State.ANSWERING, SealedBody): Handshake._open_sealed,
        (State.ANSWERING, Farewell): Handshake._take_farewell,
        (State.ESTABLISHED, SealedBody): Handshake._open_sealed,
        (State.ESTABLISHED, Farewell): Handshake._take_farewell,
    }
