"""Chat and clipboard messages: strict decoders, and the longest honest message fits its channel."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.channels import CHANNELS, CHAT, CLIPBOARD
from protocol.errors import PeerError
from protocol.messages.base import Message, encode
from protocol.messages.chat import (
    MAX_CHAT_CHARACTERS,
    ChatAttached,
    ChatDelivered,
    ChatSeen,
    ChatSent,
    decode_chat,
)
from protocol.messages.clipboard import MAX_CLIPBOARD_BYTES, ClipboardPushed, decode_clipboard
from protocol.messages.pairing import SealedBody, decode_sealed
from protocol.messages.signaling import MAX_BODY_BYTES

numbers = st.integers(1, 2**53)
chat_messages = st.one_of(
    st.builds(ChatSent, numbers, st.text(st.characters(codec="utf-8"), min_size=1, max_size=40), st.integers(0, 2**53)),
    st.builds(ChatDelivered, numbers),
    st.builds(ChatSeen, numbers),
    st.builds(ChatAttached, st.integers(0, 2**53), st.from_regex("[0-9a-f]{64}", fullmatch=True)),
)


@given(chat_messages)
def test_every_chat_message_comes_back_as_it_went(message: Message) -> None:
    assert decode_chat(encode(message)) == message


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40), st.integers(0, 2**53))
def test_every_push_comes_back_as_it_went(text: str, seq: int) -> None:
    assert decode_clipboard(encode(ClipboardPushed(text, seq))) == ClipboardPushed(text, seq)


@pytest.mark.parametrize("decode", [decode_chat, decode_clipboard])
@given(data=st.binary(max_size=300) | st.builds(msgspec.msgpack.encode, st.dictionaries(st.text(), numbers)))
def test_whatever_the_bytes_only_the_peer_is_blamed(decode, data: bytes) -> None:
    with suppress(PeerError):
        decode(data)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "chat_sent", "id": 0, "text": "x", "at_ms": 0},
        {"type": "chat_sent", "id": 1, "text": "", "at_ms": 0},
        {"type": "chat_sent", "id": 1, "text": "x" * (MAX_CHAT_CHARACTERS + 1), "at_ms": 0},
        {"type": "chat_sent", "id": 1, "text": "x", "at_ms": 0, "html": "<b>"},
        {"type": "chat_attached", "messages": 1, "sha256": "0" * 63 + "G"},
        {"type": "chat_attached", "messages": 1, "sha256": "0" * 64 + "\n"},
        {"type": "chat_deleted", "id": 1},
    ],
)
def test_chat_messages_out_of_range_are_refused(message: dict[str, object]) -> None:
    with pytest.raises(PeerError):
        decode_chat(msgspec.msgpack.encode(message))


def test_the_longest_texts_fit_their_channels_and_the_mailbox() -> None:
    pushed = encode(ClipboardPushed("x" * MAX_CLIPBOARD_BYTES, 2**53))
    assert len(pushed) <= CLIPBOARD.max_bytes
    assert decode_clipboard(pushed)
    sent = encode(ChatSent(2**53, "\N{GRINNING FACE}" * MAX_CHAT_CHARACTERS, 2**53))
    assert len(sent) <= CHAT.max_bytes
    assert decode_chat(sent)
    assert len(encode(SealedBody(sent + bytes(16)))) <= MAX_BODY_BYTES
    assert decode_sealed(sent)


def test_a_transcript_notice_does_not_travel_before_the_session() -> None:
    with pytest.raises(PeerError):
        decode_sealed(encode(ChatAttached(1, "0" * 64)))


def test_chat_and_clipboard_have_streams_of_their_own_that_survive() -> None:
    assert (CLIPBOARD.id, CHAT.id) == (4, 5)
    assert CLIPBOARD.survives
    assert CHAT.survives
    assert len({channel.id for channel in CHANNELS}) == len(CHANNELS)
