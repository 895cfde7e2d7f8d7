"""The relay's store of recordings, as the technician app uses it (docs/protocol.md, section 8). Network thread.

Errors are those of `technician_app.controllers.relay_api.RelayApi`.
"""

import hashlib
import logging
import time
from typing import TypeVar
from urllib.parse import quote

import msgspec

from protocol.errors import PeerError
from protocol.messages.recording_api import (
    MAX_PART_BYTES,
    ExportedStretch,
    NotedExport,
    StoredRecording,
    StoredRecordings,
)
from protocol.messages.review_api import ReviewKeys
from protocol.recording.outline import MAX_OUTLINE_BYTES
from protocol.review_key import ReviewCertificate, verify_review_certificate
from technician_app.controllers.relay_api import RelayApi

T = TypeVar("T")
_log = logging.getLogger(__name__)


class RecordingStoreApi:
    """Uses the connection `api`, as whoever is signed in there."""

    def __init__(self, api: RelayApi) -> None:
        self._api = api

    async def stored(self, session: str) -> tuple[StoredRecording, ...]:
        """Return what the relay holds of a session's recordings. Errors: `not_found`, `permission_denied`."""
        return _read(StoredRecordings, await self._api.exchange("GET", _path(session))).recordings

    async def append(self, session: str, recording: int, offset: int, data: bytes, *, last: bool) -> StoredRecording:
        """Add `data` (at most 1 MiB) at `offset`; `last`: nothing more will come.

        Errors: `recording_gap` when `offset` is beyond what the relay holds, `recording_conflict` when it holds
        something else there, `quota_reached`.
        """
        query = {"offset": str(offset), "last": "true" if last else "false"}
        answer = await self._api.exchange("PUT", _path(session, recording), content=data, query=query)
        return _read(StoredRecording, answer)

    async def part(self, session: str, recording: int, offset: int, length: int = MAX_PART_BYTES) -> bytes:
        """Return up to `length` bytes (at most 1 MiB) from `offset` on; fewer at the end."""
        query = {"offset": str(offset), "length": str(length)}
        part = await self._api.exchange("GET", _path(session, recording), query=query, max_bytes=length)
        return bytes(part)

    async def outline(self, session: str, recording: int) -> bytes:
        """Return where which segment of a recording is (`protocol.recording.outline`)."""
        path = _path(session, recording) + "/outline"
        return bytes(await self._api.exchange("GET", path, max_bytes=MAX_OUTLINE_BYTES))

    async def note_export(self, session: str, recording: int, exported: ExportedStretch) -> NotedExport:
        """Say that a stretch was saved as ordinary video, before it is given away."""
        content = msgspec.json.encode(exported)
        path = _path(session, recording) + "/exports"
        return _read(NotedExport, await self._api.exchange("POST", path, content=content, kind="application/json"))

    async def review_certificate(self, root_key: bytes) -> ReviewCertificate | None:
        """Return the newest certificate of the organisation's review key that verifies; None when it has none."""
        root_id = hashlib.sha256(root_key).digest()
        for data in _read(ReviewKeys, await self._api.exchange("GET", "/api/v1/review-keys")).certificates:
            try:
                return verify_review_certificate(data, root_id=root_id, unix_now=time.time())
            except PeerError as error:
                _log.warning("a review key from the relay was passed over: %s", error)
        return None


def _read(kind: type[T], content: bytes) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise PeerError(f"{kind.__name__}: {error}", code="relay_answer_malformed") from error


def _path(session: str, recording: int | None = None) -> str:
    base = f"/api/v1/sessions/{quote(session, safe='')}/recordings"
    return base if recording is None else f"{base}/{recording}"
