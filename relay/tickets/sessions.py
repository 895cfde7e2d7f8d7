"""What opening a session needs, and how long its invitations live. Pure."""

from dataclasses import dataclass

from protocol.errors import PeerError
from relay.clock import HOUR_MS, MINUTE_MS

LINK_LIFE_MS = 24 * HOUR_MS
SPOKEN_ROUTE_LIFE_MS = 15 * MINUTE_MS
MAILBOX_BYTES = 32
SESSION_ID_BYTES = 16


@dataclass(frozen=True)
class Invitation:
    """Everything a new session is reached by. Tokens are hashes; `spoken_route` is empty when none was wanted."""

    session: str
    mailbox: bytes
    route: str
    spoken_route: str
    technician_token: bytes
    link_ends_at_ms: int
    spoken_ends_at_ms: int


@dataclass(frozen=True)
class CertifiedDevice:
    """A certificate of the technician's device, as stored."""

    certificate: bytes
    not_before_ms: int
    not_after_ms: int


def check_certified(device: CertifiedDevice | None, now_ms: int) -> CertifiedDevice:
    """Return `device` when its certificate is valid at `now_ms`.

    Raises:
        PeerError: none, not yet or no longer valid (`device_not_certified`).
    """
    if device is None or not device.not_before_ms <= now_ms < device.not_after_ms:
        raise PeerError(
            "no valid certificate",
            code="device_not_certified",
            user_text="Your organisation has not certified this computer, or its certificate has run out. "
            "Please ask your administrator.",
        )
    return device


def organisation_missing() -> PeerError:
    """Return the error for acts that need an organisation when there is none yet."""
    return PeerError(
        "no organisation",
        code="organisation_missing",
        user_text="This relay has no organisation yet. An administrator sets it up with: deskside-relay org init.",
    )
