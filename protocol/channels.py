"""The one table of data channels. All are pre-negotiated with fixed ids; an unknown channel ends the connection.

Files will travel on a second peer connection: one SCTP association is one queue (docs/architecture.md).
"""

from dataclasses import dataclass

MAX_MESSAGE_BYTES = 64 * 1024
"""No message on any channel is longer; longer ones end the session before they are held in memory."""


@dataclass(frozen=True)
class Channel:
    """One data channel: its SCTP stream id, its label and how it delivers."""

    id: int
    label: str
    ordered: bool = True
    max_retransmits: int | None = None
    max_bytes: int = MAX_MESSAGE_BYTES


CONTROL = Channel(0, "control")
INPUT = Channel(1, "input", max_bytes=1024)
POINTER = Channel(2, "pointer", ordered=False, max_retransmits=0, max_bytes=64)
CURSOR = Channel(3, "cursor")
DIAGNOSTICS = Channel(6, "diagnostics")

PICTURE = Channel(8, "picture", ordered=False, max_retransmits=0, max_bytes=512)

CHANNELS = (CONTROL, INPUT, POINTER, CURSOR, DIAGNOSTICS, PICTURE)
