import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.catalogues import LANGUAGES
from relay.web.languages import chosen_language, wanted_languages


@pytest.mark.parametrize(
    ("chosen", "header", "language"),
    [
        (None, "de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7", "de"),
        (None, "nl, fr;q=0.5, es;q=0.9", "es"),
        (None, "de;q=0, fr", "fr"),
        (None, "", "en"),
        (None, "*", "en"),
        ("fr", "de", "fr"),
        ("xx", "de", "de"),
        ("../../secret", "", "en"),
    ],
)
def test_the_language_is_chosen_by_hand_or_by_the_browser(chosen, header, language):
    assert chosen_language(chosen, header) == language


def test_a_long_header_is_not_read_to_its_end():
    assert wanted_languages("xx," * 5000 + "de") == ["xx"] * 20


@given(st.text(max_size=200))
def test_any_header_gives_a_language(header):
    assert chosen_language(None, header) in LANGUAGES
