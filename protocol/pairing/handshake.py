"""What both handshake machines share: states, the table of allowed messages, the deadline, sealed records and the end.

A machine serves one attempt. Whatever a peer or a relay sends, `receive` does not raise: a broken rule ends it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

from protocol.errors import LocalError, PeerError
from protocol.messages.base import Message, encode
from protocol.messages.chat import ChatSent, EarlyChatMessage
from protocol.messages.pairing import (
    Farewell,
    PairingAborted,
    SealedBody,
    SealedMessage,
    decode_pairing,
    decode_sealed,
)
from protocol.messages.signaling import MAX_BODY_BYTES
from protocol.pairing.commands import ChatReceived, Command, Failed, FarewellReceived, Send
from protocol.pairing.failures import interfered, timed_out, told_by_peer
from protocol.pairing.sealing import SealedReceiver, SealedSender

REPLY_S = 60.0
"""How long the other program may take for an answer no person has to think about."""
CONSENT_S = 90.0
"""How long the customer may take to decide, as the handshake counts it (the question on screen ends earlier)."""
WRITING_S = 150.0
"""A customer who writes is there: so long after each text of theirs the decision may take, instead."""
LONGEST_CONSENT_S = 630.0
"""After M4 a decision takes no longer than this, however much is written."""
MAX_CHAT_RECORDS = 400
"""Texts and marks of one side before the decision."""
_LONGEST_SEALED_BYTES = MAX_BODY_BYTES - 256
_LONGEST_REASON = 1000


class State(Enum):
    """Where an attempt stands. The customer's machine uses some of these words, the technician's others."""

    AWAITING_HELLO = "awaiting_hello"
    COMMITTING = "committing"
    AWAITING_SHARE = "awaiting_share"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    ASKING = "asking"
    AWAITING_ANSWER = "awaiting_answer"

    READY = "ready"
    AWAITING_COMMITMENT = "awaiting_commitment"
    PIN_WANTED = "pin_wanted"
    AWAITING_REVEAL = "awaiting_reveal"
    AWAITING_DECISION = "awaiting_decision"
    ANSWERING = "answering"

    ESTABLISHED = "established"
    OVER = "over"


@dataclass(frozen=True)
class Moment:
    """When a message came: monotonic seconds and Unix seconds."""

    now: float
    unix_now: float


@dataclass(frozen=True)
class Deadline:
    """When waiting ends (monotonic seconds) and the code it ends with."""

    at: float
    code: str


Handler = Callable[[Any, Any, Moment], list[Command]]


class Handshake:
    """One attempt of one side. Subclasses fill the table: which message, in which state, does what."""

    TRANSITIONS: ClassVar[Mapping[tuple[State, type[Message]], Handler]] = {}
    UNSTARTED: ClassVar[frozenset[State]] = frozenset()
    """The other side has not begun this attempt: what an earlier one left in the mailbox is passed over."""
    CHATTING: ClassVar[State]
    """The customer knows who asks and has not decided: both may write."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._deadline: Deadline | None = None
        self._sender: SealedSender | None = None
        self._receiver: SealedReceiver | None = None
        self._pin_burnt = False
        self._met_at = 0.0
        self._chat_records = {"own": 0, "other": 0}

    @property
    def state(self) -> State:
        """Where this attempt stands."""
        return self._state

    @property
    def over(self) -> bool:
        """The attempt ended; every method now does nothing."""
        return self._state is State.OVER

    @property
    def pin_burnt(self) -> bool:
        """The PIN's one guess was spent, whatever came of it."""
        return self._pin_burnt

    def receive(self, body: bytes, now: float, unix_now: float) -> list[Command]:
        """Take one body of the mailbox. Never raises on a peer's bytes: those it may not send end the attempt.

        `now` is monotonic seconds, `unix_now` Unix seconds (for the certificate's validity).
        """
        commands = self.handle_timer(now)
        if self.over:
            return commands
        try:
            return commands + self._dispatch(decode_pairing(body), Moment(now, unix_now))
        except PeerError as error:
            return commands + self._fail(error)

    def next_timer(self) -> float | None:
        """Return when `handle_timer` must be called next, monotonic seconds; None when nothing is due."""
        return self._deadline.at if self._deadline else None

    def handle_timer(self, now: float) -> list[Command]:
        """Do what is due at `now`: give up waiting. Calling it early, late or often is harmless."""
        if self._deadline is None or now < self._deadline.at:
            return []
        return self._fail(timed_out(self._deadline.code))

    def farewell(self, reason: str, now: float) -> list[Command]:
        """End the attempt from this side: under seal with `reason` when there are keys, else by a hint."""
        if self.over:
            return []
        sealed = self._sender is not None and self._state in self._sealed_states()
        command = (
            self._seal(Farewell(reason[:_LONGEST_REASON])) if sealed else Send(encode(PairingAborted("cancelled")))
        )
        self._end()
        return [command]

    def chat(self, message: EarlyChatMessage, now: float) -> list[Command]:
        """Send a text or mark under seal at `now`; nothing is sent when the customer has decided, or is not asked yet.

        What is not sent here, the session's own line sends later.
        """
        commands = self.handle_timer(now)
        if self._state is not self.CHATTING or self._chat_records["own"] >= MAX_CHAT_RECORDS:
            return commands
        self._chat_records["own"] += 1
        return [*commands, self._seal(message)]

    def _take_chat(self, message: EarlyChatMessage, moment: Moment) -> list[Command]:
        self._chat_records["other"] += 1
        if self._chat_records["other"] > MAX_CHAT_RECORDS:
            raise interfered("too_many_messages", "chat before the decision")
        return [ChatReceived(message)]

    def _customer_wrote(self, message: EarlyChatMessage, now: float) -> None:
        """Give the customer time for an answer, within bounds."""
        if isinstance(message, ChatSent) and self._state is self.CHATTING and self._deadline is not None:
            until = min(now + WRITING_S, self._met_at + LONGEST_CONSENT_S)
            self._deadline = Deadline(max(self._deadline.at, until), self._deadline.code)

    def _dispatch(self, message: Message, moment: Moment) -> list[Command]:
        if self._state in self.UNSTARTED and (self._state, type(message)) not in self.TRANSITIONS:
            return []
        if isinstance(message, PairingAborted):
            self._end()
            return [told_by_peer(message.code)]
        return self._handler_of(message)(self, message, moment)

    def _handler_of(self, message: Message) -> Handler:
        handler = self.TRANSITIONS.get((self._state, type(message)))
        if handler is None:
            raise interfered("unexpected_message", f"{type(message).__name__} while {self._state.value}")
        return handler

    def _open_sealed(self, message: SealedBody, moment: Moment) -> list[Command]:
        """Unseal M5, M6 or M7 and hand what it holds to the table."""
        inner = self._unseal(message.sealed)
        return self._handler_of(inner)(self, inner, moment)

    def _take_farewell(self, message: Farewell, moment: Moment) -> list[Command]:
        self._end()
        return [FarewellReceived(message.reason)]

    def _sealed_states(self) -> set[State]:
        return {state for state, kind in self.TRANSITIONS if kind is Farewell}

    def _go(self, state: State, deadline: Deadline | None = None) -> None:
        self._state = state
        self._deadline = deadline

    def _seal(self, message: SealedMessage) -> Send:
        return Send(encode(SealedBody(self._seal_bytes(message))))

    def _seal_bytes(self, message: SealedMessage) -> bytes:
        if self._sender is None:
            raise LocalError("nothing can be sealed before the keys exist")
        plaintext = encode(message)
        if len(plaintext) + 16 > _LONGEST_SEALED_BYTES:
            raise LocalError(f"{type(message).__name__} of {len(plaintext)} bytes is too long for a sealed record")
        return self._sender.seal(plaintext)

    def _unseal(self, record: bytes) -> SealedMessage:
        if self._receiver is None:
            raise LocalError("nothing can be unsealed before the keys exist")
        return decode_sealed(self._receiver.open(record))

    def _fail(self, error: PeerError) -> list[Command]:
        self._end()
        return [Send(encode(PairingAborted(error.code))), Failed(error.code, error.user_text)]

    def _end(self) -> None:
        """Forget what this attempt knew: it can neither send nor accept anything any more."""
        self._go(State.OVER)
        self._sender = self._receiver = None
