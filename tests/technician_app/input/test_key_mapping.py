from unicodedata import normalize

from hypothesis import given
from hypothesis import strategies as st

from protocol.messages.base import encode
from protocol.messages.input import KeyChanged, TextTyped, decode_input, is_typable
from technician_app.input.key_mapping import Desktop, KeyStroke, KeyTranslator, text_messages

A, BACKSPACE, CONTROL, SHIFT, ENTER = 38, 22, 37, 50, 36


def stroke(scan: int, text: str = "", *, down: bool = True, **more: bool) -> KeyStroke:
    return KeyStroke(native_scan_code=scan, native_virtual_key=0, text=text, down=down, **more)


def test_a_printable_key_travels_as_text_and_its_release_as_nothing():
    keys = KeyTranslator(Desktop.EVDEV)
    assert keys.translate(stroke(A, "å")) == [TextTyped(text="å")]
    assert keys.translate(stroke(A, "å", down=False)) == []


def test_a_shortcut_travels_as_physical_keys():
    keys = KeyTranslator(Desktop.EVDEV)
    sent = keys.translate(stroke(CONTROL))
    sent += keys.translate(stroke(A, "\x01", control=True))
    sent += keys.translate(stroke(A, "\x01", control=True, down=False))
    sent += keys.translate(stroke(CONTROL, down=False))
    assert sent == [
        KeyChanged(code="ControlLeft", down=True),
        KeyChanged(code="KeyA", down=True),
        KeyChanged(code="KeyA", down=False),
        KeyChanged(code="ControlLeft", down=False),
    ]


def test_a_key_pressed_with_control_goes_up_even_when_control_went_first():
    keys = KeyTranslator(Desktop.EVDEV)
    keys.translate(stroke(CONTROL))
    keys.translate(stroke(A, "\x01", control=True))
    keys.translate(stroke(CONTROL, down=False))
    assert keys.translate(stroke(A, "a", down=False)) == [KeyChanged(code="KeyA", down=False)]
    assert keys.held == frozenset()


def test_holding_a_printable_key_repeats_text():
    keys = KeyTranslator(Desktop.EVDEV)
    sent = keys.translate(stroke(A, "a"))
    for _ in range(3):
        sent += keys.translate(stroke(A, "a", down=False, repeat=True))
        sent += keys.translate(stroke(A, "a", repeat=True))
    sent += keys.translate(stroke(A, "a", down=False))
    assert sent == [TextTyped(text="a")] * 4


def test_holding_another_key_is_one_press_and_one_release():
    keys = KeyTranslator(Desktop.EVDEV)
    sent = keys.translate(stroke(BACKSPACE, "\b"))
    for _ in range(3):
        sent += keys.translate(stroke(BACKSPACE, "\b", down=False, repeat=True))
        sent += keys.translate(stroke(BACKSPACE, "\b", repeat=True))
    sent += keys.translate(stroke(BACKSPACE, "\b", down=False))
    assert sent == [KeyChanged(code="Backspace", down=True), KeyChanged(code="Backspace", down=False)]


def test_enter_is_a_key_and_not_text():
    assert KeyTranslator(Desktop.EVDEV).translate(stroke(ENTER, "\r")) == [KeyChanged(code="Enter", down=True)]


def test_altgr_on_windows_types_text_although_windows_says_control_and_alt():
    euro = KeyStroke(native_scan_code=0x12, native_virtual_key=0, text="€", down=True, control=True, alt=True)
    assert KeyTranslator(Desktop.WINDOWS).translate(euro) == [TextTyped(text="€")]
    assert KeyTranslator(Desktop.EVDEV).translate(stroke(26, "e", control=True, alt=True)) == [
        KeyChanged(code="KeyE", down=True)
    ]


def test_option_on_macos_types_text():
    at = KeyStroke(native_scan_code=1, native_virtual_key=0x25, text="@", down=True, alt=True)
    assert KeyTranslator(Desktop.MACOS).translate(at) == [TextTyped(text="@")]


def test_an_unknown_key_sends_nothing():
    keys = KeyTranslator(Desktop.EVDEV)
    assert keys.translate(stroke(7)) == []
    assert keys.translate(stroke(7, down=False)) == []


def test_after_forgetting_releases_are_not_sent_again():
    keys = KeyTranslator(Desktop.EVDEV)
    keys.translate(stroke(SHIFT))
    keys.forget()
    assert keys.translate(stroke(SHIFT, down=False)) == []


@given(st.text(max_size=300))
def test_composed_text_is_split_and_stripped_so_that_every_message_is_accepted(text):
    messages = text_messages(text)
    assert all(decode_input(encode(message)) == message for message in messages)
    typed = "".join(message.text for message in messages)
    assert normalize("NFC", typed) == normalize("NFC", "".join(one for one in text if is_typable(one)))


@given(
    st.lists(st.tuples(st.sampled_from([A, BACKSPACE, CONTROL, SHIFT, 7]), st.booleans(), st.booleans(), st.booleans()))
)
def test_whatever_is_pressed_every_key_sent_down_is_held_until_sent_up(strokes):
    keys, down = KeyTranslator(Desktop.EVDEV), set()
    for scan, is_down, repeat, control in strokes:
        text = "a" if scan == A else ""
        for message in keys.translate(stroke(scan, text, down=is_down, repeat=repeat, control=control)):
            if isinstance(message, KeyChanged):
                assert (message.code in down) is not message.down
                (down.add if message.down else down.remove)(message.code)
        assert keys.held == down
