"""Which messages of a session the other side has, over all its connections: nothing is lost, nothing comes twice. Pure.

Messages of the channels that survive a connection (`Channel.survives`) are numbered per channel by counting, on both
sides; the numbers never travel with them. A new connection begins with both sides saying how far they had come.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from protocol.channels import CHANNELS, Channel
from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.base import Message, encode

ACKNOWLEDGE_MESSAGES = 64
ACKNOWLEDGE_BYTES = 256 * 1024
"""After so much the other side is told what arrived, so that it can forget it."""

MAX_KEPT_MESSAGES = 4096
MAX_KEPT_BYTES = 16 * 1024 * 1024
"""What waits for the other side, at most: an honest one acknowledges long before, or the line is gone for good."""


@dataclass(frozen=True)
class _Kept:
    channel: Channel
    number: int
    message: Message
    size_bytes: int


class MessageLedger:
    """One side's counts, and what it sent that the other may not have."""

    def __init__(self) -> None:
        channels = [channel.id for channel in CHANNELS if channel.survives]
        self._sent = dict.fromkeys(channels, 0)
        self._confirmed = dict.fromkeys(channels, 0)
        self._received = dict.fromkeys(channels, 0)
        self._kept: deque[_Kept] = deque()
        self._kept_bytes = 0
        self._unacknowledged = 0
        self._unacknowledged_bytes = 0

    @property
    def received(self) -> dict[int, int]:
        """How many messages of each channel arrived, as `Resumed` and `Acknowledged` say it."""
        return dict(self._received)

    def sending(self, channel: Channel, message: Message) -> None:
        """Number and keep `message`, whether or not it can leave now.

        Raises:
            EnvironmentFault: too much waits already (`line_gone`).
        """
        size = len(encode(message))
        if len(self._kept) >= MAX_KEPT_MESSAGES or self._kept_bytes + size > MAX_KEPT_BYTES:
            raise EnvironmentFault(
                f"{len(self._kept)} messages wait",
                code="line_gone",
                user_text="The connection was gone for so long that the session could not go on.",
            )
        self._sent[channel.id] += 1
        self._kept.append(_Kept(channel, self._sent[channel.id], message, size))
        self._kept_bytes += size

    def arrived(self, channel: Channel, size_bytes: int) -> bool:
        """Count a message that arrived; return whether the other side should be told now (`note_acknowledged`)."""
        self._received[channel.id] += 1
        self._unacknowledged += 1
        self._unacknowledged_bytes += size_bytes
        return self._unacknowledged >= ACKNOWLEDGE_MESSAGES or self._unacknowledged_bytes >= ACKNOWLEDGE_BYTES

    def note_acknowledged(self) -> None:
        """The other side was told of everything that arrived."""
        self._unacknowledged = self._unacknowledged_bytes = 0

    def confirmed(self, received: Mapping[int, int]) -> None:
        """The other side has this much: forget it.

        Raises:
            PeerError: less than it had before, or more than was ever sent (`count_impossible`).
        """
        if set(received) != set(self._sent):
            raise _impossible(f"channels {sorted(received)}")
        for channel, count in received.items():
            if not self._confirmed[channel] <= count <= self._sent[channel]:
                raise _impossible(f"{count} on channel {channel}: {self._confirmed[channel]}..{self._sent[channel]}")
        self._confirmed = dict(received)
        self._kept = deque(kept for kept in self._kept if kept.number > received[kept.channel.id])
        self._kept_bytes = sum(kept.size_bytes for kept in self._kept)

    def outstanding(self) -> list[tuple[Channel, Message]]:
        """Return what the other side may not have, in the order it was sent."""
        return [(kept.channel, kept.message) for kept in self._kept]


def _impossible(detail: str) -> PeerError:
    return PeerError(f"the other side counts {detail}", code="count_impossible")
