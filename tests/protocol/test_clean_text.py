"""Text that goes to a clipboard or into a conversation: nothing hidden is left, and cleaning twice changes nothing."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocol.clean_text import clean_text, utf8_size

TRICKY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\u200b\u200c\u200d\u202e\u2066\u2069\ufeff\u00ad\u034f\u3164\u2028\x00\x1b\x7f\x85\r\n\t"),
        st.sampled_from("e\u0301\u0327\u0645\u06cc\N{WOMAN}\N{PERSONAL COMPUTER}K\u212a\u1100\u1161"),
    ),
    max_size=60,
)


@settings(max_examples=3000)
@given(TRICKY)
@example("e\u200b\u0301")
@example("\u0301\u200d\u0645\u200b\u0654")
@example("a\u200d\u200d\u0645\u200c\u200d\u0645")
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@settings(max_examples=3000)
@given(TRICKY)
def test_nothing_hidden_is_left_and_it_is_nfc(text: str) -> None:
    cleaned = clean_text(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    for character in cleaned:
        assert character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
        assert not 0x202A <= ord(character) <= 0x202E
        assert not 0x2066 <= ord(character) <= 0x2069
        assert character not in "\u200b\u200e\u200f\u2060\ufeff\u00ad\u061c\u180e"


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E) | st.sampled_from("\n\t")))
def test_plain_ascii_stays_as_it_is(text: str) -> None:
    assert clean_text(text) == text


@given(TRICKY)
def test_cleaned_text_can_always_be_encoded(text: str) -> None:
    assert utf8_size(clean_text(text)) == len(clean_text(text).encode())


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("rm \u202e-rf\u202c", "rm -rf"),
        ("cur\u200bl\x1b[2K", "curl[2K"),
        ("su\u200ddo", "sudo"),
        ("\u0645\u06cc\u200c\u0631\u0648\u062f", "\u0645\u06cc\u200c\u0631\u0648\u062f"),
        ("\N{WOMAN}\u200d\N{PERSONAL COMPUTER}", "\N{WOMAN}\u200d\N{PERSONAL COMPUTER}"),
        ("cafe\u0301", "caf\u00e9"),
        ("half \ud83d", "half "),
    ],
)
def test_what_is_seen_stays_and_what_is_hidden_goes(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned
