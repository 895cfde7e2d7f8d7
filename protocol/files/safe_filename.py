"""The one function every received file name goes through: a name that is safe in any folder of any system. Pure.

What arrives is a hint for a person, never a place: no part of it can leave the folder it is saved in, name a device,
hide its ending or be mistaken for another file there (security study, F1).
"""

import unicodedata
from collections.abc import Callable

MAX_CHARACTERS = 120
MAX_BYTES = 240
"""In UTF-8: with our ` (12)` and `.part` a name stays within the 255 bytes that file systems allow."""

FALLBACK = "file"
_FORBIDDEN = frozenset('/\\:*?"<>|')
LONGEST_ENDING = 24
"""Characters with the dot; a longer ending is none, and is cut like the rest."""

_PORTS = {f"{port}{digit}" for port in ("com", "lpt") for digit in range(10)}
_NTFS = {"$mft", "$mftmirr", "$logfile", "$volume", "$attrdef", "$bitmap", "$boot", "$badclus", "$secure", "$upcase"}
_SETTINGS = {"desktop.ini", "autorun.inf", "thumbs.db"}
_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$", "$extend"} | _PORTS | _NTFS | _SETTINGS
"""Names that Windows gives a meaning of their own, with or without an ending; superscript digits count as digits."""

_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u17b4\u17b5\u034f")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe_filename(received: str, taken: Callable[[str], bool] = lambda name: False) -> str:
    """Return a name of 1..120 characters (240 bytes) to save a file under that another computer called `received`.

    `taken` says whether a name is in use; it is asked with `folded` names, and when it is, the result is
    `name (2).ext`, `name (3).ext` and so on. Applied to its own result, the function changes nothing.
    """
    stem, ending = _split(_settled(_cleaned(received)))
    name, number = _fitted(stem, "", ending), 2
    while taken(folded(name)):
        name, number = _fitted(stem, f" ({number})", ending), number + 1
    return name


def folded(name: str) -> str:
    """Return what two names share when some file system takes them for the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())


def _cleaned(received: str) -> str:
    """Return the last part of a path without characters that separate, command, hide or reorder."""
    last = received.replace("\\", "/").rstrip("/").rpartition("/")[2]
    text = "".join(_plain(char) for char in unicodedata.normalize("NFC", last))
    # Removing can bring together what composes; NFC again, until nothing changes.
    composed = unicodedata.normalize("NFC", text)
    return " ".join(composed.split(" ")).strip(" .") or FALLBACK


def _plain(char: str) -> str:
    if char in _FORBIDDEN:
        return "_"
    category = unicodedata.category(char)
    if category in _INVISIBLE or char in _BLANK_LETTERS or "VARIATION SELECTOR" in unicodedata.name(char, ""):
        return ""
    if category == "Zs":
        return " "
    compatible = unicodedata.normalize("NFKC", char)
    # A fullwidth slash or a one-dot leader becomes the real one on file systems that normalise.
    return "_" if any(part in _FORBIDDEN or part == "." for part in compatible) and char != "." else char


def _fitted(stem: str, mark: str, ending: str) -> str:
    """Return the three parts as a name, with as much of `stem` as there is room for."""
    short = stem[: MAX_CHARACTERS - len(mark + ending)]
    while _size(short + mark + ending) > MAX_BYTES:
        short = short[:-1]
    return f"{short.rstrip(' .')}{mark}{ending}"


def _settled(name: str) -> str:
    """Return `name` cut to what fits, and defused.

    Cutting can make an ending of what was none, and a device of `con`, many spaces and something after them.
    """
    before = ""
    while before != name:
        before = name
        stem, ending = _split(_defused(name))
        name = _fitted(stem, "", ending)
    return name


def _defused(name: str) -> str:
    """Return `name`, with a mark before it when Windows would take it for a device."""
    return f"_{name}" if _is_device(name) else name


def _is_device(name: str) -> bool:
    whole = folded(name)
    first = whole.partition(".")[0].rstrip(" ")
    return whole in _DEVICES or first in _DEVICES


def _split(name: str) -> tuple[str, str]:
    """Return what is before the ending, and the ending with its dot; none when there is none or it is too long."""
    stem, dot, ending = name.rpartition(".")
    short = stem.rstrip(" .") and len(ending) < LONGEST_ENDING and _size(ending) < 4 * LONGEST_ENDING
    return (stem, f".{ending}") if dot and short else (name, "")


def _size(text: str) -> int:
    return len(text.encode("utf-8"))
