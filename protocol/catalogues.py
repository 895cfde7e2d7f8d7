"""Translations: gettext catalogues read straight from their `.po` files, and which language somebody gets. Pure.

A catalogue here has some hundred sentences, so it is read when a language is first wanted; nothing is compiled before.
What is read is the part of the format we write: `msgid`, `msgid_plural`, `msgstr`, comments, and text in several quoted
lines. English is the language of the sources and needs no catalogue.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from protocol.errors import LocalError

LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch", "es": "Español", "fr": "Français"}
"""The languages there are, by ISO 639-1 code, each with its own name for itself. The first is that of the sources."""

ENGLISH = "en"

Say = Callable[[str], str]
"""Says a sentence of the sources in a person's language."""

_LINE = re.compile(r'(?:(msgid|msgid_plural|msgstr|msgstr\[\d\])\s+)?"((?:[^"\\]|\\.)*)"')
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


@dataclass(frozen=True)
class Catalogue:
    """The sentences of one language; what is missing is said in English."""

    language: str
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The translation of each English sentence; of one with a plural, both forms."""

    def gettext(self, message: str) -> str:
        """Return `message` in this language."""
        return self.texts.get(message, (message,))[0]

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """Return the form of `singular` that goes with `number`."""
        forms = self.texts.get(singular, (singular, plural))
        return forms[0] if is_singular(self.language, number) else forms[-1]


def marked(text: str) -> str:
    """Return `text` unchanged: it stands here for the catalogues, and is translated where it is shown."""
    return text


def in_english(text: str) -> str:
    """Return `text` as it is: the `Say` of programs that speak English only."""
    return text


def is_singular(language: str, number: int) -> bool:
    """Return whether `number` (0 or more) takes the singular: French counts nothing as one."""
    return number <= 1 if language == "fr" else number == 1


def read_catalogue(language: str, po: str) -> Catalogue:
    """Return the catalogue in `po`, the text of a `.po` file. Entries without a translation are left out.

    Raises:
        LocalError: a line that this reader does not know (`catalogue_unreadable`).
    """
    texts = {entry["msgid"]: _forms(entry) for entry in _entries(po) if entry.get("msgid")}
    return Catalogue(language, {message: forms for message, forms in texts.items() if all(forms)})


def best_language(wanted: Sequence[str]) -> str:
    """Return the first language of `wanted` that there is: tags like `de-AT` or `fr_CA.UTF-8`, best first.

    Without any of ours: English.
    """
    for tag in wanted:
        language = re.split(r"[-_.@]", tag.strip().lower(), maxsplit=1)[0]
        if language in LANGUAGES:
            return language
    return ENGLISH


def _entries(po: str) -> Iterator[dict[str, str]]:
    """Yield every entry as its fields by keyword."""
    entry: dict[str, str] = {}
    keyword = ""
    for number, line in enumerate(po.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None or not (found[1] or keyword):
            raise LocalError(f"line {number} of a catalogue", code="catalogue_unreadable")
        if found[1] == "msgid":
            if entry:
                yield entry
            entry = {}
        keyword = found[1] or keyword
        entry[keyword] = entry.get(keyword, "") + _unescaped(found[2])
    if entry:
        yield entry


def _forms(entry: Mapping[str, str]) -> tuple[str, ...]:
    if "msgid_plural" in entry:
        return entry.get("msgstr[0]", ""), entry.get("msgstr[1]", "")
    return (entry.get("msgstr", ""),)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), text)
