"""Nothing is shown that was never given to translators: in a language of strange letters, plain ones stand out."""

import dataclasses
import re
import tkinter as tk
from collections.abc import Iterator

import msgspec
from customer_stage import Stage

from customer_client.languages import use_language
from demo.customer_pages import customer_pages
from demo.pseudo_language import LONGER, pseudo_catalogue, speak_pseudo, strange
from demo.shown_page import ORGANISATION, TECHNICIAN, TICKET, ShownPage
from protocol.catalogues import ENGLISH
from protocol.chat import ChatLine
from tests.support.catalogue_texts import placeholders

SAME_EVERYWHERE = {"Deskside", "English", "Deutsch", "Espa", "ol", "Fran", "ais", "Ctrl", "Alt", "Shift", "End", "Home"}
SAME_EVERYWHERE |= {"min", "kB", "MB"}
NAMES = (TECHNICIAN, ORGANISATION, TICKET)
OURS = {"text", "next_step", "summary", "changes", "kept", "alarm"}
"""What the program itself says in a state; the rest is what people wrote, or names of theirs."""


def test_every_word_that_is_ours_was_given_to_translators(stage: Stage) -> None:
    speak_pseudo()
    never_given = {}
    try:
        for page in customer_pages():
            stage.show(page.state)
            if page.open_first:
                stage.find(page.open_first).invoke()  # type: ignore[attr-defined]
                stage.settle()
            shown = " ".join(said for top in stage.window.shown_windows() for said in texts(top))
            theirs = set(re.findall(r"[A-Za-z]+", " ".join((*words_of(page.state), *NAMES))))
            never_given[page.name] = set(re.findall(r"[A-Za-z]{2,}", shown)) - theirs - SAME_EVERYWHERE
    finally:
        use_language(ENGLISH)
    assert {name: words for name, words in never_given.items() if words} == {}


def texts(widget: tk.Misc) -> Iterator[str]:
    if isinstance(widget, tk.Toplevel):
        yield str(widget.title())
    if isinstance(widget, tk.Text):
        yield widget.get("1.0", "end")
    elif "text" in widget.keys() and widget.winfo_manager():  # noqa: SIM118
        yield str(widget.cget("text"))
    for child in widget.winfo_children():
        if not isinstance(child, tk.Toplevel):
            yield from texts(child)


def words_of(value: object) -> Iterator[str]:
    """Every text in a state that is not the program's own."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from words_of(each)
    elif isinstance(value, msgspec.Struct):  # a fact: its names are ours
        yield from words_of(getattr(value, "value", ""))
    elif isinstance(value, ChatLine):
        yield value.text
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            if field.name not in OURS:
                yield from words_of(getattr(value, field.name))


def test_the_strange_language_is_longer_and_keeps_what_is_filled_in() -> None:
    for text, forms in pseudo_catalogue().texts.items():
        assert placeholders(forms[0]) == placeholders(text)
        assert forms[0].count("&") == text.count("&")
        assert len(forms[0]) >= len(text) * (1 + LONGER) - 3
    assert strange("Stop {name} now") == "Šţöþ {name} ñöŵ öñé öñé"


def test_every_page_has_a_name_and_words_of_its_own() -> None:
    pages: tuple[ShownPage, ...] = customer_pages()
    assert len({page.name for page in pages}) == len({page.about for page in pages}) == len(pages)
