"""Messages about the picture. The viewing side reports how the screen stream is received, several times a second."""

from typing import Annotated, Any

import msgspec

from protocol.messages.base import Count, Message, strict_decoder

Low16 = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]
"""The low 16 bits of a counter, as the packets of the stream carry them."""

Low16OrNone = Annotated[int, msgspec.Meta(ge=-1, le=0xFFFF)]
"""The same, or -1 while there is nothing to count."""

MAX_REPORT_BYTES = 512


class PictureReport(Message, frozen=True, tag="picture_report"):
    """How the screen stream is received. Sent each 20..150 ms while packets come; `number` counts the reports from 1.

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


_decode: Any = strict_decoder(PictureReport, max_bytes=MAX_REPORT_BYTES, what="picture report")


def decode_picture_report(data: bytes) -> PictureReport:
    """Decode a picture report that came on a channel of its own (at most 512 bytes).

    Raises:
        PeerError: too long, not MessagePack, unknown message or field, a number out of range.
    """
    report: PictureReport = _decode(data)
    return report
