import os
import random
import unicodedata
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.files.safe_filename import MAX_BYTES, MAX_CHARACTERS, folded, safe_filename

DEVICES = ["CON", "nul", "Aux", "PRN", "COM1", "com9", "COM\u00b9", "LPT\u00b2", "CONIN$", "conout$", "CLOCK$", "COM0"]
PIECES = [
    "..", ".", "/", "\\", ":", "::$DATA", "*", "?", '"', "<", ">", "|", "\x00", "\n", "\x1b[2J", "\x7f", " ", "  ",
    "\u202e", "\u2066", "\u200b", "\ufeff", "\u3164", "\ufe0f", "\uff0f", "\uff3c", "\u2024", "\u2025", "\uff0e",
    "\u2215", "\u29f8", "e\u0301", "\u00e9", "C:", "~", "$", "%2e%2e%2f", "&&rm", "\ud800", "\U000e0001", "-rf",
    *DEVICES, "name", "a" * 300, "\u20ac" * 100, ".exe", ".txt", ".tar.gz", ".part", "\u1100\u1161", "\u0345" * 5,
]  # fmt: skip
hostile = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=12).map("".join)
FOLDER = "/home/somebody/Downloads/Deskside"


def escapes(name: str) -> str:
    """Return how `name` is not a plain file in a folder; empty when it is one."""
    joined = os.path.normpath(os.path.join(FOLDER, name))
    if os.path.dirname(joined) != FOLDER:
        return f"leads to {joined}"
    windows = PureWindowsPath("C:/Downloads", name)
    if windows.parent != PureWindowsPath("C:/Downloads") or windows.drive != "C:" or PurePosixPath(name).is_absolute():
        return f"leads to {windows}"
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in name):
        return "has invisible characters"
    if set(name) & set('/\\:*?"<>|'):
        return "has characters with a meaning"
    return "ends or begins badly" if name != name.strip(" .") or not name else ""


def is_safe(received: str) -> None:
    name = safe_filename(received)
    assert escapes(name) == "", ascii(received)
    assert 1 <= len(name) <= MAX_CHARACTERS, ascii(received)
    assert len(name.encode()) <= MAX_BYTES, ascii(received)
    assert unicodedata.is_normalized("NFC", name), ascii(received)
    assert not PureWindowsPath(name).is_reserved(), ascii(received)
    assert safe_filename(name) == name, ascii(received)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(hostile)
def test_a_hostile_name_stays_in_the_folder(received: str) -> None:
    is_safe(received)


def test_ten_thousand_hostile_names_stay_in_the_folder() -> None:
    """Mixed by hand: Hypothesis finds the smallest bad name, but takes ten times as long for each."""
    chance = random.Random(1)
    names = {mixed(chance) for _ in range(12_000)}
    assert len(names) >= 10_000
    for received in names:
        is_safe(received)


def mixed(chance: random.Random) -> str:
    """Return up to a dozen parts, of which half are PIECES and half characters from anywhere in Unicode."""
    return "".join(
        chance.choice(PIECES)
        if chance.random() < 0.5
        else chr(chance.randrange(chance.choice([0x80, 0x3400, 0x110000])))
        for _ in range(chance.randrange(13))
    )


@settings(max_examples=300, deadline=None)
@given(hostile, st.sets(hostile, max_size=4))
def test_a_name_in_use_is_never_given_again(received: str, others: set[str]) -> None:
    taken = {folded(safe_filename(other)) for other in others}
    taken.add(folded(safe_filename(received)))
    name = safe_filename(received, taken.__contains__)
    assert folded(name) not in taken
    assert escapes(name) == ""
    assert len(name) <= MAX_CHARACTERS
    assert len(name.encode()) <= MAX_BYTES
    assert safe_filename(name) == name


@settings(max_examples=200, deadline=None)
@given(name=hostile)
def test_the_name_can_really_be_created_and_only_there(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    folder = tmp_path_factory.mktemp("saved")
    (folder / safe_filename(name)).write_bytes(b"")
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize(
    ("received", "saved"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\System32\\evil.dll", "evil.dll"),
        ("photo.jpg:secret.exe", "photo.jpg_secret.exe"),
        ("CON.txt", "_CON.txt"),
        ("com\u00b9", "_com\u00b9"),
        ("nul .tar.gz", "_nul .tar.gz"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        (". . hidden . .", "hidden"),
        ("", "file"),
        ("///", "file"),
        ("...", "file"),
        ("Cafe\u0301.txt", "Caf\u00e9.txt"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
        (".bashrc", "bashrc"),
    ],
)
def test_well_known_tricks(received: str, saved: str) -> None:
    assert safe_filename(received) == saved


def test_names_that_some_systems_take_for_the_same_are_told_apart(tmp_path: Path) -> None:
    used = {folded("Report.PDF"), folded("report (2).pdf")}
    assert safe_filename("report.pdf", used.__contains__) == "report (3).pdf"
    assert safe_filename("stra\u00dfe", {folded("STRASSE")}.__contains__) == "stra\u00dfe (2)"


@pytest.mark.parametrize(
    "received",
    ["con" + " " * 150 + "x", "nul" + " " * 119 + ".txt" + "y" * 60, "_" * 60 + "." * 40 + "n..e" + "." + "_" * 60],
    ids=["a device once it is cut", "a device before an ending that is none", "an ending once it is cut"],
)
def test_what_cutting_makes_of_a_name_is_as_safe_as_any_other(received: str) -> None:
    name = safe_filename(received)
    assert escapes(name) == ""
    assert not PureWindowsPath(name).is_reserved()
    assert safe_filename(name) == name
