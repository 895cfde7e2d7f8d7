"""The witness as a web service: `POST /add-checkpoint`, one request after the other. Runs on its own event loop."""

import asyncio
import logging
from typing import Any

from litestar import Litestar, Request, Response, get, post

from protocol.errors import EnvironmentFault
from relay.clock import SECOND_MS, Clock
from relay.log.witness import Witness
from relay.log.witnessing import CONFLICT, MAX_REQUEST_BYTES, NotCosigned

_SIZE_TYPE = "text/x.tlog.size"
_TEXT_TYPE = "text/plain; charset=utf-8"
_UNAVAILABLE = 503

_log = logging.getLogger(__name__)


def build_witness(witness: Witness, clock: Clock) -> Litestar:
    """Return the witness as an ASGI application."""
    one_at_a_time = asyncio.Lock()

    @post("/add-checkpoint", status_code=200)
    async def add_checkpoint(request: Request[Any, Any, Any]) -> Response[bytes]:
        body = await request.body()
        try:
            async with one_at_a_time:
                lines = await asyncio.to_thread(witness.add_checkpoint, body, clock() // SECOND_MS)
        except NotCosigned as refusal:
            _log.info("not cosigned: %s", refusal, extra={"status": refusal.status})
            return _refused(refusal)
        except EnvironmentFault as fault:
            _log.error("not cosigned: %s", fault, extra={"code": fault.code})
            return Response(b"the witness cannot use its disk\n", status_code=_UNAVAILABLE, media_type=_TEXT_TYPE)
        return Response("".join(line.line for line in lines).encode(), media_type=_TEXT_TYPE)

    @get("/")
    async def keys() -> Response[bytes]:
        """Who this is: its verifier keys, one on each line."""
        return Response("".join(f"{key.vkey}\n" for key in witness.verifiers).encode(), media_type=_TEXT_TYPE)

    return Litestar(
        route_handlers=[add_checkpoint, keys],
        request_max_body_size=MAX_REQUEST_BYTES,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )


def _refused(refusal: NotCosigned) -> Response[bytes]:
    if refusal.status == CONFLICT:
        return Response(f"{refusal.size}\n".encode(), status_code=CONFLICT, media_type=_SIZE_TYPE)
    return Response(f"{refusal}\n".encode(), status_code=refusal.status, media_type=_TEXT_TYPE)
