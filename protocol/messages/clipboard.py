"""Text for the other side's clipboard, on the `clipboard` channel. Each push is one deliberate act of a person."""

import hashlib
from typing import Annotated, Any

import msgspec

from protocol.channels import CLIPBOARD
from protocol.messages.base import Count, Message, strict_decoder

MAX_CLIPBOARD_BYTES = 60 * 1024
"""UTF-8 bytes of one text: with its envelope it fits the longest message of a channel, 64 KiB."""


class ClipboardPushed(Message, frozen=True, tag="clipboard"):
    """The sender put `text` on the receiver's clipboard. `event_seq` is the sender's signed `clipboard.sent` event.

    `text` is clean (`protocol.clean_text`) and at most MAX_CLIPBOARD_BYTES in UTF-8; the receiver cleans it again.
    """

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_CLIPBOARD_BYTES)]
    event_seq: Count


def text_digest(text: str) -> str:
    """Return the SHA-256 of the text's UTF-8, in hex: all the record says of it beside its length."""
    return hashlib.sha256(text.encode()).hexdigest()


_decode: Any = strict_decoder(ClipboardPushed, max_bytes=CLIPBOARD.max_bytes, what="clipboard message")


def decode_clipboard(data: bytes) -> ClipboardPushed:
    """Decode one message of the clipboard channel (at most 64 KiB).

    Raises:
        PeerError: too long, not MessagePack, unknown message or field.
    """
    message: ClipboardPushed = _decode(data)
    return message
