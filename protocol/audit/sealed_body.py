"""Salt and body on their way through the relay: encrypted to the two parties, bound to the event they belong to."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from protocol.audit.events import MAX_BODY_BYTES, SALT_BYTES, parse_event
from protocol.errors import PeerError
from protocol.messages.session import RecordedEvent
from protocol.messages.signaling import StoredEvent

_TAG_BYTES = 16
_LONGEST = SALT_BYTES + MAX_BODY_BYTES + _TAG_BYTES


def seal_body_for_relay(record_key: bytes, recorded: RecordedEvent, lane: str, seq: int) -> bytes:
    """Return salt and body of `recorded` sealed under `record_key` (32 bytes, from the handshake).

    The nonce is the event's place, so a key must never seal two different events at one place.
    """
    return ChaCha20Poly1305(record_key).encrypt(_nonce(lane, seq), recorded.salt + recorded.body, recorded.event)


def open_sealed_body(record_key: bytes, sealed_body: bytes, event: bytes, lane: str, seq: int) -> tuple[bytes, bytes]:
    """Return (salt, body) of the event at `seq` of `lane`; whether they fit its commitment is `check_body`'s question.

    Raises:
        PeerError: changed, for another event, under another key or of an impossible length (`sealed_body_invalid`).
    """
    if not SALT_BYTES + _TAG_BYTES <= len(sealed_body) <= _LONGEST:
        raise PeerError(f"sealed body of {len(sealed_body)} bytes", code="sealed_body_invalid")
    try:
        plain = ChaCha20Poly1305(record_key).decrypt(_nonce(lane, seq), sealed_body, event)
    except InvalidTag as error:
        raise PeerError(f"the sealed body of {lane} {seq} does not open", code="sealed_body_invalid") from error
    return plain[:SALT_BYTES], plain[SALT_BYTES:]


def stored_event(record_key: bytes, recorded: RecordedEvent, signer: bytes) -> StoredEvent:
    """Return `recorded` as the relay keeps it; `signer` is the lane's public key (32 bytes).

    Raises:
        PeerError: `recorded.event` is not an event.
    """
    event = parse_event(recorded.event)
    return StoredEvent(
        lane=event.lane,
        event=recorded.event,
        signature=recorded.signature,
        signer=signer,
        sealed_body=seal_body_for_relay(record_key, recorded, event.lane, event.seq),
    )


def open_stored_event(record_key: bytes, stored: StoredEvent) -> RecordedEvent:
    """Return the event as it travelled between the parties, from what the relay kept.

    Raises:
        PeerError: not an event, or its sealed body does not open.
    """
    event = parse_event(stored.event)
    salt, body = open_sealed_body(record_key, stored.sealed_body, stored.event, event.lane, event.seq)
    return RecordedEvent(event=stored.event, signature=stored.signature, salt=salt, body=body)


def _nonce(lane: str, seq: int) -> bytes:
    return bytes(3) + lane.encode("ascii") + seq.to_bytes(8, "big")
