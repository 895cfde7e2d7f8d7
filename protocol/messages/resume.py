"""Resuming a session over a new connection: the mailbox bodies R0 to R5, and what the link says on its channels.

docs/protocol.md, section 3.1, is normative. R0 to R5 are opaque to the relay; `attempt` (32 random bytes of the
customer's) names one attempt, so that what an earlier one left in the mailbox is told from it.
"""

from typing import Annotated, Any

import msgspec

from protocol.messages.base import Count, Key32, Message, ShortText, strict_decoder
from protocol.messages.pairing import Sealed
from protocol.messages.signaling import MAX_BODY_BYTES

MAX_RESUMES = 20
"""How often one session may be resumed before its people must pair again."""

KeyNumber = Annotated[int, msgspec.Meta(ge=0, le=MAX_RESUMES)]
Proofs = Annotated[tuple[Key32, ...], msgspec.Meta(min_length=1, max_length=2)]
"""One tag for each key the sender holds: at most the last confirmed one and its successor."""


class ResumeAsked(Message, frozen=True, tag="r0"):
    """R0, T to C: please begin. `proofs` show that the sender holds a key of this session."""

    nonce: Key32
    proofs: Proofs


class ResumeHello(Message, frozen=True, tag="r1"):
    """R1, C to T: a fresh X25519 share, and the numbers of the oldest and the newest key C holds."""

    attempt: Key32
    oldest: KeyNumber
    newest: KeyNumber
    share: Key32


class ResumeShare(Message, frozen=True, tag="r2"):
    """R2, T to C: the number of the newest key both hold, T's share and its confirmation tag."""

    attempt: Key32
    number: KeyNumber
    share: Key32
    tag_t: Key32


class ResumeOffer(Message, frozen=True, tag="r3"):
    """R3, C to T: C's confirmation tag and the sealed SDP offer."""

    attempt: Key32
    tag_c: Key32
    sealed: Sealed


class ResumeAnswer(Message, frozen=True, tag="r4"):
    """R4, T to C: the sealed SDP answer."""

    attempt: Key32
    sealed: Sealed


class ResumeFarewell(Message, frozen=True, tag="r5"):
    """R5, both ways: the sender ended the session while the connection was down. `reason` is covered by `proofs`."""

    nonce: Key32
    reason: ShortText
    proofs: Proofs


ResumeMessage = ResumeAsked | ResumeHello | ResumeShare | ResumeOffer | ResumeAnswer | ResumeFarewell


class Description(Message, frozen=True, tag="sdp"):
    """Inside R3 and R4: the SDP."""

    sdp: Annotated[str, msgspec.Meta(min_length=1, max_length=12 * 1024)]


class Resumed(Message, frozen=True, tag="resumed"):
    """On `control`, the first message after D0 of a resumed session, each way.

    `received` holds, for each channel that survives a connection (by id), how many of the other side's messages
    arrived in this session; the other side goes on after them.
    """

    received: Annotated[dict[int, Count], msgspec.Meta(max_length=16)]


class Acknowledged(Message, frozen=True, tag="acknowledged"):
    """On `control`: `received` as in `Resumed`, now and then, so that the other side need not keep what arrived."""

    received: Annotated[dict[int, Count], msgspec.Meta(max_length=16)]


class FenceAsked(Message, frozen=True, tag="fence_asked"):
    """On `control`, C to T: the line was silent; C drops input and drawing until `InputFence`s of this number come."""

    number: Count


class InputFence(Message, frozen=True, tag="fence"):
    """On `input` and `drawing`, T to C: what was sent on this channel before was meant for before the silence."""

    number: Count


_decode_resume: Any = strict_decoder(ResumeMessage, max_bytes=MAX_BODY_BYTES, what="resume message")
_decode_description: Any = strict_decoder(Description, max_bytes=MAX_BODY_BYTES, what="sealed description")
_decode_fence: Any = strict_decoder(InputFence, max_bytes=64, what="input fence")


def decode_resume(data: bytes) -> ResumeMessage:
    """Decode one body of the mailbox.

    Raises:
        PeerError: too long, not MessagePack, not a message of the resume handshake.
    """
    message: ResumeMessage = _decode_resume(data)
    return message


def decode_description(data: bytes) -> Description:
    """Decode what the sealed part of R3 or R4 held.

    Raises:
        PeerError: too long, not MessagePack, not an SDP.
    """
    message: Description = _decode_description(data)
    return message


def decode_fence(data: bytes) -> InputFence:
    """Decode a fence in the input or drawing channel.

    Raises:
        PeerError: anything else.
    """
    message: InputFence = _decode_fence(data)
    return message
