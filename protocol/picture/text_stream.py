"""The zstd stream of an epoch: each chunk may point back 16 MiB, so text that was seen before costs next to nothing.

Not thread-safe; both ends of one stream see every chunk in order.
"""

import sys
from typing import TYPE_CHECKING

from protocol.errors import PeerError
from protocol.picture.pixels import Buffer

if TYPE_CHECKING or sys.version_info < (3, 14):
    from backports import zstd
else:
    from compression import zstd

WINDOW_LOG = 24
"""Two and a half pages of 1080p; the memory a viewer must hold."""

LEVEL = 3
"""Measured on pages of text: no slower than level 1, 15 % smaller, and finds a page again that was shown before."""


class TextCompressor:
    """The sending end."""

    def __init__(self) -> None:
        parameter = zstd.CompressionParameter
        self._stream = zstd.ZstdCompressor(
            options={parameter.compression_level: LEVEL, parameter.window_log: WINDOW_LOG}
        )

    def chunk(self, data: Buffer) -> bytes:
        """Return the next chunk; it decompresses to `data` and nothing else."""
        return self._stream.compress(data, mode=zstd.ZstdCompressor.FLUSH_BLOCK)


class TextDecompressor:
    """The receiving end."""

    def __init__(self) -> None:
        self._stream = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: WINDOW_LOG})

    def data(self, chunk: bytes, size_bytes: int) -> bytes:
        """Return the `size_bytes` bytes of the next chunk; never holds more than one byte above that.

        Raises:
            PeerError: `picture_malformed`, it is damaged, too short or too long.
        """
        try:
            data = self._stream.decompress(chunk, max_length=size_bytes + 1)
        except (zstd.ZstdError, EOFError) as cause:
            raise PeerError(f"text tiles: {cause}", code="picture_malformed") from cause
        if len(data) != size_bytes:
            raise PeerError(f"text tiles: expected {size_bytes} bytes", code="picture_malformed")
        return data
