"""Updates on the wire without what their receiver knows from the one before. Pure; one thread at a time.

An update that follows another of its epoch begins with u8 format (3), u16 milliseconds since that one was captured, u8
count of operations, little-endian; its epoch, number and size follow from the other. The receiver gives it its whole
head again before anything else looks at it, so what is decoded or recorded is the same as without all this.
"""

import struct
from typing import NamedTuple

from protocol.picture.updates import FORMAT, HEADER

SHORT_FORMAT = 3

_SHORT = struct.Struct("<BHB")
_LONGEST_MS, _MOST_OPERATIONS, _CLOCK_MS = 0xFFFF, 0xFF, 1 << 32


class _Head(NamedTuple):
    form: int
    epoch: int
    number: int
    captured_ms: int
    width: int
    height: int
    operations: int

    def following(self, since_ms: int, operations: int) -> "_Head":
        """Return the head of the next update of the epoch."""
        captured_ms = (self.captured_ms + since_ms) % _CLOCK_MS
        return _Head(FORMAT, self.epoch, self.number + 1, captured_ms, self.width, self.height, operations)


class HeadShortener:
    """The sending end; sees every update of one stream."""

    def __init__(self) -> None:
        self._before: _Head | None = None

    def shortened(self, update: bytes) -> bytes:
        """Return `update` as it travels: with a short head where that says all."""
        head = _Head(*HEADER.unpack_from(update)) if len(update) >= HEADER.size else None
        before, self._before = self._before, head
        if head is None or before is None or head.operations > _MOST_OPERATIONS:
            return update
        since_ms = (head.captured_ms - before.captured_ms) % _CLOCK_MS
        if since_ms > _LONGEST_MS or head != before.following(since_ms, head.operations):
            return update
        return _SHORT.pack(SHORT_FORMAT, since_ms, head.operations) + update[HEADER.size :]


class HeadRestorer:
    """The receiving end; sees every update of one stream, in order."""

    def __init__(self) -> None:
        self._before: _Head | None = None

    def restored(self, data: bytes, *, starts_epoch: bool) -> bytes:
        """Return the update that travelled as `data`; what is no update, or follows none, comes back as it is."""
        if starts_epoch:
            self._before = None
        if self._before is not None and len(data) >= _SHORT.size and data[0] == SHORT_FORMAT:
            _form, since_ms, count = _SHORT.unpack_from(data)
            head = self._before.following(since_ms, count)
            if head.number < _CLOCK_MS:
                data = HEADER.pack(*head) + data[_SHORT.size :]
        self._before = _Head(*HEADER.unpack_from(data)) if len(data) >= HEADER.size else None
        return data
