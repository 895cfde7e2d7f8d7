"""Sentences that came with names and numbers in them are read in the customer's language, too."""

import errno
import functools
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_client.diagnostics.collector import NotSeen
from customer_client.diagnostics.formatting import duration_text, size_text
from customer_client.diagnostics.hardware_facts import hardware_collectors
from customer_client.diagnostics.network_facts import NETWORK_COLLECTORS
from customer_client.diagnostics.system_facts import SYSTEM_COLLECTORS
from customer_client.filled_sentences import ALONE, SENTENCES, filled, size_said
from customer_client.languages import _, catalogue, use_language
from customer_client.session.disk_words import why_not_written
from customer_client.ui.fact_values import said_value
from protocol.catalogues import ENGLISH, LANGUAGES
from protocol.chat import ChatLog
from protocol.errors import DesksideError
from protocol.files.file_types import BLOCKED_SENTENCE, size_words
from protocol.messages.chat import MAX_CHAT_CHARACTERS
from protocol.pairing.route import parse_route
from protocol.transport.clipboard_exchange import MAX_CLIPBOARD_BYTES, pushable
from protocol.transport.files.offered_file import FileToSend

OTHERS = [language for language in LANGUAGES if language != ENGLISH]


@pytest.fixture(autouse=True)
def speaking_german() -> Iterator[None]:
    use_language("de")
    yield
    use_language(ENGLISH)


def sentence_of(error: type[DesksideError], doing: object, *arguments: object) -> str:
    with pytest.raises(error) as raised:
        doing(*arguments)  # type: ignore[operator]
    return _(raised.value.user_text)


def test_errors_say_their_numbers_and_names_in_the_customers_language(tmp_path: Path) -> None:
    large, program, locked = tmp_path / "film.mkv", tmp_path / "tool.exe", tmp_path / "a folder"
    large.touch()
    os.truncate(large, 2_100_000_000)
    program.write_bytes(b"MZ")
    locked.mkdir()
    said = [sentence_of(DesksideError, FileToSend, path) for path in (large, program, locked)]
    said.append(sentence_of(DesksideError, pushable, "x" * (MAX_CLIPBOARD_BYTES + 1)))
    said.append(sentence_of(DesksideError, parse_route, "K7QF2MXP"))
    assert said == [
        "film.mkv ist größer als 2,0 GB, mehr sendet Deskside nicht.",
        f"tool.exe wurde nicht gesendet. {_(BLOCKED_SENTENCE)}",
        "a folder lässt sich nicht lesen.",
        f"Der Text in Ihrer Zwischenablage ist zu lang zum Senden. Höchstens {MAX_CLIPBOARD_BYTES // 1024} Kilobyte "
        "sind möglich.",
        "Das sind 8 Zeichen. Ein Code hat 12, wie K7QF-2MXP-PBW5; ein am Telefon genannter hat 6 Ziffern.",
    ]


def test_a_disk_says_in_words_why_it_did_not_take_a_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Is a directory") as raised:
        tmp_path.write_bytes(b"")
    assert why_not_written(raised.value) == "es gibt schon einen Ordner mit diesem Namen"
    assert why_not_written(OSError(errno.ENOSPC, "No space left on device")) == (
        "auf dem Datenträger ist kein Platz mehr"
    )
    assert why_not_written(OSError("what nobody has heard of")) == _("the disk refused") != "the disk refused"


@functools.cache
def values_here() -> tuple[str, ...]:
    """Every fact about this computer, but for how busy it is, which takes its time."""
    found: list[str] = []
    for collector in (*SYSTEM_COLLECTORS, *NETWORK_COLLECTORS, *hardware_collectors(tuple)):
        if collector.id == "cpu_load":
            continue
        with suppress(NotSeen, DesksideError):
            found += [finding.value for finding in collector.find()]
    return tuple(found)


@pytest.mark.parametrize("language", OTHERS)
def test_every_fact_this_computer_tells_is_understood(language: str) -> None:
    """What stays as it is, is a name, an address or a number: none of the sentence's own words."""
    use_language(language)
    ours = {"cores", "threads", "busy", "available", "used", "free", "of", "primary", "kernel", "program", "up", "down"}
    ours |= {"present", "none", "configured", "yes", "days", "hours", "address"}
    ours |= {"KiB", "MiB", "GiB"} if language == "fr" else set()
    for value in values_here():
        assert set(said_value(value).replace(",", " ").replace(":", " ").split()) & ours == set(), value


@pytest.mark.parametrize(
    ("value", "german", "french"),
    [
        ("5.1 GiB available of 15.9 GiB", "5,1 GiB verfügbar von 15,9 GiB", "5,1 Gio disponibles sur 15,9 Gio"),
        (
            "/ (ext4): 48.2 GiB free of 1.2 TiB (20 %)",
            "/ (ext4): 48,2 GiB frei von 1,2 TiB (20 %)",
            "/ (ext4) : 48,2 Gio",
        ),
        ("3 days 1 hour", "3 Tage 1 Stunde", "3 jours 1 heure"),
        ("eth0: up, 1000 Mbit/s, 192.168.1.20", "eth0: verbunden, 1000 Mbit/s, 192.168.1.20", "eth0 : active, 1000"),
        ("tun0: down, no address", "tun0: getrennt, keine Adresse", "tun0 : inactive, pas d’adresse"),
        ("present (IPv4 and IPv6)", "vorhanden (IPv4 und IPv6)", "présent (IPv4 et IPv6)"),
        ("present (IPv4)", "vorhanden (IPv4)", "présent (IPv4)"),
        ("4 cores, 8 threads", "4 Kerne, 8 Threads", "4 cœurs"),
        ("firefox 812.3 MiB, my tool, new 1.5 GiB", "firefox 812.3 MiB, my tool, new 1.5 GiB", "firefox"),
        ("firefox 812.3 MiB, sh 512 B", "firefox 812,3 MiB, sh 512 B", "firefox 812,3 Mio, sh 512 o"),
        ("1920 x 1080, primary", "1920 x 1080, Hauptbildschirm", "1920 x 1080, principal"),
        ("no", "nein", "non"),
        ("192.168.1.1\n9.9.9.9", "192.168.1.1\n9.9.9.9", "192.168.1.1"),
        ("Debian GNU/Linux 12 (bookworm), kernel 6.1.0", "Debian GNU/Linux 12 (bookworm), Kernel 6.1.0", "Debian"),
    ],
)
def test_values_of_facts_are_read_in_the_customers_language(value: str, german: str, french: str) -> None:
    assert said_value(value) == german
    use_language("fr")
    assert said_value(value).startswith(french)
    use_language(ENGLISH)
    assert said_value(value) == value


def test_sizes_are_written_as_the_language_writes_them() -> None:
    assert [size_words(size, _) for size in (734, 18_400, 4_400_000)] == ["734 Byte", "18,4 kB", "4,4 MB"]
    assert _("cancelled after 1.5 of 8 MB") == "nach 1,5 von 8 MB abgebrochen"
    assert _("cancelled after 1.5 of 8 KB") == "nach 1,5 von 8 kB abgebrochen"
    assert all(_(word) != word for word in ALONE)


@given(st.text(max_size=40))
def test_a_name_stays_as_it_is_whatever_it_is(name: str) -> None:
    german = catalogue("de").gettext
    for sentence in ("{file} cannot be read.", "{file} was not sent. {why}"):
        text = sentence.format(file=name, why="It was declined.")
        assert name in filled(text, german)


@given(st.text(max_size=60))
def test_what_is_none_of_our_sentences_stays(text: str) -> None:
    same = lambda sentence: sentence  # noqa: E731  says nothing in another language
    assert filled(text, same, SENTENCES) == text
    assert size_said(text, same) == text
    assert said_value(text).count("\n") == text.count("\n")


@given(st.integers(0, 2**50), st.integers(0, 10**8))
def test_every_size_and_duration_is_found_again(size: int, seconds: int) -> None:
    assert "." not in said_value(f"{size_text(size)} used of {size_text(size)}")
    use_language("de")
    assert not {"day", "days", "hour", "hours", "minutes"} & set(said_value(duration_text(seconds)).split())


def test_a_text_too_long_for_the_chat_says_the_limit() -> None:
    said = sentence_of(DesksideError, lambda: ChatLog().write("x" * (MAX_CHAT_CHARACTERS + 1), at_ms=0, now=0.0))
    assert said == f"Das ist zu lang für einmal Senden. Höchstens {MAX_CHAT_CHARACTERS} Zeichen sind möglich."
