"""Between a program and the relay, over the mailbox WebSocket. The relay reads these, and never what `body` holds."""

from typing import Annotated, Any

import msgspec

from protocol.errors import PeerError
from protocol.messages.base import Count, Key32, Message, ShortText, Signature64, encode, strict_decoder

MAX_FRAME_BYTES = 16 * 1024
"""No WebSocket frame is longer, in either direction."""

MAX_BODY_BYTES = 15 * 1024
"""The longest opaque body one frame carries."""

MAX_RECEIPT_BYTES = 15 * 1024
"""The longest receipt one frame carries: with three ML-DSA-44 signatures it still fits."""

MAX_RELAY_CERTIFICATE_BYTES = 1024
"""The longest certificate of a relay (`protocol.relay_proof`)."""

Lane = Annotated[str, msgspec.Meta(pattern="^[CT]$")]
Token = Annotated[str, msgspec.Meta(min_length=20, max_length=100)]
StunUrl = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^stun:[A-Za-z0-9.-]+:[0-9]{1,5}$")]
TurnUrl = Annotated[
    str, msgspec.Meta(max_length=200, pattern=r"^turns?:[A-Za-z0-9.-]+:[0-9]{1,5}\?transport=(udp|tcp)$")
]


class StoredEvent(Message, frozen=True, tag="event"):
    """One signed event of one lane as the relay keeps it.

    `event` is the exact signed canonical JSON, `signer` the Ed25519 public key that made `signature`, `sealed_body`
    the salt and body encrypted to the two parties of the session (empty when the event has no body).
    """

    lane: Lane
    event: Annotated[bytes, msgspec.Meta(max_length=4096)]
    signature: Signature64
    signer: Key32
    sealed_body: Annotated[bytes, msgspec.Meta(max_length=8192)]


class ProveRelay(Message, frozen=True, tag="prove"):
    """Before the first frame: prove to be the relay of the organisation this program trusts. `nonce` is fresh."""

    nonce: Key32


class JoinMailbox(Message, frozen=True, tag="join"):
    """First frame of a customer: claim the mailbox of a route (12 symbols) or of a spoken route (6 digits)."""

    route: Annotated[str, msgspec.Meta(max_length=40)]
    protocol: Annotated[int, msgspec.Meta(ge=1, le=1000)]


class AttachMailbox(Message, frozen=True, tag="attach"):
    """First frame of a technician, and of either party when it comes back: prove the right to one side of a mailbox."""

    mailbox: Key32
    token: Token
    protocol: Annotated[int, msgspec.Meta(ge=1, le=1000)]


class PostBody(Message, frozen=True, tag="post"):
    """Hand `body` to the other party; held (at most 32 bodies, 10 minutes) while it is away."""

    body: Annotated[bytes, msgspec.Meta(max_length=MAX_BODY_BYTES)]


class StoreEvents(Message, frozen=True, tag="store"):
    """Keep these events of one lane, in order, without gaps. Sending an event again is harmless."""

    events: Annotated[tuple[StoredEvent, ...], msgspec.Meta(min_length=1, max_length=64)]


class LeaveMailbox(Message, frozen=True, tag="leave"):
    """The session is over for this party: its token is worth nothing from now on, except to store events."""


class ConnectivityWanted(Message, frozen=True, tag="connectivity_wanted"):
    """Ask for a fresh `connectivity`: the ways to the other party are needed again, or soon."""


class RelayProven(Message, frozen=True, tag="proven"):
    """Answer to ProveRelay: the relay's certificate, how people reach it, and its signature over both nonce and that.

    Verify all of it with `protocol.relay_proof.check_proof`.
    """

    certificate: Annotated[bytes, msgspec.Meta(max_length=MAX_RELAY_CERTIFICATE_BYTES)]
    origin: ShortText
    signature: Signature64


class MailboxClaimed(Message, frozen=True, tag="claimed"):
    """Answer to JoinMailbox: the mailbox, the token to come back with and the session id.

    `organisation` is the root id of the relay's organisation, 32 bytes; empty while it has none.
    """

    mailbox: Key32
    token: Token
    session: ShortText
    peer_present: bool
    organisation: Annotated[bytes, msgspec.Meta(max_length=32)] = b""


class MailboxAttached(Message, frozen=True, tag="attached"):
    """Answer to AttachMailbox. `stored_*` is how many events of a lane the relay holds durably.

    `peer_left`: the other party said that it is done, and will not come back.
    """

    session: ShortText
    peer_present: bool
    stored_customer: Count
    stored_technician: Count
    peer_left: bool = False


class BodyDelivered(Message, frozen=True, tag="delivered"):
    """A body the other party posted."""

    body: Annotated[bytes, msgspec.Meta(max_length=MAX_BODY_BYTES)]


class PeerPresence(Message, frozen=True, tag="presence"):
    """The other party came (true) or its connection to the relay ended (false).

    `left`: it said that it is done, and will not come back.
    """

    present: bool
    left: bool = False


class OpenedAgain(Message, frozen=True, tag="opened_again"):
    """To the technician: somebody used the link once more after it was claimed, and was refused."""


class EventsStored(Message, frozen=True, tag="stored"):
    """Every event of `lane` below `count` is on disk. Sent to both parties."""

    lane: Lane
    count: Count


class ConnectivityOffered(Message, frozen=True, tag="connectivity"):
    """What the relay offers this party for reaching the other; sent when both have claimed the mailbox.

    The credentials are for every URL of `turn` and are good for `turn_lives_s` seconds from now. `tunnel`: the relay
    carries datagrams itself, at `/ws/tunnel`.
    """

    stun: Annotated[tuple[StunUrl, ...], msgspec.Meta(max_length=2)] = ()
    turn: Annotated[tuple[TurnUrl, ...], msgspec.Meta(max_length=4)] = ()
    turn_username: ShortText = ""
    turn_password: ShortText = ""
    turn_lives_s: Annotated[int, msgspec.Meta(ge=0, le=86_400)] = 0
    tunnel: bool = False


class TunnelOpened(Message, frozen=True, tag="tunnel_opened"):
    """Answer to AttachMailbox at `/ws/tunnel`: from here on frames are the tunnel's own (protocol/tunnel.py)."""


class LogCertified(Message, frozen=True, tag="log"):
    """The certificate of the organisation's log (`protocol.audit.log.certificate`), when it has one; first of all after
    the answer to the first frame. Verify it against the pinned root."""

    certificate: Annotated[bytes, msgspec.Meta(max_length=12 * 1024)]


class ReceiptIssued(Message, frozen=True, tag="receipt"):
    """A tlog-proof file about a batch of this session's events. One of that leaf with more cosignatures may follow."""

    proof: Annotated[bytes, msgspec.Meta(max_length=MAX_RECEIPT_BYTES)]


class Refused(Message, frozen=True, tag="refused"):
    """The relay refuses the last frame and closes. `code` is stable, `text` one sentence for a person."""

    code: ShortText
    text: ShortText


ToRelay = ProveRelay | JoinMailbox | AttachMailbox | PostBody | StoreEvents | LeaveMailbox | ConnectivityWanted
FromRelay = (
    RelayProven
    | MailboxClaimed
    | MailboxAttached
    | BodyDelivered
    | PeerPresence
    | OpenedAgain
    | EventsStored
    | ConnectivityOffered
    | TunnelOpened
    | LogCertified
    | ReceiptIssued
    | Refused
)

_decode_to_relay: Any = strict_decoder(ToRelay, max_bytes=MAX_FRAME_BYTES, what="frame to the relay")
_decode_from_relay: Any = strict_decoder(FromRelay, max_bytes=MAX_FRAME_BYTES, what="frame from the relay")


def decode_to_relay(data: bytes) -> ToRelay:
    """Decode one frame a program sent to the relay (at most 16 KiB).

    Raises:
        PeerError: too long, not MessagePack, unknown message or field.
    """
    message: ToRelay = _decode_to_relay(data)
    return message


def decode_from_relay(data: bytes) -> FromRelay:
    """Decode one frame the relay sent (at most 16 KiB).

    Raises:
        PeerError: too long, not MessagePack, unknown message or field.
    """
    message: FromRelay = _decode_from_relay(data)
    return message


def encode_frame(message: ToRelay | FromRelay) -> bytes:
    """Return the frame of `message`.

    Raises:
        PeerError: it would be longer than 16 KiB.
    """
    data = encode(message)
    if len(data) > MAX_FRAME_BYTES:
        raise PeerError(f"frame of {len(data)} bytes", code="frame_too_large")
    return data
