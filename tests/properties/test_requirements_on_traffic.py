"""Requirements of the security study's section 6 that no other test is named after; see docs/security_evidence.md."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

import protocol.messages
from protocol import channels
from protocol.errors import PeerError
from protocol.messages import clipboard, input
from protocol.messages.base import Message
from protocol.messages.session import Heartbeat, decode_control

PLACES = ("path", "folder", "directory", "drive", "glob")


def messages() -> Iterator[type[Message]]:
    """Yield every message either side can send."""
    for module in pkgutil.iter_modules(protocol.messages.__path__):
        importlib.import_module(f"protocol.messages.{module.name}")
    waiting: list[type[Message]] = [Message]
    while waiting:
        waiting += waiting[0].__subclasses__()
        yield waiting.pop(0)


def test_i5_text_to_type_is_short_and_has_no_line_ends() -> None:
    longest = input.TextTyped("x" * input.MAX_TEXT)
    assert input.MAX_TEXT <= 256
    assert input.decode_input(msgspec.msgpack.encode(longest)) == longest
    with pytest.raises(PeerError):
        input.decode_input(msgspec.msgpack.encode(input.TextTyped("x" * (input.MAX_TEXT + 1))))
    assert not any(input.is_typable(character) for character in "\n\r\t\x1b\x00")


def test_c4_the_clipboard_carries_text_and_nothing_else() -> None:
    assert clipboard.ClipboardPushed.__struct_fields__ == ("text", "event_seq")
    plain: dict[str, Any] = {"type": "clipboard", "text": "hello", "event_seq": 1}
    assert clipboard.decode_clipboard(msgspec.msgpack.encode(plain)).text == "hello"
    for more in ({"html": "<b>hello</b>"}, {"files": ["a"]}, {"text": b"hello"}, {"type": "clipboard_files"}):
        with pytest.raises(PeerError):
            clipboard.decode_clipboard(msgspec.msgpack.encode(plain | more))


def test_f7_no_message_names_a_place_on_the_customers_disk() -> None:
    named = {
        f"{one.__name__}.{field}"
        for one in messages()
        for field in one.__struct_fields__
        if any(place in field.split("_") for place in PLACES)
    }
    assert named == set()


def test_p2_messages_are_bounded_and_every_channel_is_agreed_beforehand() -> None:
    assert len({each.id for each in channels.CHANNELS}) == len(channels.CHANNELS)
    every = (*channels.CHANNELS, channels.BULK)
    assert [each.label for each in every if not 0 < each.max_bytes <= channels.MAX_MESSAGE_BYTES] == []
    assert channels.MAX_MESSAGE_BYTES == 64 * 1024


def test_p4_no_message_is_taken_with_a_field_more() -> None:
    every = list(messages())
    assert len(every) > 60
    assert [one.__name__ for one in every if not one.__struct_config__.forbid_unknown_fields] == []
    fields = msgspec.to_builtins(Heartbeat(7))
    assert decode_control(msgspec.msgpack.encode(fields)) == Heartbeat(7)
    with pytest.raises(PeerError):
        decode_control(msgspec.msgpack.encode(fields | {"also": [[[[[1]]]]]}))
