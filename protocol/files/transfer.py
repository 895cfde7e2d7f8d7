"""One file on its way: who may do what when, on either side. Pure.

Whoever uses these machines does what the messages of `protocol.messages.files` and the disk need; the machines say what
is allowed and how far it is. What the other side says after a transfer is over changes nothing; what it must never say
is a PeerError.

    OFFERED -> ACCEPTED -> MOVING -> WHOLE -> SAVED
            \\-> DECLINED   ^    |-> ACCEPTED (connection lost)       every stage but the last ones -> CANCELLED
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum

from protocol.errors import LocalError, PeerError
from protocol.messages.files import CHUNK_BYTES, MAX_FILE_BYTES, MAX_SESSION_BYTES

CREDIT_BYTES = 4 * 1024 * 1024
"""How far the sender may be ahead of what the receiver has on disk."""

FREE_FLOOR_BYTES = 1_000_000_000
"""A file is taken only when so much stays free on the disk (1 GB)."""


class Stage(Enum):
    """How far a transfer is. ACCEPTED waits for a connection; WHOLE is being checked; the last three are the end."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    MOVING = "moving"
    WHOLE = "whole"
    SAVED = "saved"
    DECLINED = "declined"
    CANCELLED = "cancelled"


OVER = frozenset({Stage.SAVED, Stage.DECLINED, Stage.CANCELLED})


@dataclass(frozen=True)
class OfferedFile:
    """What is offered: the transfer's name (16 bytes), the file's own name, size and SHA-256 (32 bytes)."""

    transfer: bytes
    name: str
    size_bytes: int
    sha256: bytes


class _Transfer:
    """What both sides have in common. `reason` says why it was declined or cancelled."""

    def __init__(self, file: OfferedFile) -> None:
        self.file = file
        self.stage = Stage.OFFERED
        self.reason = ""
        self.held_here = False
        """The person here holds it."""
        self.held_there = False
        """The person at the other side holds it."""
        self.resting = False
        """Sharing is paused: nothing moves."""

    @property
    def over(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.stage in OVER

    @property
    def held(self) -> bool:
        """Whether nothing may move for now."""
        return self.held_here or self.held_there or self.resting

    def accepted(self) -> None:
        """The receiver said yes.

        Raises:
            PeerError: it was asked no question, or has answered already.
        """
        if self.over:
            return
        self._expect(Stage.OFFERED)
        self.stage = Stage.ACCEPTED

    def declined(self, reason: str) -> None:
        """The receiver said no.

        Raises:
            PeerError: as `accepted`.
        """
        if self.over:
            return
        self._expect(Stage.OFFERED)
        self.stage, self.reason = Stage.DECLINED, reason

    def cancelled(self, reason: str) -> bool:
        """Either side gave it up; return whether it was not over before."""
        if self.over:
            return False
        self.stage, self.reason = Stage.CANCELLED, reason
        return True

    def connection_lost(self) -> None:
        """The connection for the bytes is gone; another one begins where the receiver's disk ends."""
        if self.stage in (Stage.MOVING, Stage.WHOLE):
            self.stage = Stage.ACCEPTED

    def _expect(self, *stages: Stage) -> None:
        if self.stage not in stages:
            raise PeerError(f"a transfer is {self.stage.value}", code="transfer_out_of_order")


class Sending(_Transfer):
    """The side that has the file. `moved_bytes` is what the other side has said to have."""

    def __init__(self, file: OfferedFile) -> None:
        super().__init__(file)
        self._next = 0
        self._furthest = 0
        self._credit = 0
        self.moved_bytes = 0

    def may_begin_at(self, offset: int) -> None:
        """Do nothing when the receiver may claim to have `offset` bytes.

        Raises:
            PeerError: it cannot have so much, or it has not accepted the file.
        """
        self._expect(Stage.ACCEPTED)
        if offset > self._furthest:
            raise PeerError("the receiver has more than was sent", code="transfer_out_of_order")

    def begin(self, offset: int) -> None:
        """Go on from `offset`, which `may_begin_at` allowed and whose prefix is the file's.

        Raises:
            PeerError: the transfer is not accepted.
        """
        self._expect(Stage.ACCEPTED)
        self.stage = Stage.MOVING
        self._next = self.moved_bytes = offset
        self._credit = min(self.file.size_bytes, offset + CREDIT_BYTES)

    def next_chunk(self) -> tuple[int, int] | None:
        """Return offset and length of what may be sent now; None when nothing may."""
        if self.stage is not Stage.MOVING or self.held or self._next >= self._credit:
            return None
        return self._next, min(CHUNK_BYTES, self._credit - self._next)

    def given(self, length: int) -> None:
        """`length` bytes of the chunk `next_chunk` named left.

        Raises:
            LocalError: nothing may be sent now.
        """
        if self.stage is not Stage.MOVING or self._next + length > self._credit:
            raise LocalError("a chunk beyond the credit", code="transfer_misused")
        self._next += length
        self._furthest = max(self._furthest, self._next)

    def taken(self, received: int, credit: int) -> None:
        """The receiver has `received` bytes and takes them up to `credit`.

        Raises:
            PeerError: either goes back, or beyond what is possible.
        """
        if self.stage is not Stage.MOVING:
            return
        most = min(self.file.size_bytes, received + CREDIT_BYTES)
        if not (self.moved_bytes <= received <= self._next and self._credit <= credit <= most):
            raise PeerError("impossible counts in a transfer", code="transfer_out_of_order")
        self.moved_bytes, self._credit = received, credit

    def saved(self) -> None:
        """The receiver has all of it, checked.

        Raises:
            PeerError: it was not even sent.
        """
        if self.over:
            return
        if self._furthest < self.file.size_bytes or self.stage is Stage.OFFERED:
            raise PeerError("the receiver has more than was sent", code="transfer_out_of_order")
        self.stage, self.moved_bytes = Stage.SAVED, self.file.size_bytes


class Receiving(_Transfer):
    """The side that gets the file. `moved_bytes` is what arrived, `written_bytes` what is on disk."""

    def __init__(self, file: OfferedFile) -> None:
        super().__init__(file)
        self.moved_bytes = 0
        self.written_bytes = 0

    @property
    def credit(self) -> int:
        """Up to where the sender may send."""
        return min(self.file.size_bytes, self.written_bytes + CREDIT_BYTES)

    def begin(self) -> int:
        """A connection is there: return the offset from which the sender is to go on.

        Raises:
            PeerError: the file is not accepted.
        """
        self._expect(Stage.ACCEPTED)
        self.moved_bytes = self.written_bytes
        self.stage = Stage.MOVING
        self._look_whether_whole()
        return self.moved_bytes

    def chunk(self, offset: int, length: int) -> bool:
        """Count bytes that arrived; return whether they are wanted (a transfer that is over wants none).

        Raises:
            PeerError: not the next ones, more than was offered, or more than there was room for.
        """
        if self.over or self.stage is Stage.ACCEPTED:
            return False
        self._expect(Stage.MOVING)
        if offset != self.moved_bytes or offset + length > self.credit:
            raise PeerError("bytes that were not asked for", code="transfer_out_of_order")
        self.moved_bytes += length
        self._look_whether_whole()
        return True

    def written(self, total: int) -> None:
        """The first `total` bytes are on disk.

        Raises:
            LocalError: more than arrived, or less than before.
        """
        if not self.written_bytes <= total <= self.file.size_bytes:
            raise LocalError("bytes written that never came", code="transfer_misused")
        self.written_bytes = total

    def connection_lost(self) -> None:
        """The connection is gone; what has all come needs no other."""
        if self.stage is Stage.MOVING:
            self.stage = Stage.ACCEPTED

    def saved(self) -> None:
        """It is checked and has its name.

        Raises:
            LocalError: it is not whole.
        """
        if self.stage is not Stage.WHOLE or self.written_bytes != self.file.size_bytes:
            raise LocalError("a file saved that is not whole", code="transfer_misused")
        self.stage = Stage.SAVED

    def _look_whether_whole(self) -> None:
        if self.moved_bytes == self.file.size_bytes:
            self.stage = Stage.WHOLE


class Quota:
    """What one side takes in one session (security study, F4)."""

    def __init__(self) -> None:
        self._taken: dict[bytes, int] = {}

    def obstacle(self, size_bytes: int, free_bytes: int) -> str:
        """Return why a file of `size_bytes` cannot be taken, as a code, with `free_bytes` on the disk; empty if it can.

        `too_large`, `session_full` or `disk_full`.
        """
        if size_bytes > MAX_FILE_BYTES:
            return "too_large"
        if sum(self._taken.values()) + size_bytes > MAX_SESSION_BYTES:
            return "session_full"
        return "disk_full" if free_bytes - size_bytes < FREE_FLOOR_BYTES else ""

    def reserve(self, transfer: bytes, size_bytes: int) -> None:
        """Count an accepted file."""
        self._taken[transfer] = size_bytes

    def used(self, transfer: bytes, moved_bytes: int) -> None:
        """A transfer ended after `moved_bytes`: only those count."""
        if transfer in self._taken:
            self._taken[transfer] = moved_bytes


class Speed:
    """How fast bytes move, over the last few seconds; times are monotonic seconds."""

    WINDOW_S = 4.0
    _STEP_S = 0.25

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, moved_bytes: int, now: float) -> None:
        """So many bytes had moved by `now`; less than before begins anew."""
        if self._seen and moved_bytes < self._seen[-1][1]:
            self._seen.clear()
        if not self._seen or now - self._seen[-1][0] >= self._STEP_S:
            self._seen.append((now, moved_bytes))
        while len(self._seen) > 2 and now - self._seen[0][0] > self.WINDOW_S:
            self._seen.popleft()

    def forget(self) -> None:
        """Nothing moves for now."""
        self._seen.clear()

    def bytes_per_s(self, moved_bytes: int, now: float) -> float:
        """Return the mean of the last seconds; 0.0 while unknown."""
        if not self._seen or now - self._seen[0][0] < 2 * self._STEP_S:
            return 0.0
        return max(0.0, (moved_bytes - self._seen[0][1]) / (now - self._seen[0][0]))
