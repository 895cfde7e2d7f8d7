"""The bodies of the pairing handshake, M0 to M7 (docs/protocol.md, "Pairing"). Opaque to the relay."""

from typing import Annotated, Any

import msgspec

from protocol.messages.base import Key32, LongText, Message, ShortText, Signature64, strict_decoder
from protocol.messages.chat import ChatDelivered, ChatSeen, ChatSent
from protocol.messages.consent import Capability
from protocol.messages.signaling import MAX_BODY_BYTES

AssociatedData = Annotated[bytes, msgspec.Meta(min_length=1, max_length=512)]
Sealed = Annotated[bytes, msgspec.Meta(min_length=16, max_length=MAX_BODY_BYTES - 256)]


class TechnicianHello(Message, frozen=True, tag="m0"):
    """M0, T to C: a fresh nonce starts one attempt."""

    nonce: Key32


class CustomerCommitment(Message, frozen=True, tag="m1"):
    """M1, C to T: the customer's nonce and the commitment to its share. Its arrival tells T to ask for the PIN."""

    nonce: Key32
    commitment: Key32


class TechnicianShare(Message, frozen=True, tag="m2"):
    """M2, T to C: the CPace share Yt and ADt, once the PIN was typed."""

    share: Key32
    associated_data: AssociatedData


class CustomerReveal(Message, frozen=True, tag="m3"):
    """M3, C to T: the opened commitment (Yc, ADc, r) and the customer's key confirmation tag."""

    share: Key32
    associated_data: AssociatedData
    opening: Key32
    tag_c: Key32


class TechnicianConfirmation(Message, frozen=True, tag="m4"):
    """M4, T to C: the technician's tag and the sealed `Introduction`."""

    tag_t: Key32
    sealed: Sealed


class SealedBody(Message, frozen=True, tag="sealed"):
    """M5 (`Decision`), M6 (`Answer`), M7 (`Farewell`), and what is written between M4 and M5: one sealed record."""

    sealed: Sealed


class PairingAborted(Message, frozen=True, tag="abort"):
    """This attempt is over. A hint, not authenticated: it can only end the attempt, never change it."""

    code: ShortText


PairingMessage = (
    TechnicianHello
    | CustomerCommitment
    | TechnicianShare
    | CustomerReveal
    | TechnicianConfirmation
    | SealedBody
    | PairingAborted
)


class Introduction(Message, frozen=True, tag="introduction"):
    """Inside M4: who asks, for which ticket and what for. `signature` is sigT; `salt` opens ADt's hash of the chain.

    `capabilities` is the plan of permissions: `see`, and whatever else is asked for from the start, each once.
    """

    certificate: Annotated[bytes, msgspec.Meta(max_length=2048)]
    salt: Key32
    signature: Signature64
    session: ShortText
    ticket: ShortText
    subject: ShortText
    purpose: ShortText
    capabilities: Annotated[tuple[Capability, ...], msgspec.Meta(min_length=1, max_length=len(Capability))]


class Decision(Message, frozen=True, tag="decision"):
    """Inside M5: the customer's answer. `sdp_offer` is empty when it is no. `signature` is sigC."""

    signature: Signature64
    accepted: bool
    capabilities: tuple[Capability, ...]
    expires_in_s: Annotated[int, msgspec.Meta(ge=0, le=24 * 3600)]
    sdp_offer: Annotated[str, msgspec.Meta(max_length=12 * 1024)]


class Answer(Message, frozen=True, tag="answer"):
    """Inside M6: the technician's SDP answer."""

    sdp_answer: Annotated[str, msgspec.Meta(max_length=12 * 1024)]


class Farewell(Message, frozen=True, tag="farewell"):
    """Inside M7: a sealed good-bye, so that the other side knows at once who ended and why."""

    reason: LongText


SealedMessage = Introduction | Decision | Answer | Farewell | ChatSent | ChatDelivered | ChatSeen

_decode_pairing: Any = strict_decoder(PairingMessage, max_bytes=MAX_BODY_BYTES, what="pairing message")
_decode_sealed: Any = strict_decoder(SealedMessage, max_bytes=MAX_BODY_BYTES, what="sealed message")


def decode_pairing(data: bytes) -> PairingMessage:
    """Decode one body of the mailbox.

    Raises:
        PeerError: too long, not MessagePack, unknown message or field.
    """
    message: PairingMessage = _decode_pairing(data)
    return message


def decode_sealed(data: bytes) -> SealedMessage:
    """Decode what a sealed record held.

    Raises:
        PeerError: too long, not MessagePack, unknown message or field.
    """
    message: SealedMessage = _decode_sealed(data)
    return message
