"""One hop of the tunnel: datagrams inside one WebSocket, and what keeps them from piling up. Pure; time is passed in.

A WebSocket loses nothing, so whoever writes more than the line takes is heard later and later, and our rate control
learns nothing of it. Each end of a hop therefore counts what the other has received and lets only so much be under way
that it waits about `TARGET_S`; what does not leave within `MAX_AGE_S` is dropped, oldest first, as a router would.
"""

import struct
from collections import deque

from protocol.errors import PeerError

MAX_PAYLOAD_BYTES = 1500
"""The longest datagram the tunnel carries."""

MAX_AGE_S = 0.1
"""How long a datagram waits for its turn before it is dropped."""

MAX_WAITING_BYTES = 256 * 1024

TARGET_S = 0.05
"""How much later than on an empty line a datagram may arrive before less is let under way."""

START_BYTES, LEAST_BYTES, MOST_BYTES = 32 * 1024, 6 * 1024, 1024 * 1024
"""What may be under way at first, at least and at most."""

ACKNOWLEDGED_WITHIN_S = 0.01
ACKNOWLEDGED_AFTER = 32
_NEW_LINE_AFTER_S = 3.0
"""With next to nothing under way for so long, a longer way is the line's own and not our queue."""

_ADDRESSED = struct.Struct("!BHH")
_COUNTED = struct.Struct("!BI")
_DATAGRAM, _ACKNOWLEDGED = 0, 1
_COUNT_LIMIT = 2**32

MAX_FRAME_BYTES = _ADDRESSED.size + MAX_PAYLOAD_BYTES


def datagram_frame(to_port: int, from_port: int, payload: bytes) -> bytes:
    """Return the frame that carries `payload` (1 to 1500 bytes) between two ports (0..65535)."""
    return _ADDRESSED.pack(_DATAGRAM, to_port, from_port) + payload


def parse_datagram(frame: bytes) -> tuple[int, int, bytes]:
    """Return (to port, from port, payload) of a datagram's frame.

    Raises:
        PeerError: it is not one.
    """
    if not _ADDRESSED.size < len(frame) <= MAX_FRAME_BYTES or frame[0] != _DATAGRAM:
        raise _malformed()
    _, to_port, from_port = _ADDRESSED.unpack_from(frame)
    return to_port, from_port, frame[_ADDRESSED.size :]


class SendWindow:
    """How many bytes may be under way on a hop, learnt from how long what was sent takes to be received."""

    def __init__(self) -> None:
        self.size_bytes = START_BYTES
        self._under_way: deque[tuple[int, int, float]] = deque()
        self._bytes = 0
        self._sent = 0
        self._acknowledged = 0
        self._best_s = float("inf")
        self._was_full = False
        self._shrunk_at = float("-inf")
        self._least_since: float | None = None
        self._least_best_s = float("inf")

    @property
    def has_room(self) -> bool:
        """Whether another frame may be sent."""
        room = self._bytes < self.size_bytes
        self._was_full = self._was_full or not room
        return room

    def sent(self, size_bytes: int, now: float) -> None:
        """A frame was sent."""
        self._sent = (self._sent + 1) % _COUNT_LIMIT
        self._under_way.append((self._sent, size_bytes, now))
        self._bytes += size_bytes

    def acknowledged(self, count: int, now: float) -> None:
        """The other end has received `count` frames in all (modulo 2^32).

        Raises:
            PeerError: more than were sent.
        """
        new = (count - self._acknowledged) % _COUNT_LIMIT
        if new > len(self._under_way):
            raise PeerError("more acknowledged than sent", code="frame_malformed")
        self._acknowledged = count
        arrived_bytes, sent_at = 0, now
        for _ in range(new):
            _, size_bytes, sent_at = self._under_way.popleft()
            arrived_bytes += size_bytes
        self._bytes -= arrived_bytes
        if new:
            self._learn(now - sent_at, arrived_bytes, now)

    def _learn(self, took_s: float, arrived_bytes: int, now: float) -> None:
        self._best_s = min(self._best_s, took_s)
        late_s = took_s - self._best_s
        if late_s > TARGET_S:
            if now - self._shrunk_at > took_s:
                self._shrunk_at = now
                self.size_bytes = max(LEAST_BYTES, int(self.size_bytes * max(0.5, TARGET_S / late_s)))
        elif self._was_full:
            share = 1.0 if late_s < TARGET_S / 2 else arrived_bytes / self.size_bytes
            self.size_bytes = min(MOST_BYTES, self.size_bytes + int(arrived_bytes * share))
        self._was_full = False
        self._notice_longer_way(took_s, now)

    def _notice_longer_way(self, took_s: float, now: float) -> None:
        if self.size_bytes > LEAST_BYTES:
            self._least_since = None
            return
        if self._least_since is None:
            self._least_since, self._least_best_s = now, took_s
        self._least_best_s = min(self._least_best_s, took_s)
        if now - self._least_since > _NEW_LINE_AFTER_S:
            self._best_s, self._least_since = self._least_best_s, None


class Hop:
    """One end of a hop: what waits to be sent, what is under way, and what must be acknowledged.

    `offered`, `dropped` and `delivered` count datagrams: given to this end, of those never sent, and received here.
    """

    def __init__(self) -> None:
        self.offered = 0
        self.dropped = 0
        self.delivered = 0
        self._window = SendWindow()
        self._waiting: deque[tuple[bytes, float]] = deque()
        self._waiting_bytes = 0
        self._unacknowledged = 0
        self._acknowledge_at: float | None = None

    def offer(self, frame: bytes, now: float) -> None:
        """Let the frame of a datagram be sent when there is room; the oldest is dropped when too much waits."""
        self.offered += 1
        self._waiting.append((frame, now))
        self._waiting_bytes += len(frame)
        self._drop_stale(now)

    def next_frame(self, now: float) -> bytes | None:
        """Return what is to be written now; None when nothing is, or nothing may."""
        due = self._acknowledge_at is not None and now >= self._acknowledge_at
        if due or self._unacknowledged >= ACKNOWLEDGED_AFTER:
            self._acknowledge_at, self._unacknowledged = None, 0
            return _COUNTED.pack(_ACKNOWLEDGED, self.delivered % _COUNT_LIMIT)
        self._drop_stale(now)
        if not self._waiting or not self._window.has_room:
            return None
        frame, _ = self._waiting.popleft()
        self._waiting_bytes -= len(frame)
        self._window.sent(len(frame), now)
        return frame

    def wake_at(self) -> float | None:
        """Return when `next_frame` has something to say although nothing happens; None: never."""
        return self._acknowledge_at

    def received(self, frame: bytes, now: float) -> bytes | None:
        """Take a frame of the other end; return it when it is a datagram's.

        Raises:
            PeerError: neither a datagram nor an acknowledgement of what was sent.
        """
        if len(frame) == _COUNTED.size and frame[0] == _ACKNOWLEDGED:
            self._window.acknowledged(_COUNTED.unpack(frame)[1], now)
            return None
        if not _ADDRESSED.size < len(frame) <= MAX_FRAME_BYTES or frame[0] != _DATAGRAM:
            raise _malformed()
        self.delivered += 1
        self._unacknowledged += 1
        if self._acknowledge_at is None:
            self._acknowledge_at = now + ACKNOWLEDGED_WITHIN_S
        return frame

    def _drop_stale(self, now: float) -> None:
        while self._waiting and (self._waiting_bytes > MAX_WAITING_BYTES or now - self._waiting[0][1] > MAX_AGE_S):
            frame, _ = self._waiting.popleft()
            self._waiting_bytes -= len(frame)
            self.dropped += 1


def _malformed() -> PeerError:
    return PeerError("not a frame of the tunnel", code="frame_malformed")
