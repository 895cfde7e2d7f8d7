"""The page a customer's link opens: who wants to help, with what, what will happen, and how to start. No script."""

import shlex
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import File

from protocol.errors import PeerError
from protocol.pairing.certificates import root_id
from protocol.pairing.route import parse_route, write_route
from relay.clock import Clock
from relay.storage.sessions import InvitationDetails, SessionStore
from relay.web.client_files import ClientFile, client_files
from relay.web.guarding import PUBLIC

_HERE = Path(__file__).parent
_STYLE = (_HERE / "static" / "join.css").read_bytes()
_ICON = (_HERE / "static" / "deskside.svg").read_bytes()
_KEEP = {"Cache-Control": "public, max-age=3600"}


def join_routes(sessions: SessionStore, *, data_dir: Path, origin: str, clock: Clock) -> list[HTTPRouteHandler]:
    """Return the join page, its downloads, its style sheet and its icon."""
    pages = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined)

    @get("/j/{route:str}", opt=PUBLIC, include_in_schema=False, media_type=MediaType.HTML)
    async def join_page(route: FromPath[str]) -> Response[str]:
        found = await find(route)
        if found is None:
            return not_open()
        canonical, details = found
        written = write_route(canonical)
        content = pages.get_template("join.html").render(
            invitation=details,
            route=written,
            command=start_command(origin, details.root_key, written),
            clients=client_files(data_dir),
        )
        return Response(content, media_type=MediaType.HTML)

    @get("/j/{route:str}/client/{name:str}", opt=PUBLIC, include_in_schema=False)
    async def download(route: FromPath[str], name: FromPath[str]) -> File | Response[str]:
        found = await find(route)
        client = _named(client_files(data_dir), name)
        if found is None or client is None:
            return not_open()
        download_name = client.download_name(origin, write_route(found[0]))
        return File(client.path, filename=download_name, media_type="application/octet-stream")

    @get("/static/join.css", opt=PUBLIC, include_in_schema=False, cache=False)
    async def style() -> Response[bytes]:
        return Response(_STYLE, media_type=MediaType.CSS, headers=_KEEP)

    @get("/static/deskside.svg", opt=PUBLIC, include_in_schema=False, cache=False)
    async def icon() -> Response[bytes]:
        return Response(_ICON, media_type="image/svg+xml", headers=_KEEP)

    async def find(text: str) -> tuple[str, InvitationDetails] | None:
        try:
            canonical = parse_route(text)
        except PeerError:
            return None
        details = await sessions.invitation_details(canonical, clock())
        return None if details is None else (canonical, details)

    def not_open() -> Response[str]:
        content = pages.get_template("not_open.html").render()
        return Response(content, status_code=404, media_type=MediaType.HTML)

    return [join_page, download, style, icon]


def start_command(origin: str, root_key: bytes, written_route: str) -> str:
    """Return the line that starts an installed client for this session."""
    words = ["deskside-customer", "--relay", origin, "--organisation", root_id(root_key).hex(), written_route]
    return shlex.join(words)


def _named(clients: list[ClientFile], name: str) -> ClientFile | None:
    # A name is only ever compared with what the folder lists; it never becomes part of a path.
    return next((client for client in clients if client.name == name), None)
