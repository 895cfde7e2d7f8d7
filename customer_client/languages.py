"""The language the customer reads: the system's at first, another when they choose one. Any thread.

One program talks to one person, so the language is the program's, not each window's. Sentences are English in the
sources, `_("...")` looks them up in `locale/<language>.po` when they are shown, and what is missing there is shown in
English. Placeholders are named, `_("Ticket {number}").format(number=...)`, so that translations may move them.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from protocol.catalogues import ENGLISH, LANGUAGES, Catalogue, marked, read_catalogue

__all__ = [
    "_",
    "catalogue",
    "counted",
    "current_language",
    "marked",
    "some_of",
    "system_languages",
    "use_language",
]

FOLDER = Path(__file__).with_name("locale")

_current = Catalogue(ENGLISH)
_NO_LANGUAGE = ("", "C", "POSIX")


def _(text: str) -> str:
    """Return `text` in the customer's language, also where it is a known sentence with something filled in."""
    said = _current.gettext(text)
    if said is not text or not (text and _current.texts):
        return said
    # Here, because the window's first words are never of this kind.
    from customer_client.filled_sentences import filled

    return filled(text, _current.gettext)


def counted(singular: str, plural: str, number: int) -> str:
    """Return the form that goes with `number`, in the customer's language, with `{number}` filled in."""
    return _current.ngettext(singular, plural, number).format(number=number)


def some_of(names: Sequence[str], most: int) -> str:
    """Return the first `most` of `names`, and how many more there are."""
    first, more = ", ".join(names[:most]), len(names) - most
    return _("{names} and {number} more").format(names=first, number=more) if more > 0 else first


def current_language() -> str:
    """Return the code of the language in use."""
    return _current.language


def use_language(language: str) -> None:
    """Say everything in `language`, one of `LANGUAGES`, from now on; what is on the screen is not changed by this."""
    global _current
    _current = catalogue(language)


def catalogue(language: str) -> Catalogue:
    """Return the customer's catalogue of `language`, empty for English."""
    if language == ENGLISH or language not in LANGUAGES:
        return Catalogue(ENGLISH)
    return read_catalogue(language, (FOLDER / f"{language}.po").read_text(encoding="utf-8"))


def system_languages(environment: Mapping[str, str]) -> list[str]:
    """Return the languages the person set on this computer, the most wanted first; `environment` is the process's."""
    if sys.platform == "win32":
        import ctypes
        import locale

        # Documented by Microsoft; not run here.
        code = ctypes.windll.kernel32.GetUserDefaultUILanguage()
        return [locale.windows_locale.get(code, "")]
    names = (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    chosen = next((name for name in names if name), "")
    if chosen.partition(".")[0] in _NO_LANGUAGE:
        return []
    # As in GNU gettext: LANGUAGE is a list, and counts only where there is a locale at all.
    return [*filter(None, environment.get("LANGUAGE", "").split(":")), chosen]
