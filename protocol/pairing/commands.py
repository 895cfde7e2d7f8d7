"""What a handshake machine asks its program to do. Frozen values; the order of a list is the order to act in."""

from dataclasses import dataclass, field

from protocol.messages.chat import EarlyChatMessage
from protocol.messages.pairing import Decision, Introduction
from protocol.pairing.certificates import TechnicianCertificate
from protocol.pairing.keys import SessionKeys


@dataclass(frozen=True)
class Send:
    """Post `body` to the other party."""

    body: bytes


@dataclass(frozen=True)
class PinWanted:
    """Technician: the customer is there and shows a PIN; ask for it."""


@dataclass(frozen=True)
class Confirmed:
    """Technician: the PIN was right; the customer is being asked."""


@dataclass(frozen=True)
class Introduced:
    """Customer: the technician knew the PIN and proved who they are; ask the customer."""

    introduction: Introduction
    certificate: TechnicianCertificate
    keys: SessionKeys


@dataclass(frozen=True)
class Decided:
    """Technician: the customer's answer, and the key that signs the customer's lane of the record."""

    decision: Decision
    customer_key: bytes
    keys: SessionKeys


@dataclass(frozen=True)
class Answered:
    """Customer: the technician's SDP answer."""

    sdp_answer: str = field(repr=False)


@dataclass(frozen=True)
class ChatReceived:
    """The other side wrote, or says how far what was written has come; before the customer has decided."""

    message: EarlyChatMessage


@dataclass(frozen=True)
class FarewellReceived:
    """The other side said good-bye under seal; the attempt is over."""

    reason: str


@dataclass(frozen=True)
class Failed:
    """The attempt is over; `code` is stable, `user_text` is for the person in front of the screen.

    Once both bindings (D0) have verified, a session no longer needs the mailbox: a failure there may be logged only.
    """

    code: str
    user_text: str


Command = Send | PinWanted | Confirmed | Introduced | Decided | Answered | ChatReceived | FarewellReceived | Failed
