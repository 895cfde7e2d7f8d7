"""Who can open a recording: its key, sealed to the technician's device and the organisation's review key. Pure."""

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from protocol.encoding import lv_cat
from protocol.errors import PeerError
from protocol.pairing.certificates import TechnicianCertificate
from protocol.recording.container import Recipient, RecordingHeader
from protocol.review_key import (
    ReviewCertificate,
    open_with_device,
    open_with_review_key,
    seal_to_device,
    seal_to_review_key,
)


def recipients(
    key: bytes, session: str, recording: int, device: TechnicianCertificate, review: ReviewCertificate | None
) -> tuple[Recipient, ...]:
    """Return `key` sealed to the device and, when the organisation has one, its review key. Both were verified before.

    Raises:
        PeerError: a certificate whose key is none (`certificate_malformed`).
    """
    info = _info(session, recording)
    sealed = [Recipient("device", device.serial, seal_to_device(device, info, key))]
    if review is not None:
        sealed.append(Recipient("review", review.serial, seal_to_review_key(review, info, key)))
    return tuple(sealed)


def key_for_device(header: RecordingHeader, sealing_key: X25519PrivateKey) -> bytes:
    """Return the recording's key for the device that holds `sealing_key`.

    Raises:
        PeerError: it was not sealed to this device (`recording_not_for_this_key`).
    """
    info = _info(header.session, header.recording)
    for recipient in header.recipients:
        if recipient.kind == "device":
            try:
                return open_with_device(sealing_key, info, recipient.sealed)
            except PeerError:
                continue
    raise _not_for_this_key()


def key_for_review(header: RecordingHeader, review_key: X25519PrivateKey) -> bytes:
    """Return the recording's key for who holds the organisation's review key.

    Raises:
        PeerError: it was not sealed to this review key (`recording_not_for_this_key`).
    """
    info = _info(header.session, header.recording)
    for recipient in header.recipients:
        if recipient.kind == "review":
            try:
                return open_with_review_key(review_key, info, recipient.sealed)
            except PeerError:
                continue
    raise _not_for_this_key()


def _info(session: str, recording: int) -> bytes:
    return lv_cat(b"recording key", session.encode(), str(recording).encode())


def _not_for_this_key() -> PeerError:
    return PeerError(
        "sealed to others",
        code="recording_not_for_this_key",
        user_text="This recording was sealed to another device, and cannot be opened here.",
    )
