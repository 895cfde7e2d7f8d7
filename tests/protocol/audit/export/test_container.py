import io
import struct
import warnings
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.audit.export.container import MAX_BUNDLE_BYTES, BundleMalformed, Container, write_container
from protocol.audit.findings import Verdict
from protocol.errors import LocalError
from tests.support.exported_session import check, exported, members_of
from tests.support.second_verifier import second_verdict

EXPORT = exported()


def written(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    write_container(members, file)
    return file.getvalue()


def zipped(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_STORED, comment: bytes = b"") -> bytes:
    """Return a zip as an ordinary program writes it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in members:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # a name twice is what some of this is about
                archive.writestr(entry, data)
        archive.comment = comment
    return file.getvalue()


names = st.from_regex(r"[a-z0-9]{1,8}(/[a-z0-9.-]{1,8})?", fullmatch=True).filter(lambda name: "/." not in name)


@given(st.dictionaries(names.filter(lambda name: "/-" not in name), st.binary(max_size=200), max_size=6))
@settings(max_examples=60)
def test_what_is_written_is_read_again_and_by_ordinary_programs_too(members):
    data = written(members)
    assert members_of(data) == members
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == members
    assert written(dict(reversed(members.items()))) == data


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../up", "a/../b", "C:evil", "a\\b", "a//b", "", "Ä", "a b", "x" * 121]
)
def test_names_that_could_lead_elsewhere_are_never_written(name):
    with pytest.raises(LocalError):
        written({name: b""})


def listed(data: bytes) -> list[tuple[str, bytes]]:
    return list(members_of(data).items())


def with_data_descriptor(data: bytes) -> bytes:
    changed = bytearray(data)
    changed[6] |= 8
    return bytes(changed)


def encrypted(data: bytes) -> bytes:
    changed = bytearray(data)
    changed[6] |= 1
    directory = data.index(b"PK\1\2")
    changed[directory + 8] |= 1
    return bytes(changed)


def promising_too_much(data: bytes) -> bytes:
    changed = bytearray(data)
    changed[-12:-8] = struct.pack("<H", 60_001) * 2
    return bytes(changed)


HOSTILE = {
    "a name twice": zipped([*listed(EXPORT), listed(EXPORT)[0]]),
    "an absolute path": zipped([*listed(EXPORT), ("/tmp/x", b"x")]),
    "a path that leads up": zipped([*listed(EXPORT), ("../../x", b"x")]),
    "a bomb": zipped([*listed(EXPORT), ("bomb", bytes(1 << 20))], zipfile.ZIP_DEFLATED),
    "compressed at all": zipped(listed(EXPORT), zipfile.ZIP_DEFLATED),
    "of an ordinary program": zipped(listed(EXPORT)),
    "a comment": zipped(listed(EXPORT), comment=b"hello"),
    "something before": b"#!/bin/sh\n" + EXPORT,
    "something behind": EXPORT + b"\n",
    "two in one": EXPORT + EXPORT,
    "a data descriptor": with_data_descriptor(EXPORT),
    "encrypted": encrypted(EXPORT),
    "a directory too long": promising_too_much(EXPORT),
    "a file nobody knows": written({**members_of(EXPORT), "zzz.txt": b"x"}),
    "a file without its manifest's line": written(
        {**members_of(EXPORT), "proofs/" + "ab" * 16 + "-0000.tlog-proof": b"x"}
    ),
    "nothing": b"",
    "an empty zip": zipped([]),
    "only the end": EXPORT[-22:],
}


@pytest.mark.parametrize("trick", HOSTILE)
def test_every_trick_with_the_container_makes_the_export_invalid(trick):
    assert check(HOSTILE[trick]).verdict is Verdict.INVALID
    assert second_verdict(HOSTILE[trick]) is Verdict.INVALID


class PretendedFile(io.BytesIO):
    """A file that says it is as long as it wants."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def seek(self, place: int, whence: int = 0) -> int:
        return self._size if whence == io.SEEK_END else super().seek(place, whence)

    def read(self, size: int | None = -1) -> bytes:
        raise AssertionError("nothing of a file that is too large is read")


def test_a_file_that_is_too_large_is_not_even_read():
    with pytest.raises(BundleMalformed):
        Container(PretendedFile(MAX_BUNDLE_BYTES + 1))


def test_reading_is_limited_and_says_which_file_is_wrong():
    container = Container(io.BytesIO(EXPORT))
    with pytest.raises(BundleMalformed) as caught:
        container.read("manifest.json", 10)
    assert caught.value.member == "manifest.json"
    with pytest.raises(BundleMalformed):
        container.read("events/none")
