"""A second technician: inviting one over `control`, the handshake of their own session (J1 to J4), and handing over.

docs/protocol.md, section 3.2, is normative. J1 to J4 are opaque to the relay; `attempt` (32 random bytes of the
customer's) names one attempt.
"""

from enum import Enum
from typing import Annotated, Any

import msgspec

from protocol.messages.base import Count, Key32, Message, ShortText, Signature64, strict_decoder
from protocol.messages.pairing import Sealed
from protocol.messages.signaling import MAX_BODY_BYTES

MAX_INVITATION_BYTES = 8 * 1024
"""The longest invitation, endorsed by the technician who invites."""

SessionId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$", max_length=32)]
_CertificateBytes = Annotated[bytes, msgspec.Meta(min_length=1, max_length=2048)]
_Sdp = Annotated[str, msgspec.Meta(min_length=1, max_length=12 * 1024)]


class ColleaguePurpose(Enum):
    """What a colleague is invited for. Who helps may ask for mouse and keyboard; either way the customer decides."""

    VIEW = "view"
    HELP = "help"


# --- on `control` of the session whose technician is in charge


class ColleagueInvited(Message, frozen=True, tag="colleague_invited"):
    """T to C: ask the customer to let the holder of `certificate` join.

    `event_seq` is the signed `colleague.invited` of T's lane that says the same; it numbers the invitation from now on.
    """

    certificate: _CertificateBytes
    purpose: ColleaguePurpose
    event_seq: Count


class ColleagueWithdrawn(Message, frozen=True, tag="colleague_withdrawn"):
    """T to C: invitation `number` is taken back. C says what became of it; who has joined already stays."""

    number: Count


class ColleagueAnswered(Message, frozen=True, tag="colleague_answered"):
    """C to T: the customer's answer to invitation `number`; `invitation` (empty for no) is for the colleague.

    `event_seq` is C's signed `colleague.allowed` or `colleague.refused`, `reason` a short code when it is no.
    """

    number: Count
    allowed: bool
    reason: ShortText
    event_seq: Count
    invitation: Annotated[bytes, msgspec.Meta(max_length=MAX_INVITATION_BYTES)]


class ColleagueAwaited(Message, frozen=True, tag="colleague_awaited"):
    """T to C: the relay has the invitation; the colleague will come to the mailbox of `route`, as `session`."""

    number: Count
    session: SessionId
    route: Annotated[str, msgspec.Meta(max_length=40)]


class ColleagueJoined(Message, frozen=True, tag="colleague_joined"):
    """C to T: the colleague of invitation `number` is connected; `event_seq` is C's signed `colleague.joined`."""

    number: Count
    session: SessionId
    event_seq: Count


class ColleagueLeft(Message, frozen=True, tag="colleague_left"):
    """C to T: the colleague of invitation `number` is gone, or did not come (`reason`).

    `event_seq` is C's signed `colleague.left`.
    """

    number: Count
    reason: ShortText
    event_seq: Count


class SessionTaken(Message, frozen=True, tag="session_taken"):
    """C to the colleague: you are in charge now. `event_seq` is C's signed `session.taken` in that session's record."""

    event_seq: Count


ColleagueMessage = (
    ColleagueInvited
    | ColleagueWithdrawn
    | ColleagueAnswered
    | ColleagueAwaited
    | ColleagueJoined
    | ColleagueLeft
    | SessionTaken
)

# --- the bodies of the mailbox of a joined session


class JoinHello(Message, frozen=True, tag="j1"):
    """J1, C to T: a fresh X25519 share."""

    attempt: Key32
    share: Key32


class JoinShare(Message, frozen=True, tag="j2"):
    """J2, T to C: T's share, its confirmation tag and the sealed `JoinIntroduction`."""

    attempt: Key32
    share: Key32
    tag_t: Key32
    sealed: Sealed


class JoinOffer(Message, frozen=True, tag="j3"):
    """J3, C to T: C's confirmation tag and the sealed `JoinDescription` with the SDP offer."""

    attempt: Key32
    tag_c: Key32
    sealed: Sealed


class JoinAnswer(Message, frozen=True, tag="j4"):
    """J4, T to C: the sealed `JoinAnswerDescription`."""

    attempt: Key32
    sealed: Sealed


JoiningMessage = JoinHello | JoinShare | JoinOffer | JoinAnswer


class JoinIntroduction(Message, frozen=True, tag="join_introduction"):
    """Inside J2: `signature` is made by the device key of the invited certificate."""

    signature: Signature64


class JoinDescription(Message, frozen=True, tag="join_offer"):
    """Inside J3: `signature` is made by the customer's session key."""

    signature: Signature64
    sdp: _Sdp


class JoinAnswerDescription(Message, frozen=True, tag="join_answer"):
    """Inside J4: the SDP answer."""

    sdp: _Sdp


SealedJoining = JoinIntroduction | JoinDescription | JoinAnswerDescription

_decode_joining: Any = strict_decoder(JoiningMessage, max_bytes=MAX_BODY_BYTES, what="joining message")
_decode_sealed: Any = strict_decoder(SealedJoining, max_bytes=MAX_BODY_BYTES, what="sealed joining message")


def decode_joining(data: bytes) -> JoiningMessage:
    """Decode one body of a joined session's mailbox.

    Raises:
        PeerError: too long, not MessagePack, not a message of this handshake.
    """
    message: JoiningMessage = _decode_joining(data)
    return message


def decode_sealed_joining(data: bytes) -> SealedJoining:
    """Decode what the sealed part of J2, J3 or J4 held.

    Raises:
        PeerError: too long, not MessagePack, nothing that is sealed there.
    """
    message: SealedJoining = _decode_sealed(data)
    return message
