"""Recordings of sessions: their owner uploads them part by part, and who may review the session reads them."""

from collections.abc import Callable
from typing import Annotated, Any

from litestar import Request, Response, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from protocol.messages.recording_api import (
    MAX_PART_BYTES,
    ExportedStretch,
    NotedExport,
    NotedExports,
    StoredRecording,
    StoredRecordings,
)
from relay.accounts.people import Person
from relay.accounts.permissions import Action
from relay.clock import Clock
from relay.storage.recording_store import RecordingStore
from relay.storage.sessions import SessionStore
from relay.web.guarding import doing
from relay.web.sessions_of import SessionAccess

_PATH = "/api/v1/sessions/{session:str}/recordings"
_ONE = _PATH + "/{recording:int}"
_Offset = Annotated[int, QueryParameter(ge=0, le=2**53)]
_Length = Annotated[int, QueryParameter(ge=1, le=MAX_PART_BYTES)]


def recording_routes(
    sessions: SessionStore, recordings: RecordingStore, *, log_wanted: Callable[[], None], clock: Clock
) -> list[HTTPRouteHandler]:
    """Return the routes of recordings; `log_wanted` is called when a leaf waits for the log."""
    access = SessionAccess(sessions)

    @get(_PATH, opt=doing(Action.READ_RECORDING), summary="What is held of a session's recordings", tags=["recordings"])
    async def held(request: Request[Person, str, Any], session: FromPath[str]) -> StoredRecordings:
        owned = await access.require(request.user, Action.READ_RECORDING, session)
        return StoredRecordings(await recordings.list(owned))

    @put(
        _ONE,
        status_code=200,
        opt=doing(Action.UPLOAD_RECORDING),
        request_max_body_size=MAX_PART_BYTES,
        summary="Add a part to a recording",
        tags=["recordings"],
    )
    async def append(
        request: Request[Person, str, Any],
        session: FromPath[str],
        recording: FromPath[int],
        offset: _Offset,
        last: FromQuery[bool] = False,
    ) -> StoredRecording:
        owned = await access.require(request.user, Action.UPLOAD_RECORDING, session)
        data = await request.body()
        return await recordings.append(owned, recording, offset, data, last=last, now_ms=clock())

    return [held, append, *_reading_routes(access, recordings), *_export_routes(access, recordings, log_wanted, clock)]


def _reading_routes(access: SessionAccess, recordings: RecordingStore) -> list[HTTPRouteHandler]:
    @get(
        _ONE,
        opt=doing(Action.READ_RECORDING),
        media_type="application/octet-stream",
        summary="A part of a recording",
        tags=["recordings"],
    )
    async def part(
        request: Request[Person, str, Any],
        session: FromPath[str],
        recording: FromPath[int],
        offset: _Offset = 0,
        length: _Length = MAX_PART_BYTES,
    ) -> Response[bytes]:
        owned = await access.require(request.user, Action.READ_RECORDING, session)
        content = await recordings.read(owned, recording, offset, length)
        return Response(content, media_type="application/octet-stream")

    @get(
        _ONE + "/outline",
        opt=doing(Action.READ_RECORDING),
        media_type="application/octet-stream",
        summary="The header of a recording and the heads of its segments",
        tags=["recordings"],
    )
    async def outline(
        request: Request[Person, str, Any], session: FromPath[str], recording: FromPath[int]
    ) -> Response[bytes]:
        owned = await access.require(request.user, Action.READ_RECORDING, session)
        content = await recordings.outline(owned, recording)
        return Response(content, media_type="application/octet-stream")

    return [part, outline]


def _export_routes(
    access: SessionAccess, recordings: RecordingStore, log_wanted: Callable[[], None], clock: Clock
) -> list[HTTPRouteHandler]:
    @post(
        _ONE + "/exports",
        status_code=201,
        opt=doing(Action.READ_RECORDING),
        summary="Note that a stretch was saved as ordinary video",
        tags=["recordings"],
    )
    async def note(
        request: Request[Person, str, Any],
        session: FromPath[str],
        recording: FromPath[int],
        data: JSONBody[ExportedStretch],
    ) -> NotedExport:
        owned = await access.require(request.user, Action.READ_RECORDING, session)
        kept = await recordings.note_export(owned, recording, data, request.user, clock())
        log_wanted()
        return kept

    @get(
        _ONE + "/exports",
        opt=doing(Action.READ_RECORDING),
        summary="What was saved as ordinary video",
        tags=["recordings"],
    )
    async def noted(
        request: Request[Person, str, Any], session: FromPath[str], recording: FromPath[int]
    ) -> NotedExports:
        owned = await access.require(request.user, Action.READ_RECORDING, session)
        return NotedExports(await recordings.exports(owned, recording))

    return [note, noted]
