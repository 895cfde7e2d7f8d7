"""What the customer's own protection tells the technician. On the `control` channel."""

from enum import Enum

from protocol.messages.base import Message


class PauseReason(Enum):
    """Why sharing is paused; only the customer lets it go on."""

    CUSTOMER = "customer"
    """They pressed Pause."""
    MONEY = "money"
    """A window about money came to the front."""
    NO_ANSWER = "no_answer"
    """They did not answer whether to go on."""


class RemoteToolKind(Enum):
    """What kind of other program lets somebody see or use the customer's computer; never which one."""

    SUPPORT = "support"
    DESKTOP = "desktop"
    VNC = "vnc"


class RemoteToolNoticed(Message, frozen=True, tag="remote_tool_noticed"):
    """Another program for remote control runs on the customer's computer; the customer has read that C says so."""

    kind: RemoteToolKind
