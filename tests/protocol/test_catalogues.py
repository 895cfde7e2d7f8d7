import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.catalogues import LANGUAGES, Catalogue, best_language, is_singular, read_catalogue
from protocol.errors import LocalError

PO = r"""
# A comment
msgid ""
msgstr ""
"Language: de\n"

#: where.py:1
msgid "Hello"
msgstr "Guten Tag"

msgid ""
"A long "
"sentence\twith \"quotes\"\n"
msgstr ""
"Ein langer "
"Satz\tmit „Anführung“\n"

msgid "%(n)s minute"
msgid_plural "%(n)s minutes"
msgstr[0] "%(n)s Minute"
msgstr[1] "%(n)s Minuten"

msgid "Not yet"
msgstr ""
"""


def test_a_catalogue_says_what_is_translated_and_english_otherwise():
    german = read_catalogue("de", PO)
    assert german.gettext("Hello") == "Guten Tag"
    assert german.gettext('A long sentence\twith "quotes"\n') == "Ein langer Satz\tmit „Anführung“\n"
    assert german.gettext("Not yet") == "Not yet"
    assert german.gettext("Unknown") == "Unknown"
    assert german.gettext("") == "", "the header is no sentence"


def test_a_number_takes_the_form_that_goes_with_it():
    german = read_catalogue("de", PO)
    assert [german.ngettext("%(n)s minute", "%(n)s minutes", n) for n in (0, 1, 2)] == [
        *("%(n)s Minuten", "%(n)s Minute", "%(n)s Minuten")
    ]
    assert Catalogue("en").ngettext("one", "many", 1) == "one"
    assert Catalogue("en").ngettext("one", "many", 2) == "many"
    assert [is_singular("fr", n) for n in (0, 1, 2)] == [True, True, False]


@pytest.mark.parametrize("line", ["msgctxt", '"before any keyword"', 'msgid "open', "nonsense", 'msgstr "a" "b"'])
def test_a_line_that_is_not_understood_is_our_bug(line):
    with pytest.raises(LocalError):
        read_catalogue("de", line)


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (["de-AT", "en"], "de"),
        (["fr_CA.UTF-8"], "fr"),
        (["pt-BR", "ES"], "es"),
        (["nl", "C", "POSIX"], "en"),
        ([], "en"),
        (["en-GB", "de"], "en"),
    ],
)
def test_the_first_language_there_is_wins(wanted, language):
    assert best_language(wanted) == language


@given(st.lists(st.text(max_size=40), max_size=5))
def test_any_wishes_give_a_language(wanted):
    assert best_language(wanted) in LANGUAGES
