"""Who is in which tunnel right now, and how much each side may send. Pure; time is monotonic seconds, passed in."""

from collections.abc import Callable
from dataclasses import dataclass, field

from relay.signaling.mailbox import Side

BYTES_PER_S = 2_500_000
"""20 Mbit/s for each side; what is more is dropped."""

BURST_BYTES = 1_000_000


@dataclass
class Allowance:
    """A bucket that fills at `BYTES_PER_S` up to `BURST_BYTES`."""

    now: float
    bytes_left: float = BURST_BYTES

    def take(self, size_bytes: int, now: float) -> bool:
        """Return whether `size_bytes` more may pass at `now`."""
        self.bytes_left = min(BURST_BYTES, self.bytes_left + (now - self.now) * BYTES_PER_S)
        self.now = now
        if self.bytes_left < size_bytes:
            return False
        self.bytes_left -= size_bytes
        return True


@dataclass(eq=False)
class Mouth:
    """One side's end of a tunnel. `give` hands a frame over to be written there; `leave` closes it.

    `passed` counts the datagrams that went in here and came out across, `refused` those that did not.
    """

    mailbox: bytes
    side: Side
    give: Callable[[bytes], None]
    leave: Callable[[], None]
    allowance: Allowance
    passed: int = 0
    refused: int = 0


@dataclass
class Tunnels:
    """Every tunnel of this relay process."""

    _mouths: dict[tuple[bytes, Side], Mouth] = field(default_factory=dict)

    @property
    def mouths_open(self) -> int:
        """How many ends are open."""
        return len(self._mouths)

    def enter(self, mouth: Mouth) -> None:
        """Open an end; an older one of the same side leaves."""
        older = self._mouths.pop((mouth.mailbox, mouth.side), None)
        self._mouths[mouth.mailbox, mouth.side] = mouth
        if older is not None:
            older.leave()

    def exit(self, mouth: Mouth) -> None:
        """The end is closed; one that was replaced changes nothing."""
        if self._mouths.get((mouth.mailbox, mouth.side)) is mouth:
            del self._mouths[mouth.mailbox, mouth.side]

    def close(self, mailbox: bytes) -> None:
        """The mailbox is over: both ends leave."""
        for side in Side:
            mouth = self._mouths.pop((mailbox, side), None)
            if mouth is not None:
                mouth.leave()

    def pass_on(self, mouth: Mouth, frame: bytes, now: float) -> None:
        """Let a datagram's frame out at the other end, if there is one and this side has not sent too much."""
        across = self._mouths.get((mouth.mailbox, mouth.side.other))
        if across is None or not mouth.allowance.take(len(frame), now):
            mouth.refused += 1
            return
        mouth.passed += 1
        across.give(frame)
