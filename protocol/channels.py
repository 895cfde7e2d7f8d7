"""The one table of data channels. All are pre-negotiated with fixed ids; an unknown channel ends the connection.

The bytes of files travel on a second peer connection: one SCTP association is one queue (docs/architecture.md).
"""

from dataclasses import dataclass

MAX_MESSAGE_BYTES = 64 * 1024
"""No message on any channel is longer; longer ones end the session before they are held in memory."""


@dataclass(frozen=True)
class Channel:
    """One data channel: its SCTP stream id, its label and how it delivers.

    `beside_video`: no SCTP stream carries it, its messages are RTCP feedback of the video (T to C, may be lost).
    """

    id: int
    label: str
    ordered: bool = True
    max_retransmits: int | None = None
    max_bytes: int = MAX_MESSAGE_BYTES
    beside_video: bool = False
    survives: bool = False
    """What was sent and did not arrive is sent again when the session goes on over another connection."""


CONTROL = Channel(0, "control", survives=True)
INPUT = Channel(1, "input", max_bytes=1024)
POINTER = Channel(2, "pointer", ordered=False, max_retransmits=0, max_bytes=64)
CURSOR = Channel(3, "cursor")
CLIPBOARD = Channel(4, "clipboard", survives=True)
CHAT = Channel(5, "chat", max_bytes=16 * 1024, survives=True)
DIAGNOSTICS = Channel(6, "diagnostics", survives=True)
FILES = Channel(7, "files", survives=True)

PICTURE = Channel(8, "picture", ordered=False, max_retransmits=0, max_bytes=512, beside_video=True)
"""On SCTP each report would be acknowledged by a packet of its own, on the line that the picture needs."""

DRAWING = Channel(9, "drawing", max_bytes=4096)
POINTING = Channel(10, "pointing", ordered=False, max_retransmits=0, max_bytes=64)
"""Show-only: what the technician draws and points at on the customer's screen."""

CHANNELS = (CONTROL, INPUT, POINTER, CURSOR, CLIPBOARD, CHAT, DIAGNOSTICS, FILES, PICTURE, DRAWING, POINTING)

BULK = Channel(FILES.id, "bulk", max_bytes=16 * 1024)
"""The only channel of the second peer connection: the bytes of files, of which `FILES` speaks on the first."""
