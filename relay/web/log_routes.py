"""The log for everybody: its certificate, checkpoints and consistency proofs; and a session's receipts for its own."""

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, PathParameter, QueryParameter

from protocol.audit.log.merkle import MAX_SIZE
from protocol.audit.log.note import write_base64
from protocol.errors import PeerError
from protocol.messages.relay_api import SessionReceipts
from relay.accounts.people import Person
from relay.accounts.permissions import Action
from relay.log.audit_log import AuditLog
from relay.storage.sessions import SessionStore
from relay.web.guarding import PUBLIC, doing
from relay.web.sessions_of import SessionAccess

Year = Annotated[int, PathParameter(ge=2000, le=9999)]
Size = Annotated[int, QueryParameter(ge=0, le=MAX_SIZE)]


def log_routes(log: AuditLog, sessions: SessionStore) -> list[HTTPRouteHandler]:
    """Return the routes of the log."""
    access = SessionAccess(sessions)

    @get("/log/certificate", opt=PUBLIC, security=[{}], summary="The log's certificate", tags=["log"])
    async def certificate() -> Response[bytes]:
        found = await log.receipts.certificate_bytes()
        if found is None:
            raise PeerError("no certificate", code="not_found", user_text="This relay's log has no certificate.")
        return Response(found, media_type="application/octet-stream")

    @get("/log/{year:int}/checkpoint", opt=PUBLIC, security=[{}], summary="The newest checkpoint", tags=["log"])
    async def checkpoint(year: Year) -> Response[bytes]:
        return Response(await log.checkpoint(year), media_type="text/plain; charset=utf-8")

    @get("/log/{year:int}/consistency", opt=PUBLIC, security=[{}], summary="A consistency proof", tags=["log"])
    async def consistency(year: Year, old: Size, new: Size) -> Response[bytes]:
        lines = "".join(f"{write_base64(hash)}\n" for hash in await log.consistency(year, old, new))
        return Response(lines.encode(), media_type="text/plain; charset=utf-8")

    @get(
        "/api/v1/sessions/{session:str}/receipts",
        opt=doing(Action.READ_RECEIPTS),
        summary="What the log proves about a session",
        tags=["log"],
    )
    async def receipts(request: Request[Person, str, Any], session: FromPath[str]) -> SessionReceipts:
        owned = await access.require(request.user, Action.READ_RECEIPTS, session)
        certificate = await log.receipts.certificate_bytes()
        return SessionReceipts(certificate=certificate or b"", proofs=await log.proofs(owned))

    return [certificate, checkpoint, consistency, receipts]
