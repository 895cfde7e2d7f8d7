"""The language of the pages people see: chosen by them, else by their browser, else English."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from protocol.catalogues import ENGLISH, LANGUAGES, Catalogue, best_language, read_catalogue

_HERE = Path(__file__).parent
LOCALE = _HERE / "locale"
_MOST_WANTED = 20


def chosen_language(chosen: str | None, accept_language: str) -> str:
    """Return the language to answer in: `chosen` by hand, when there is one, else by the browser's header."""
    if chosen is not None and chosen in LANGUAGES:
        return chosen
    return best_language(wanted_languages(accept_language))


def wanted_languages(accept_language: str) -> list[str]:
    """Return the tags of an Accept-Language header (RFC 9110 section 12.5.4), the most wanted first.

    Tags with weight 0 are left out, and of a long list everything after the twentieth.
    """
    weighted = []
    for part in accept_language.split(",")[:_MOST_WANTED]:
        tag, _, weight = part.partition(";")
        weighted.append((_weight(weight), tag.strip()))
    # Sorting keeps the header's order among equals.
    return [tag for weight, tag in sorted(weighted, key=lambda pair: -pair[0]) if tag and weight > 0]


@cache
def catalogue(language: str) -> Catalogue:
    """Return the catalogue of the pages in `language`, one of `LANGUAGES`."""
    if language == ENGLISH:
        return Catalogue(ENGLISH)
    return read_catalogue(language, (LOCALE / f"{language}.po").read_text(encoding="utf-8"))


@cache
def pages_in(language: str) -> Environment:
    """Return the templates, which say everything in `language`."""
    pages = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    texts = catalogue(language)
    pages.install_gettext_callables(texts.gettext, texts.ngettext, newstyle=True)  # type: ignore[attr-defined]
    pages.globals.update(language=language, languages=LANGUAGES)
    return pages


def _weight(text: str) -> float:
    name, _, number = text.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        weight = float(number)
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0
