"""A language nobody speaks: every sentence the program gives to translators, with strange letters and 40 % longer.

What is then shown in plain letters was never given to translators, and what is cut off would be in some language.
"""

from collections.abc import Mapping

import customer_client.languages as languages
from protocol.catalogues import LANGUAGES, Catalogue

PSEUDO = "pseudo"
LONGER = 0.4
"""How much longer a sentence is than in English: more than it is in German."""

_PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_STRANGE = "ÀƁÇĐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽàƀçđéƒĝĥîĵķļḿñöþǫŕšţûṽŵẋýž"
_LETTERS = str.maketrans(_PLAIN, _STRANGE)


def strange(text: str) -> str:
    """Return `text` in strange letters and longer; `{placeholders}` stay, and so does an `&`."""
    parts = text.replace("}", "{").split("{")
    changed = "".join(f"{{{part}}}" if place % 2 else part.translate(_LETTERS) for place, part in enumerate(parts))
    # Words, not one long tail: a line may break wherever it may in a language.
    longer = max(1, round(len(text) * LONGER))
    return changed + ("" if longer < 2 else " " + " ".join(["öñé"] * max(1, round(longer / 4))))


def pseudo_catalogue() -> Catalogue:
    """Return every sentence that is in the program's catalogues, made strange."""
    other = next(language for language in LANGUAGES if language != "en")
    known = languages.catalogue(other).texts
    texts: Mapping[str, tuple[str, ...]] = {text: (strange(text),) * len(forms) for text, forms in known.items()}
    return Catalogue("en", texts)


def speak_pseudo() -> None:
    """Say everything in the strange language from now on, until another is chosen."""
    languages._current = pseudo_catalogue()
