"""The JSON bodies of recordings at the relay. What is in a recording the relay cannot read."""

from typing import Annotated

import msgspec

from protocol.messages.relay_api import Body

MAX_PART_BYTES = 1024 * 1024
"""The most that is appended or read at once."""

_Hex64 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_Ms = Annotated[int, msgspec.Meta(ge=0, le=0xFFFFFFFF)]


class StoredRecording(Body, frozen=True):
    """How much of recording `recording` the relay holds; `finished` when nothing more will come."""

    recording: int
    size_bytes: int
    finished: bool
    begun_at: str


class StoredRecordings(Body, frozen=True):
    """GET /api/v1/sessions/{session}/recordings."""

    recordings: tuple[StoredRecording, ...]


class ExportedStretch(Body, frozen=True):
    """POST /api/v1/sessions/{session}/recordings/{recording}/exports: a stretch was saved as ordinary video.

    Times are ms since the recording began; `sha256` is that of the video file, `size_bytes` its length.
    """

    begins_ms: _Ms
    ends_ms: _Ms
    sha256: _Hex64
    size_bytes: Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class NotedExport(Body, frozen=True):
    """An export as the relay noted it."""

    recording: int
    at: str
    by: str
    begins_ms: int
    ends_ms: int
    sha256: str
    size_bytes: int


class NotedExports(Body, frozen=True):
    """GET /api/v1/sessions/{session}/recordings/{recording}/exports, oldest first."""

    exports: tuple[NotedExport, ...]
