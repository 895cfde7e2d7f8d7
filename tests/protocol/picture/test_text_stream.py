import random
import tracemalloc
from contextlib import suppress

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import PeerError
from protocol.picture.text_stream import TextCompressor, TextDecompressor


@given(st.lists(st.binary(min_size=1, max_size=5000), max_size=8))
def test_chunks_come_out_as_they_went_in(chunks: list[bytes]) -> None:
    compressor, decompressor = TextCompressor(), TextDecompressor()
    for chunk in chunks:
        assert decompressor.data(compressor.chunk(chunk), len(chunk)) == chunk


def test_what_was_sent_before_costs_next_to_nothing() -> None:
    compressor = TextCompressor()
    page = random.Random(1).randbytes(500_000)
    compressor.chunk(page)
    compressor.chunk(random.Random(2).randbytes(3_000_000))
    assert len(compressor.chunk(page[100_000:400_000])) < 2_000


@given(st.binary(max_size=300), st.integers(0, 2000))
def test_arbitrary_bytes_as_text_raise_only_peer_error(chunk: bytes, size_bytes: int) -> None:
    with suppress(PeerError):
        TextDecompressor().data(chunk, size_bytes)


@pytest.mark.parametrize("claimed", [0, 99, 101])
def test_a_chunk_of_another_length_than_announced_is_refused(claimed: int) -> None:
    with pytest.raises(PeerError):
        TextDecompressor().data(TextCompressor().chunk(bytes(100)), claimed)


def test_a_bomb_is_refused_without_being_unpacked() -> None:
    bomb = TextCompressor().chunk(bytes(200_000_000))
    assert len(bomb) < 20_000
    decompressor = TextDecompressor()
    tracemalloc.start()
    with pytest.raises(PeerError):
        decompressor.data(bomb, 30_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def test_a_larger_window_than_agreed_is_refused() -> None:
    compressor = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    chunk = compressor.compress(bytes(100), mode=zstd.ZstdCompressor.FLUSH_BLOCK)
    with pytest.raises(PeerError):
        TextDecompressor().data(chunk, 100)


def test_a_stream_that_ended_gives_nothing_more() -> None:
    compressor, decompressor = TextCompressor(), TextDecompressor()
    ended = zstd.compress(bytes(10))
    assert decompressor.data(ended, 10) == bytes(10)
    with pytest.raises(PeerError):
        decompressor.data(compressor.chunk(bytes(10)), 10)
