"""What a customer can allow, and the messages that ask, answer and take back. On the `control` channel."""

from enum import Enum
from typing import Annotated

import msgspec

from protocol.messages.base import Count, Message, ShortText
from protocol.messages.protection import PauseReason

MAX_EXPIRY_S = 24 * 3600


class Capability(Enum):
    """One thing a technician may be allowed to do. Deny is the default for each. The order is that of every list."""

    SEE = "see"
    POINT = "point"
    CONTROL = "control"
    CLIPBOARD_TO_CUSTOMER = "clipboard_to_customer"
    CLIPBOARD_TO_TECHNICIAN = "clipboard_to_technician"
    FILES_TO_CUSTOMER = "files_to_customer"
    FILES_TO_TECHNICIAN = "files_to_technician"
    DIAGNOSTICS = "diagnostics"
    VOICE = "voice"
    CHAT = "chat"
    RECORDING = "recording"


class CapabilityRequested(Message, frozen=True, tag="capability_requested"):
    """T asks for `capability`. `event_seq` is the signed `consent.ask` event of T's lane that says the same."""

    capability: Capability
    reason: ShortText
    event_seq: Count


class PlanRequested(Message, frozen=True, tag="plan_requested"):
    """T asks for several capabilities in one question. `event_seq`: the signed `consent.ask` with the same list."""

    capabilities: Annotated[tuple[Capability, ...], msgspec.Meta(min_length=2, max_length=len(Capability))]
    reason: ShortText
    event_seq: Count


class CapabilityAnswered(Message, frozen=True, tag="capability_answered"):
    """C's answer about one capability of a request.

    `event_seq` is C's signed `consent.grant` or `consent.deny`; `expires_in_s` 0 means until revoked.
    """

    capability: Capability
    granted: bool
    reason: ShortText
    expires_in_s: Annotated[int, msgspec.Meta(ge=0, le=MAX_EXPIRY_S)]
    event_seq: Count


class CapabilityRevoked(Message, frozen=True, tag="capability_revoked"):
    """The capability ended: taken back by the customer, given back by the technician, or expired (`reason`)."""

    capability: Capability
    reason: ShortText


class SharingPaused(Message, frozen=True, tag="sharing_paused"):
    """No picture leaves and no input is applied until SharingResumed."""

    because: PauseReason = PauseReason.CUSTOMER


class SharingResumed(Message, frozen=True, tag="sharing_resumed"):
    """The customer lets it go on."""


class InputSuspended(Message, frozen=True, tag="input_suspended"):
    """The customer's own mouse or keyboard moved: remote input is refused for the next `for_ms`."""

    for_ms: Annotated[int, msgspec.Meta(ge=0, le=60_000)]
