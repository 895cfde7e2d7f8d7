import pytest

from protocol.files.file_types import digest_words, is_blocked, size_words, type_words


@pytest.mark.parametrize(
    "name", ["a.exe", "A.EXE", "b.Ps1", "c.docm", "d.lnk", "e.iso", "f.pdf.scr", "g.py", "h.appimage", "i.ｅｘｅ"]
)
def test_what_could_do_harm_is_blocked_by_its_name(name: str) -> None:
    assert is_blocked(name)


@pytest.mark.parametrize("head", [b"MZ\x90\x00", b"\x7fELF\x02", b"#!/bin/sh\n", b"\xca\xfe\xba\xbe"])
def test_and_by_how_it_begins(head: bytes) -> None:
    assert is_blocked("holiday.jpg", head)


@pytest.mark.parametrize("name", ["a.pdf", "b.txt", "c.docx", "d.zip", "e", "f.exe.txt", "readme", "executive.doc"])
def test_ordinary_files_are_not(name: str) -> None:
    assert not is_blocked(name, b"%PDF-1.7")


def test_words_for_people() -> None:
    assert [type_words(name) for name in ("a.pdf", "b.PNG", "c.xyz", "d")] == [
        "PDF document",
        "Picture (PNG)",
        "File (XYZ)",
        "File",
    ]
    assert [size_words(size) for size in (0, 999, 1000, 12_345_678, 999_999_999, 2_000_000_000)] == [
        "0 bytes",
        "999 bytes",
        "1.0 kB",
        "12.3 MB",
        "1.0 GB",
        "2.0 GB",
    ]
    assert digest_words(bytes(range(32))) == "0001 0203 0405"
