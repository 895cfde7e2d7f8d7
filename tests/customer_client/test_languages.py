"""Every sentence the page and the program say is there in every language, and means to be filled in alike."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_client import languages
from customer_client.languages import _, counted, current_language, system_languages, use_language
from protocol.catalogues import ENGLISH, LANGUAGES, Catalogue, best_language
from protocol.pairing import failures
from protocol.pairing.failures import told_by_peer
from tests.support.catalogue_texts import catalogue_in, placeholders, texts_of_sources, texts_of_templates

ROOT = Path(__file__).resolve().parents[2]
PAGE, PAGE_LOCALE = ROOT / "relay" / "web" / "templates", ROOT / "relay" / "web" / "locale"
CLIENT, CLIENT_LOCALE = ROOT / "customer_client", ROOT / "customer_client" / "locale"
PROTOCOL = ROOT / "protocol"
OTHERS = [language for language in LANGUAGES if language != ENGLISH]


@functools.cache
def asked_for() -> dict[Path, set[str]]:
    """The sentences that must be translated, by the folder of their catalogues."""
    said = {*texts_of_sources(CLIENT), *texts_of_sources(PROTOCOL), *errors_of(CLIENT), *errors_of(PROTOCOL), *ATTEMPTS}
    return {PAGE_LOCALE: texts_of_templates(PAGE), CLIENT_LOCALE: said}


ATTEMPTS = {*failures._TOLD.values(), failures.INTERFERED, told_by_peer("something new").user_text}
"""Why an attempt to connect ended."""

NOT_FOR_CUSTOMERS = ("audit/export", "audit/log/policy", "audit/record_file", "audit/signatures", "recording", "ids")
NOT_FOR_CUSTOMERS += ("pairing/joining_invitation", "pairing/pin", "review_key", "sealed_attachment")
"""What of `protocol` only technicians, auditors and relays use."""


def errors_of(folder: Path) -> set[str]:
    """The sentences errors bring along: `user_text="..."` of one or of a class, or of a constant of its module."""
    paths = (path for path in folder.rglob("*.py"))
    used = (path for path in paths if not str(path.relative_to(folder)).startswith(NOT_FOR_CUSTOMERS))
    return {text for path in used for text in _sentences(ast.parse(path.read_text(encoding="utf-8")))}


def _sentences(tree: ast.Module) -> Iterator[str]:
    named = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    for node in ast.walk(tree):
        if _brings_a_sentence(node):
            value = named.get(ast.unparse(node.value), node.value)
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value


def _brings_a_sentence(node: ast.AST) -> TypeGuard[ast.keyword | ast.Assign]:
    if isinstance(node, ast.keyword):
        return node.arg == "user_text"
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "user_text"


def literals(*folders: str) -> set[str]:
    """Every text that stands anywhere in the sources."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for name in folders for path in (ROOT / name).rglob("*.py"))
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


@pytest.fixture
def english_afterwards():
    yield
    use_language(ENGLISH)


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_translated(language):
    for folder, texts in asked_for().items():
        assert texts
        assert sorted(texts - set(catalogue_in(folder, language).texts)) == []


@pytest.mark.parametrize("language", OTHERS)
def test_placeholders_agree_in_every_translation(language):
    for folder in asked_for():
        texts = catalogue_in(folder, language).texts
        wrong = {text for text, forms in texts.items() if not _agree(text, forms)}
        assert wrong == set()


def _agree(text: str, forms: tuple[str, ...]) -> bool:
    # A singular may leave its number out: "the last try".
    return all(placeholders(form) == placeholders(text) for form in forms[:1]) and len(forms) <= 2


@pytest.mark.parametrize("language", OTHERS)
def test_plurals_name_the_number_where_english_does(language):
    plurals = {text: plural for text, plural in texts_of_sources(CLIENT).items() if plural}
    assert plurals
    for text, plural in plurals.items():
        forms = catalogue_in(CLIENT_LOCALE, language).texts[text]
        assert len(forms) == 2
        assert placeholders(forms[1]) == placeholders(plural)


@pytest.mark.parametrize("language", OTHERS)
def test_a_button_keeps_one_letter_that_presses_it(language):
    texts = catalogue_in(CLIENT_LOCALE, language).texts
    wrong = [text for text, forms in texts.items() if any(letters(form) != letters(text) for form in forms)]
    assert wrong == []


def letters(text: str) -> int:
    """How many letters are marked; an ampersand between words marks none."""
    return len(re.findall(r"&\w", text))


def test_no_catalogue_keeps_what_nobody_says():
    said = literals("customer_client", "protocol", "relay")
    for language in OTHERS:
        assert sorted(set(catalogue_in(CLIENT_LOCALE, language).texts) - said) == []
        assert sorted(set(catalogue_in(PAGE_LOCALE, language).texts) - texts_of_templates(PAGE)) == []


def test_all_catalogues_have_the_same_sentences():
    for folder in asked_for():
        first, *others = [set(catalogue_in(folder, language).texts) for language in OTHERS]
        assert all(other == first for other in others)


@pytest.mark.usefixtures("english_afterwards")
def test_what_is_chosen_is_said_from_then_on():
    assert (_("One moment, please"), current_language()) == ("One moment, please", "en")
    use_language("de")
    assert _("One moment, please") == "Einen Moment, bitte"
    assert counted("This is the last try.", "You have {number} tries left.", 2) == "Sie haben noch 2 Versuche."
    assert counted("This is the last try.", "You have {number} tries left.", 1) == "Das ist der letzte Versuch."
    assert _("Something nobody translated") == "Something nobody translated"
    use_language("xx")
    assert current_language() == "en"


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "de_AT.UTF-8"}, "de"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "fr_FR"}, "fr"),
        ({"LANG": "en_GB.UTF-8", "LANGUAGE": "es:en"}, "es"),
        ({"LANG": "C.UTF-8", "LANGUAGE": "de"}, "en"),
        ({"LANG": "nl_NL", "LC_MESSAGES": "es_MX"}, "es"),
        ({}, "en"),
    ],
)
def test_the_systems_language_is_the_first(environment, language, monkeypatch):
    monkeypatch.setattr(languages.sys, "platform", "linux")
    assert best_language(system_languages(environment)) == language


@given(st.sampled_from(OTHERS), st.text(max_size=30))
def test_what_people_wrote_is_never_taken_for_a_placeholder(language, text):
    assert Catalogue(language).gettext(text) == text
