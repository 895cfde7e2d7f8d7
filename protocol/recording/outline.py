"""A recording's outline: its header and the heads of its segments, so that no more than wanted need be fetched. Pure.

What it says is believed by nobody: every head is bound to its sealed segment, and checked when that is opened.
"""

from collections.abc import Callable

from protocol.errors import PeerError
from protocol.recording.container import HEAD_BYTES, START_BYTES, header_length, read_head

MAX_HEADS = 65_536
"""Of the segments that are outlined; those that come later are found by reading the recording."""

MAX_OUTLINE_BYTES = START_BYTES + 16 * 1024 + MAX_HEADS * HEAD_BYTES

Read = Callable[[int, int], bytes]
"""Returns so many bytes from an offset on, fewer at the end."""


def outline_of(read: Read) -> bytes:
    """Return the start, the header and the heads of a recording; those before the first that is none.

    Raises:
        PeerError: not a recording (`recording_malformed`).
    """
    start = read(0, START_BYTES)
    offset = START_BYTES + header_length(start)
    parts = [start, read(START_BYTES, offset - START_BYTES)]
    for _ in range(MAX_HEADS):
        head = read(offset, HEAD_BYTES)
        try:
            offset += HEAD_BYTES + read_head(head).sealed_bytes
        except PeerError:
            break
        parts.append(head)
    return b"".join(parts)


def outlined(outline: bytes) -> dict[int, bytes]:
    """Return what an outline says stands where in the recording: bytes by their offset.

    Raises:
        PeerError: it is no outline (`recording_malformed`).
    """
    offset = at = START_BYTES + header_length(outline[:START_BYTES])
    known = {0: outline[:START_BYTES], START_BYTES: outline[START_BYTES:offset]}
    while at < len(outline):
        head = outline[at : at + HEAD_BYTES]
        known[offset] = head
        offset += HEAD_BYTES + read_head(head).sealed_bytes
        at += HEAD_BYTES
    return known
