"""The `control` channel: binding, heartbeat, the record's events, consent and the end. One union, one decoder."""

from typing import Annotated, Any

import msgspec

from protocol.channels import CONTROL
from protocol.messages.base import Count, Key32, Message, ShortText, Signature64, strict_decoder
from protocol.messages.colleague import (
    ColleagueAnswered,
    ColleagueAwaited,
    ColleagueInvited,
    ColleagueJoined,
    ColleagueLeft,
    ColleagueWithdrawn,
    SessionTaken,
)
from protocol.messages.consent import (
    CapabilityAnswered,
    CapabilityRequested,
    CapabilityRevoked,
    InputSuspended,
    PlanRequested,
    SharingPaused,
    SharingResumed,
)
from protocol.messages.displays import (
    AreasHidden,
    DisplaysListed,
    DisplaysRefused,
    DisplaysWanted,
    DisplayThumbnail,
    ScreenshotKept,
    SightChanged,
    ThumbnailsWanted,
    WindowAsked,
    WindowDescribed,
)
from protocol.messages.input import InputDescribed
from protocol.messages.picture import PictureQuality, PictureWanted
from protocol.messages.protection import RemoteToolNoticed
from protocol.messages.resume import Acknowledged, FenceAsked, Resumed


class ChannelBinding(Message, frozen=True, tag="d0"):
    """D0: proof that this DTLS connection is the one the handshake agreed on. The first message in each direction."""

    tag_bind: Key32


class Heartbeat(Message, frozen=True, tag="heartbeat"):
    """Sent every second by each side; needs no answer. `sent_ms` is the sender's monotonic clock.

    `echo_ms` is the `sent_ms` of the newest heartbeat that came from the other side, `held_ms` how long before this one
    was sent: for the round trip time. None and 0 before the first.
    """

    sent_ms: Count
    echo_ms: Count | None = None
    held_ms: Count = 0


class RecordedEvent(Message, frozen=True, tag="recorded"):
    """One event of the sender's own lane, signed, with the salt and body its commitment hides."""

    event: Annotated[bytes, msgspec.Meta(max_length=4096)]
    signature: Signature64
    salt: Annotated[bytes, msgspec.Meta(max_length=32)]
    body: Annotated[bytes, msgspec.Meta(max_length=6144)]


class DisplayDescribed(Message, frozen=True, tag="display"):
    """The shared display in physical pixels; sent first and again whenever it changes."""

    width: Annotated[int, msgspec.Meta(ge=1, le=16384)]
    height: Annotated[int, msgspec.Meta(ge=1, le=16384)]
    name: ShortText


class SealRequested(Message, frozen=True, tag="seal_requested"):
    """The sender ends the session: its last ordinary event is out, the other side writes its seal now."""

    reason: ShortText


ControlMessage = (
    ChannelBinding
    | Heartbeat
    | RecordedEvent
    | DisplayDescribed
    | DisplaysListed
    | DisplaysWanted
    | DisplaysRefused
    | ThumbnailsWanted
    | DisplayThumbnail
    | WindowAsked
    | WindowDescribed
    | ScreenshotKept
    | AreasHidden
    | SightChanged
    | CapabilityRequested
    | PlanRequested
    | CapabilityAnswered
    | CapabilityRevoked
    | SharingPaused
    | SharingResumed
    | InputSuspended
    | RemoteToolNoticed
    | InputDescribed
    | PictureWanted
    | PictureQuality
    | SealRequested
    | Resumed
    | Acknowledged
    | FenceAsked
    | ColleagueInvited
    | ColleagueWithdrawn
    | ColleagueAnswered
    | ColleagueAwaited
    | ColleagueJoined
    | ColleagueLeft
    | SessionTaken
)

_decode: Any = strict_decoder(ControlMessage, max_bytes=CONTROL.max_bytes, what="control message")


def decode_control(data: bytes) -> ControlMessage:
    """Decode one message of the control channel (at most 64 KiB).

    Raises:
        PeerError: too long, not MessagePack, unknown message or field.
    """
    message: ControlMessage = _decode(data)
    return message
