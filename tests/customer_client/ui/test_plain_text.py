"""Text from elsewhere can not hide, reorder or imitate the words of the window."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from customer_client.ui.plain_text import MAX_STACKED_MARKS, plain_exact, plain_line

ANY_TEXT = st.text(st.characters(), max_size=80)
UNSHOWABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(ANY_TEXT)
@example("a\u0300\u0300\u0300\u200d\u0300")
@example("Example\u202eLtd\u2066 \x00\x1b[31m\ud800")
def test_a_line_holds_only_characters_that_show(text: str) -> None:
    assert not {unicodedata.category(char) for char in plain_line(text)} & UNSHOWABLE


@given(ANY_TEXT)
@example("a\u0300\u0300\u0300\u200d\u0300")
@example("a\u0301\u2800\u0301")
def test_making_a_line_plain_twice_changes_nothing(text: str) -> None:
    assert plain_line(plain_line(text)) == plain_line(text)


@given(ANY_TEXT, st.integers(1, 30))
def test_a_line_is_never_longer_than_asked_and_says_when_it_was_cut(text: str, most: int) -> None:
    whole = plain_line(text, 1000)
    cut = plain_line(text, most)
    assert len(cut) <= most
    assert cut == whole if len(whole) <= most else cut.endswith("…")


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=80))
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert plain_line(text) == text
    assert plain_exact(text) == text


@given(ANY_TEXT)
def test_marks_never_stack_high_enough_to_paint_over_other_lines(text: str) -> None:
    stacked = 0
    for char in plain_line(text):
        stacked = stacked + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        assert stacked <= MAX_STACKED_MARKS


@given(ANY_TEXT)
def test_exact_text_shows_everything_and_keeps_its_lines(text: str) -> None:
    shown = plain_exact(text)
    assert not {unicodedata.category(char) for char in shown if char != "\n"} & UNSHOWABLE
    assert shown.count("\n") == text.count("\n")


@pytest.mark.parametrize(
    ("received", "line", "exact"),
    [
        ("Exa\u202emple", "Example", "Exa<U+202E>mple"),
        ("Exa\u200bmple", "Example", "Exa<U+200B>mple"),
        ("two\nlines\there", "two lines here", "two\nlines    here"),
        ("bell\x07", "bell␇", "bell␇"),
        ("\x1b[1m", "␛[1m", "␛[1m"),
        ("far      away\u3164\u3164.", "far away .", "far      away<U+3164><U+3164>."),
        ("Grüße, Ødegård", "Grüße, Ødegård", "Grüße, Ødegård"),
        ("\U0001f600", "\ufffd", "<U+1F600>"),
    ],
)
def test_known_tricks_are_disarmed(received: str, line: str, exact: str) -> None:
    assert plain_line(received) == line
    assert plain_exact(received) == exact
