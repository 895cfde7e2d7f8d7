"""The page a customer's link opens: who wants to help, with what, what will happen, how to start, how far they are.

Everything on it comes from the relay, and everything but the progress works without a script.
"""

import asyncio
import shlex
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import File

from protocol.errors import PeerError
from protocol.pairing.certificates import root_id
from protocol.pairing.route import parse_route, write_route
from relay.accounts.rate_limits import SlidingWindow, group_address
from relay.clock import MINUTE_MS, Clock
from relay.storage.sessions import InvitationDetails, SessionStore
from relay.web.client_files import ClientFile, ClientShelf, Platform, Visitor, read_on
from relay.web.guarding import PUBLIC
from relay.web.languages import chosen_language, pages_in

STAGES_PER_MINUTE = 60
"""How often one address may ask how far one session is; a page asks every two seconds at most."""

GUESSES_PER_MINUTE = 20
"""How often one address may ask about routes that are not open; a page asks once and then stops."""

_STATIC = Path(__file__).parent / "static"
_KEEP = {"Cache-Control": "public, max-age=3600"}
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Vary": "Accept-Language, User-Agent",
}

AnyRequest = Request[Any, Any, Any]
Find = Callable[[str], Awaitable[tuple[str, InvitationDetails] | None]]


@dataclass(frozen=True)
class Downloads:
    """What the page offers. `publisher` is the name in the files' signature, empty while they are not signed."""

    shelf: ClientShelf
    publisher: str = ""


def join_routes(sessions: SessionStore, *, downloads: Downloads, origin: str, clock: Clock) -> list[HTTPRouteHandler]:
    """Return the join page, its downloads, how far a session is, and the page's own style, script and icon."""

    async def find(text: str) -> tuple[str, InvitationDetails] | None:
        canonical = _canonical(text)
        details = await sessions.invitation_details(canonical, clock()) if canonical else None
        return None if canonical is None or details is None else (canonical, details)

    return [
        _page_route(find, downloads, origin),
        _download_route(find, downloads),
        _stage_route(sessions, clock),
        *_static_routes(),
    ]


def start_command(program: str, origin: str, root_key: bytes, written_route: str) -> str:
    """Return the line that starts `program` for this session, whichever organisation it was built for."""
    words = [program, "--relay", origin, "--organisation", root_id(root_key).hex(), written_route]
    return shlex.join(words)


def line_to_paste(client: ClientFile, origin: str, root_key: bytes, written_route: str) -> str:
    """Return the line that downloads the archive `client`, compares its hash, unpacks it and starts what is in it."""
    address = shlex.quote(f"{origin}{download_path(client, written_route)}")
    steps = (
        'cd "$(mktemp -d)"',
        f"curl -fsSLo client{client.suffix} {address}",
        f"echo '{client.sha256}  client{client.suffix}' | sha256sum -c --quiet",
        f"tar -xzf client{client.suffix}",
        start_command(f"./{client.name.removesuffix(client.suffix)}", origin, root_key, written_route),
    )
    # In brackets, so that the person's terminal stays in the folder it is in.
    return f"({' && '.join(steps)})"


def download_path(client: ClientFile, written_route: str) -> str:
    """Return where `client` is downloaded for the session of a route."""
    return f"/j/{written_route}/client/{quote(client.name, safe='')}"


def _page_route(find: Find, downloads: Downloads, origin: str) -> HTTPRouteHandler:
    @get("/j/{route:str}", opt=PUBLIC, include_in_schema=False, media_type=MediaType.HTML)
    async def join_page(request: AnyRequest, route: FromPath[str]) -> Response[str]:
        found = await find(route)
        if found is None:
            return _not_open(request)
        written, details = write_route(found[0]), found[1]
        clients = await asyncio.to_thread(downloads.shelf.files)
        content = (
            pages_in(_language(request))
            .get_template("join.html")
            .render(
                invitation=details,
                route=written,
                address=f"{origin}/j/{written}",
                command=start_command("deskside-customer", origin, details.root_key, written),
                pasted={
                    client.name: line_to_paste(client, origin, details.root_key, written)
                    for client in clients
                    if client.suffix == ".tar.gz"
                },
                publisher=downloads.publisher,
                **_offer(clients, request.headers.get("user-agent", "")),
                path_of=lambda client: download_path(client, written),
            )
        )
        return Response(content, media_type=MediaType.HTML, headers=_PAGE_HEADERS)

    return join_page


def _offer(clients: list[ClientFile], user_agent: str) -> dict[str, object]:
    """Return what the page says about downloads: the one for this computer, and all the others."""
    visitor = read_on(user_agent)
    best = next((client for client in clients if client.platform is visitor), None)
    return {
        "best": best,
        "others": [client for client in clients if client is not best],
        "is_phone": visitor is Visitor.PHONE,
        "platform": visitor.value if isinstance(visitor, Platform) else "",
    }


def _download_route(find: Find, downloads: Downloads) -> HTTPRouteHandler:
    @get("/j/{route:str}/client/{name:str}", opt=PUBLIC, include_in_schema=False)
    async def download(request: AnyRequest, route: FromPath[str], name: FromPath[str]) -> File | Response[str]:
        found = await find(route)
        client = _named(await asyncio.to_thread(downloads.shelf.files), name) if found is not None else None
        if found is None or client is None:
            return _not_open(request)
        download_name = client.download_name(write_route(found[0]))
        return File(client.path, filename=download_name, media_type="application/octet-stream")

    return download


def _stage_route(sessions: SessionStore, clock: Clock) -> HTTPRouteHandler:
    asked = SlidingWindow(STAGES_PER_MINUTE, MINUTE_MS)
    guessed = SlidingWindow(GUESSES_PER_MINUTE, MINUTE_MS)

    @get("/j/{route:str}/stage", opt=PUBLIC, include_in_schema=False)
    async def stage(request: AnyRequest, route: FromPath[str]) -> Response[dict[str, str]]:
        subscriber = group_address(request.client.host if request.client else "unknown").subscriber
        canonical, now_ms = _canonical(route), clock()
        # Many customers may share an address: one who asks about a session does not use up another's turn.
        question = f"{subscriber} {canonical}"
        if not (guessed.has_room(subscriber, now_ms) and asked.has_room(question, now_ms)):
            return Response({}, status_code=429, headers={"Retry-After": "10"})
        found = await sessions.stage(canonical, now_ms) if canonical else None
        if found is None:
            guessed.count(subscriber, now_ms)
            return Response({}, status_code=404)
        asked.count(question, now_ms)
        return Response({"stage": found.value})

    return stage


def _static_routes() -> list[HTTPRouteHandler]:
    """Return the files of the page; they are read once."""
    kinds = {"join.css": MediaType.CSS, "join.js": "text/javascript", "deskside.svg": "image/svg+xml"}

    def route(name: str, media_type: str) -> HTTPRouteHandler:
        content = (_STATIC / name).read_bytes()

        @get(f"/static/{name}", opt=PUBLIC, include_in_schema=False, cache=False)
        async def static() -> Response[bytes]:
            return Response(content, media_type=media_type, headers=_KEEP)

        return static

    return [route(name, media_type) for name, media_type in kinds.items()]


def _not_open(request: AnyRequest) -> Response[str]:
    content = pages_in(_language(request)).get_template("not_open.html").render()
    return Response(content, status_code=404, media_type=MediaType.HTML, headers=_PAGE_HEADERS)


def _language(request: AnyRequest) -> str:
    return chosen_language(request.query_params.get("lang"), request.headers.get("accept-language", ""))


def _canonical(text: str) -> str | None:
    try:
        return parse_route(text)
    except PeerError:
        return None


def _named(clients: list[ClientFile], name: str) -> ClientFile | None:
    # A name is only ever compared with what the folder lists; it never becomes part of a path.
    return next((client for client in clients if client.name == name), None)
