"""Whether a window is about money, by its title and its program. Pure; nothing of it ever leaves this computer.

The words stand in `data/money_words.toml`. Whole words count, case and accents do not.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from importlib import resources
from typing import Any

LONGEST_TITLE = 1000
"""Characters of a title that are judged."""

_WORD = re.compile(r"[^\W_]+")


class MoneyKind(Enum):
    """What kind of money a window is about: all that is told and recorded of it."""

    BANK = "bank"
    PAYMENT = "payment"
    WALLET = "wallet"
    GIFT_CARD = "gift_card"


@dataclass(frozen=True)
class FrontWindow:
    """A window that people look at: its title and the name of its program, as the system tells them."""

    title: str = ""
    program: str = ""


class MoneyWords:
    """Judges windows by `lists`, the content of the data file."""

    def __init__(self, lists: Mapping[str, Any]) -> None:
        self._innocent = _phrases_in(lists["not_in"])
        self._titles = {
            kind: _phrases_in(
                [phrase for name, part in lists[kind.value].items() if name != "programs" for phrase in part]
            )
            for kind in MoneyKind
        }
        self._programs = {
            kind: frozenset(_folded(name) for name in lists[kind.value]["programs"]) for kind in MoneyKind
        }

    def kind_of(self, window: FrontWindow) -> MoneyKind | None:
        """Return what `window` is about; None: nothing that looks like money."""
        program = _folded(window.program).removesuffix(".exe")
        for kind, programs in self._programs.items():
            if program in programs:
                return kind
        text = self._innocent.sub(" | ", _spaced(window.title))
        return next((kind for kind, phrases in self._titles.items() if phrases.search(text)), None)


@lru_cache(maxsize=1)
def money_words() -> MoneyWords:
    """Return the words that came with this program."""
    file = resources.files("customer_client.protection").joinpath("data", "money_words.toml")
    return MoneyWords(tomllib.loads(file.read_text(encoding="utf-8")))


def _phrases_in(phrases: list[str]) -> re.Pattern[str]:
    """Return what finds any of `phrases` in a text that `_spaced` made."""
    return re.compile("|".join(sorted((re.escape(_spaced(each)) for each in phrases), key=len, reverse=True)))


def _spaced(text: str) -> str:
    """Return the words of `text` with one space around each, like ` online banking `."""
    return f" {' '.join(_WORD.findall(_folded(text[:LONGEST_TITLE])))} "


def _folded(text: str) -> str:
    """Return `text` without case, accents and characters that nobody sees."""
    apart = unicodedata.normalize("NFKD", text)
    seen = (letter for letter in apart if unicodedata.category(letter) not in {"Mn", "Cf"})
    return "".join(seen).casefold().strip()
