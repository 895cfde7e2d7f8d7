from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.channels import BULK, FILES
from protocol.errors import PeerError
from protocol.messages import files
from protocol.messages.base import encode
from protocol.messages.files import (
    CHUNK_BYTES,
    MAX_FILE_BYTES,
    FileCancelled,
    FileChunk,
    FileOffered,
    decode_bulk,
    decode_files,
)
from protocol.messages.session import ChannelBinding

transfers, hashes = st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32)
offsets, counts, numbers = st.integers(0, MAX_FILE_BYTES), st.integers(0, 2**53), st.integers(1, 2**31)
names, codes = st.text(min_size=1, max_size=120), st.from_regex("[a-z_]{1,40}", fullmatch=True)
sdps = st.text(min_size=1, max_size=200)
files_messages = st.one_of(
    st.builds(files.FilesWanted, transfers, st.text(max_size=200), counts),
    st.builds(files.FilesRefused, transfers, codes),
    st.builds(FileOffered, transfers, names, offsets, hashes, counts, st.integers(-1, 2**53), st.binary(max_size=16)),
    st.builds(files.FileAnswered, transfers, st.booleans(), codes | st.just(""), counts),
    st.builds(files.FileReady, transfers, numbers, offsets, hashes),
    st.builds(files.FilePaused, transfers, st.booleans()),
    st.builds(FileCancelled, transfers, codes),
    st.builds(files.FileSaved, transfers, counts),
    st.builds(files.BulkWanted, st.integers(0, 2**31)),
    st.builds(files.BulkOffered, numbers, sdps),
    st.builds(files.BulkAnswered, numbers, sdps),
)
bulk_messages = st.one_of(
    st.builds(ChannelBinding, hashes),
    st.builds(FileChunk, transfers, offsets, st.binary(min_size=1, max_size=200)),
    st.builds(files.ChunksTaken, transfers, offsets, offsets),
)
ID = bytes(16)
OFFER = FileOffered(ID, "report.pdf", 10, bytes(32), 3)


@given(st.binary(max_size=2048))
def test_arbitrary_bytes_raise_only_peer_error(data: bytes) -> None:
    for decode in (decode_files, decode_bulk):
        with suppress(PeerError):
            decode(data)


@given(files_messages)
def test_what_is_said_about_files_comes_back_as_it_was(message: files.FilesMessage) -> None:
    data = encode(message)
    assert len(data) <= FILES.max_bytes
    assert decode_files(data) == message


@given(bulk_messages)
def test_what_travels_in_bulk_comes_back_as_it_was(message: files.BulkMessage) -> None:
    data = encode(message)
    assert len(data) <= BULK.max_bytes
    assert decode_bulk(data) == message


@given(files_messages, st.data())
def test_a_flipped_bit_never_raises_anything_else(message: files.FilesMessage, choice: st.DataObject) -> None:
    data = bytearray(encode(message))
    place = choice.draw(st.integers(0, len(data) - 1))
    data[place] ^= 1 << choice.draw(st.integers(0, 7))
    with suppress(PeerError):
        decode_files(bytes(data))


def test_the_longest_chunk_fits_its_message() -> None:
    assert len(encode(FileChunk(ID, MAX_FILE_BYTES, bytes(CHUNK_BYTES)))) <= BULK.max_bytes


@pytest.mark.parametrize(
    "change",
    [{"size_bytes": MAX_FILE_BYTES + 1}, {"size_bytes": -1}, {"name": ""}, {"name": "n" * 121}, {"sha256": b""}],
)
def test_offers_out_of_range_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(PeerError):
        decode_files(encode(msgspec.structs.replace(OFFER, **change)))


def test_reasons_are_codes() -> None:
    with pytest.raises(PeerError):
        decode_files(encode(FileCancelled(ID, "<b>Now</b>")))
