"""Messages about the picture: reception and wishes (T to C), its quality and the customer's pointer (C to T)."""

from enum import Enum
from typing import Annotated, Any

import msgspec

from protocol.channels import CURSOR
from protocol.errors import PeerError
from protocol.messages.base import Count, Message, strict_decoder

Low16 = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]
"""The low 16 bits of a counter, as the packets of the stream carry them."""

Low16OrNone = Annotated[int, msgspec.Meta(ge=-1, le=0xFFFF)]
"""The same, or -1 while there is nothing to count."""

MAX_REPORT_BYTES = 512


class PictureReport(Message, frozen=True, tag="picture_report", array_like=True):
    """How the screen stream is received. Sent each 20..150 ms while packets come; `number` counts the reports from 1.
    On the wire it is an array, `picture_report` and then the fields: the names would be most of it.

    `highest_packet` is the newest packet, which came `held_us` before this was sent, at `arrived_us` of the sender's
    clock (any origin). `received_bytes` and `lost_packets` count from the beginning. `delay_us` is the shortest
    one-way delay since the last report, relative to an unknown offset. `completed_update` is the last update that was
    whole and in order, `applied_update` the last one that is in the frame buffer; both -1 before the first.
    `new_epoch` asks for a new epoch, as a PLI does.
    """

    number: Count
    highest_packet: Low16
    received_bytes: Count
    lost_packets: Count
    arrived_us: Count
    held_us: Count
    delay_us: Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)] | None
    completed_update: Low16OrNone
    applied_update: Low16OrNone
    new_epoch: bool


class PicturePreset(Enum):
    """What the picture gives up first when the line is thin; the technician's choice."""

    SHARP = "sharp"
    BALANCED = "balanced"
    THRIFTY = "thrifty"


class PictureWanted(Message, frozen=True, tag="picture_wanted"):
    """Sent when the technician chose another preset than `balanced`, and at each change; with `figures` C also tells
    times that only interest who looks at them.
    """

    preset: PicturePreset
    figures: bool


class PictureQuality(Message, frozen=True, tag="picture_quality"):
    """How good the picture is at present and why, at most once a second and only when it changed.

    `reduced` says that the line is to blame for less than the preset gives. `rate_kbit` is what the line takes,
    `loss_permille` what it loses. `scale_percent` is 100, or 50 for a picture of half the display's width and height
    (rounded up). `photo_quality` (percent) and `updates_per_s` are the most there is now. `capture_us` and `encode_us`
    are the newest times from looking at the screen to encoding, and of encoding.
    """

    reduced: bool
    rate_kbit: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
    loss_permille: Annotated[int, msgspec.Meta(ge=0, le=1000)]
    scale_percent: Annotated[int, msgspec.Meta(ge=1, le=100)]
    photo_quality: Annotated[int, msgspec.Meta(ge=1, le=100)]
    updates_per_s: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    capture_us: Annotated[int, msgspec.Meta(ge=0, le=60_000_000)]
    encode_us: Annotated[int, msgspec.Meta(ge=0, le=60_000_000)]


MAX_CURSOR_SIDE = 128
CursorSide = Annotated[int, msgspec.Meta(ge=1, le=MAX_CURSOR_SIDE)]
MAX_CURSOR_BYTES = 60 * 1024


class CursorShapeChanged(Message, frozen=True, tag="cursor_shape"):
    """What the pointer looks like: rows without gaps, top first, of blue, green, red and opacity, premultiplied.

    `pixels` is width x height x 4 bytes; the pixel at (`hot_x`, `hot_y`) is the one that points.
    """

    serial: Count
    width: CursorSide
    height: CursorSide
    hot_x: Annotated[int, msgspec.Meta(ge=0, lt=MAX_CURSOR_SIDE)]
    hot_y: Annotated[int, msgspec.Meta(ge=0, lt=MAX_CURSOR_SIDE)]
    pixels: Annotated[bytes, msgspec.Meta(max_length=MAX_CURSOR_BYTES)]


class CursorPlaced(Message, frozen=True, tag="cursor_place"):
    """Where the pointer points, in pixels of the shared display; not `visible` while it is on another display."""

    x: Annotated[int, msgspec.Meta(ge=-32768, le=32767)]
    y: Annotated[int, msgspec.Meta(ge=-32768, le=32767)]
    visible: bool


CursorMessage = CursorShapeChanged | CursorPlaced

_decode_cursor: Any = strict_decoder(CursorMessage, max_bytes=CURSOR.max_bytes, what="cursor message")
_decode: Any = strict_decoder(PictureReport, max_bytes=MAX_REPORT_BYTES, what="picture report")


def decode_picture_report(data: bytes) -> PictureReport:
    """Decode a picture report that came on a channel of its own (at most 512 bytes).

    Raises:
        PeerError: too long, not MessagePack, unknown message or field, a number out of range.
    """
    report: PictureReport = _decode(data)
    return report


def decode_cursor(data: bytes) -> CursorMessage:
    """Decode one message of the cursor channel (at most 64 KiB).

    Raises:
        PeerError: too long, not MessagePack, unknown message or field, or pixels that do not fit the size.
    """
    message: CursorMessage = _decode_cursor(data)
    if isinstance(message, CursorShapeChanged) and len(message.pixels) != message.width * message.height * 4:
        raise PeerError("a pointer whose pixels do not fit its size", code="frame_malformed")
    return message
