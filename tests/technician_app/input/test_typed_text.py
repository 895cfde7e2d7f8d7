from hypothesis import given
from hypothesis import strategies as st

from protocol.messages.base import encode
from protocol.messages.input import KeyChanged, TextTyped, decode_input, is_typable
from technician_app.input.typed_text import PORTION, TypedText, chord, cleaned, needs_preview


def typed(messages) -> str:
    keys = {"Enter": "\n", "Tab": "\t"}
    return "".join(
        message.text if isinstance(message, TextTyped) else keys[message.code] * message.down for message in messages
    )


def all_of(text: TypedText) -> list:
    messages = []
    while not text.finished:
        messages += text.next_portion()
    return messages


def test_line_ends_and_tabs_become_keys_and_the_last_line_end_is_not_pressed():
    assert typed(all_of(TypedText("ls\tx\r\ncd ..\rpwd\n\n"))) == "ls\tx\ncd ..\npwd"


def test_control_characters_and_what_turns_text_around_are_not_typed():
    assert cleaned("a\x1b[31mb\x00c\u202ed") == "a[31mbcd"


def test_several_lines_or_a_long_text_are_shown_first():
    assert needs_preview("a\nb")
    assert needs_preview("x" * 257)
    assert not needs_preview("x" * 256)


def test_a_chord_is_let_go_in_the_reverse_order():
    assert chord("AltLeft", "F4") == [
        KeyChanged(code="AltLeft", down=True),
        KeyChanged(code="F4", down=True),
        KeyChanged(code="F4", down=False),
        KeyChanged(code="AltLeft", down=False),
    ]


@given(st.text(max_size=200))
def test_every_text_arrives_whole_in_small_portions_that_the_customer_accepts(text):
    source = TypedText(text)
    messages = []
    while not source.finished:
        before = source.done
        portion = source.next_portion()
        assert 0 < source.done - before <= PORTION
        messages += portion
    assert all(decode_input(encode(message)) == message for message in messages)
    assert typed(messages) == cleaned(text)
    assert all(one in "\n\t" or is_typable(one) for one in cleaned(text))
