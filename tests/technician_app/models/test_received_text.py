import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QTextDocument

from technician_app.models.received_text import shown_line, shown_text, shown_tip


def test_control_and_escape_characters_are_visible():
    assert shown_line("a\x1b[31mred\x00\x7f\x85") == "a␛[31mred␀␡⟨U+0085⟩"


def test_bidi_and_zero_width_characters_are_visible():
    assert shown_line("exe\u202egnp.\u200bx\u2066") == "exe⟨U+202E⟩gnp.⟨U+200B⟩x⟨U+2066⟩"


def test_a_line_stays_one_line_and_a_text_keeps_its_breaks():
    assert shown_line("a\nb\tc") == "a b␉c"
    assert shown_text("a\r\nb\tc") == "a\nb\tc"


def test_markup_is_left_as_it_is():
    assert shown_line("<b>bold</b> & co") == "<b>bold</b> & co"


def test_a_tool_tip_shows_markup_literally():
    tip = shown_tip("one <img src=x> &lt; two")
    assert tip.startswith("<span>")
    document = QTextDocument()
    document.setHtml(tip)
    assert document.toPlainText() == "one <img src=x> &lt; two"


@given(st.text(max_size=600), st.integers(1, 300))
def test_nothing_shown_is_invisible_or_longer_than_the_limit(text, limit):
    line = shown_line(text, limit)
    assert len(line) <= limit
    assert all(unicodedata.category(one) not in ("Cc", "Cs", "Zl", "Zp") for one in line)
    assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
    assert len(shown_text(text, limit)) <= limit


def test_a_huge_text_is_cut_and_says_so():
    assert shown_line("x" * 10_000_000, 20) == "x" * 19 + "…"
