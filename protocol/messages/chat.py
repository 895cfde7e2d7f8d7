"""What the two people write to each other: on the `chat` channel, and sealed in the mailbox before there is one."""

from typing import Annotated, Any

import msgspec

from protocol.channels import CHAT
from protocol.messages.base import Count, Message, strict_decoder

MAX_CHAT_CHARACTERS = 2000
"""Of one text. At most 8000 bytes in UTF-8: with its envelope it fits a sealed record of the mailbox."""

MessageNumber = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
"""Counts one sender's texts from 1, over all connections of a session."""

Hex64 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", max_length=64)]


class ChatSent(Message, frozen=True, tag="chat_sent"):
    """A text. Sent again with the same `id` as long as it may not have arrived; the second one changes nothing.

    `at_ms` is the sender's Unix time. `text` is clean (`protocol.clean_text`) when the sender is honest.
    """

    id: MessageNumber
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_CHAT_CHARACTERS)]
    at_ms: Count


class ChatDelivered(Message, frozen=True, tag="chat_delivered"):
    """The other side's program has every text up to this `id`."""

    id: MessageNumber


class ChatSeen(Message, frozen=True, tag="chat_seen"):
    """Every text up to this `id` was on the other person's screen."""

    id: MessageNumber


class ChatAttached(Message, frozen=True, tag="chat_attached"):
    """T to C: the transcript was attached to the ticket; `sha256` (hex) is in T's lane as `chat.attached`."""

    messages: Count
    sha256: Hex64


EarlyChatMessage = ChatSent | ChatDelivered | ChatSeen
"""What may travel before the customer has decided."""

ChatMessage = ChatSent | ChatDelivered | ChatSeen | ChatAttached

_decode: Any = strict_decoder(ChatMessage, max_bytes=CHAT.max_bytes, what="chat message")


def decode_chat(data: bytes) -> ChatMessage:
    """Decode one message of the chat channel (at most 16 KiB).

    Raises:
        PeerError: too long, not MessagePack, unknown message or field.
    """
    message: ChatMessage = _decode(data)
    return message
