"""Files: offered, answered and steered on the channel `files`; their bytes on `bulk`, on a connection of its own.

docs/protocol.md, section 4, "Files". A transfer is named by 16 random bytes of the side that sends the file.
"""

from typing import Annotated, Any

import msgspec

from protocol.channels import BULK, FILES
from protocol.messages.base import Count, Key32, Message, ShortText, strict_decoder
from protocol.messages.session import ChannelBinding

MAX_FILE_BYTES = 2_000_000_000
"""The longest file (2 GB)."""

MAX_SESSION_BYTES = 5_000_000_000
"""What one side takes in one session (5 GB)."""

CHUNK_BYTES = 16 * 1024 - 128
"""Bytes of the file in one message; the message stays within 16 KiB."""

MAX_NAME_CHARACTERS = 120
MAX_SDP_CHARACTERS = 12 * 1024

Transfer = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
Offset = Annotated[int, msgspec.Meta(ge=0, le=MAX_FILE_BYTES)]
ReasonCode = Annotated[str, msgspec.Meta(pattern="^[a-z_]+$", min_length=1, max_length=40)]
ConnectionNumber = Annotated[int, msgspec.Meta(ge=1, le=2**31)]


class FilesWanted(Message, frozen=True, tag="files_wanted"):
    """T to C: would you give me a file? `what` is for the customer to read; `ask_seq` is T's signed `consent.ask`."""

    request: Transfer
    what: ShortText
    ask_seq: Count


class FilesRefused(Message, frozen=True, tag="files_refused"):
    """C to T: no file for this request."""

    request: Transfer
    reason: ReasonCode


class FileOffered(Message, frozen=True, tag="file_offered"):
    """The sender has this file to give. `event_seq` is its signed `file.offered`, which says the same.

    `ask_seq` is the signed `consent.ask` the offer belongs to (T to C), -1 when the permission is granted; `request` is
    the wish it answers (C to T), empty when nobody asked.
    """

    transfer: Transfer
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME_CHARACTERS)]
    size_bytes: Offset
    sha256: Key32
    event_seq: Count
    ask_seq: Annotated[int, msgspec.Meta(ge=-1, le=2**53)] = -1
    request: Annotated[bytes, msgspec.Meta(max_length=16)] = b""


class FileAnswered(Message, frozen=True, tag="file_answered"):
    """The receiver's answer. `event_seq` is its signed `file.accepted` or `file.declined`; `reason` is for a no."""

    transfer: Transfer
    accepted: bool
    reason: Annotated[str, msgspec.Meta(pattern="^[a-z_]*$", max_length=40)]
    event_seq: Count


class FileReady(Message, frozen=True, tag="file_ready"):
    """The receiver holds the first `offset` bytes, whose SHA-256 is `prefix_sha256`, and takes what follows.

    Sent once for each connection for the bytes: `connection` is its number.
    """

    transfer: Transfer
    connection: ConnectionNumber
    offset: Offset
    prefix_sha256: Key32


class FilePaused(Message, frozen=True, tag="file_paused"):
    """The person at the other side holds the transfer (true), or lets it go on."""

    transfer: Transfer
    paused: bool


class FileCancelled(Message, frozen=True, tag="file_cancelled"):
    """The transfer is over without a file: either side, at any time, with why."""

    transfer: Transfer
    reason: ReasonCode


class FileSaved(Message, frozen=True, tag="file_saved"):
    """The receiver has the whole file, its SHA-256 is the one offered; `event_seq` is its signed `file.received`."""

    transfer: Transfer
    event_seq: Count


class BulkWanted(Message, frozen=True, tag="bulk_wanted"):
    """T to C: there are bytes to move, and the connection numbered `broken` (0: none yet) carries none."""

    broken: Annotated[int, msgspec.Meta(ge=0, le=2**31)]


class BulkOffered(Message, frozen=True, tag="bulk_offered"):
    """C to T: the SDP offer of connection `number` for the bytes; a newer number replaces an older one."""

    number: ConnectionNumber
    sdp: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_SDP_CHARACTERS)]


class BulkAnswered(Message, frozen=True, tag="bulk_answered"):
    """T to C: the SDP answer to it."""

    number: ConnectionNumber
    sdp: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_SDP_CHARACTERS)]


FilesMessage = (
    FilesWanted
    | FilesRefused
    | FileOffered
    | FileAnswered
    | FileReady
    | FilePaused
    | FileCancelled
    | FileSaved
    | BulkWanted
    | BulkOffered
    | BulkAnswered
)


class FileChunk(Message, frozen=True, tag="chunk"):
    """On `bulk`: the bytes of a file from `offset` on."""

    transfer: Transfer
    offset: Offset
    data: Annotated[bytes, msgspec.Meta(min_length=1, max_length=CHUNK_BYTES)]


class ChunksTaken(Message, frozen=True, tag="taken"):
    """On `bulk`: the receiver got everything up to `received`, and has room up to `credit` (from the beginning)."""

    transfer: Transfer
    received: Offset
    credit: Offset


BulkMessage = ChannelBinding | FileChunk | ChunksTaken

_decode_files: Any = strict_decoder(FilesMessage, max_bytes=FILES.max_bytes, what="files message")
_decode_bulk: Any = strict_decoder(BulkMessage, max_bytes=BULK.max_bytes, what="bulk message")


def decode_files(data: bytes) -> FilesMessage:
    """Decode one message of the files channel (at most 64 KiB).

    Raises:
        PeerError: too long, not MessagePack, unknown message or field, a value out of range.
    """
    message: FilesMessage = _decode_files(data)
    return message


def decode_bulk(data: bytes) -> BulkMessage:
    """Decode one message of the bulk channel (at most 16 KiB).

    Raises:
        PeerError: as `decode_files`.
    """
    message: BulkMessage = _decode_bulk(data)
    return message
