"""Every route of a relay, asked by everybody: who is let in, against what is written down here once more."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
from litestar import Litestar
from litestar.routes import HTTPRoute, WebSocketRoute

from relay.accounts.permissions import Action
from tests.support.kept_sessions import KeptSession, ReviewStage

STRANGER = "stranger"
CALLERS = ("technician", "lead", "auditor", "administrator", STRANGER)

MAY: dict[Action, str] = {
    # in the order of CALLERS: Every session's, Own only, - not at all
    Action.WITHOUT_SIGNING_IN: "E E E E E",
    Action.WITH_A_SESSION_TOKEN: "E E E E E",
    Action.KNOW_MYSELF: "E E E E -",
    Action.READ_ORGANISATION: "E E E E -",
    Action.ENROL_DEVICE: "E E E E -",
    Action.READ_CERTIFICATES: "E E E E -",
    Action.READ_TICKETS: "E E E E -",
    Action.CHANGE_TICKETS: "E E - - -",
    Action.READ_ATTACHMENTS: "E E E - -",
    Action.OPEN_SESSION: "E E - - -",
    Action.JOIN_SESSION: "E E - - -",
    Action.DELIVER_EVENTS: "O O - - -",
    Action.DEPOSIT_KEY: "O O - - -",
    Action.UPLOAD_RECORDING: "O O - - -",
    Action.READ_RECORD: "O E E E -",
    Action.READ_RECEIPTS: "O E E E -",
    Action.READ_RECORDING: "O E E - -",
    Action.SEARCH_SESSIONS: "O E E E -",
    Action.REVIEW_SESSION: "O E E - -",
    Action.SIGN_SESSION: "O E E - -",
    Action.NOTE_EXPORT: "O E E - -",
    Action.READ_REPORTS: "- - - E -",
    Action.HOLD_SESSION: "- - - E -",
    Action.ERASE_SESSION: "- - - E -",
    Action.MANAGE_RETENTION: "- - - E -",
}


@dataclass(frozen=True)
class Endpoint:
    """One method of one path; `action` None when the route names none."""

    method: str
    path: str
    action: Action | None


@dataclass(frozen=True)
class Probe:
    """One cell of the matrix and what came of it."""

    endpoint: Endpoint
    caller: str
    own: bool
    status: int
    code: str

    @property
    def refused(self) -> bool:
        """Whether the caller was turned away before anything happened."""
        return (self.status, self.code) in {(401, "token_invalid"), (403, "permission_denied")}

    @property
    def should_be_refused(self) -> bool:
        """Whether the caller must be."""
        if self.endpoint.action is None:
            return True
        mark = MAY[self.endpoint.action].split()[CALLERS.index(self.caller)]
        about_a_session = "{session" in self.endpoint.path
        return mark == "-" or (mark == "O" and about_a_session and not self.own)


def endpoints(app: Litestar) -> list[Endpoint]:
    """Return every HTTP endpoint of `app`, in the order of paths; the framework's OPTIONS too."""
    found = [
        Endpoint(method, route.path, _action(handler.opt))
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items()
    ]
    return sorted(found, key=lambda one: (one.path, one.method))


def sockets(app: Litestar) -> dict[str, Action | None]:
    """Return the action of every WebSocket of `app` by path."""
    return {route.path: _action(route.route_handler.opt) for route in app.routes if isinstance(route, WebSocketRoute)}


async def probe_everything(stage: ReviewStage) -> list[Probe]:
    """Ask every endpoint of ours as everybody, about a session of their own (technician) and about somebody else's."""
    own, others = await stage.keep(), await _of_the_lead(stage)
    probes: list[Probe] = []
    for endpoint in endpoints(stage.relay.app):
        if endpoint.method == "OPTIONS":
            continue
        cells = [
            (caller, mine, session) for caller in CALLERS for mine, session in _sessions(endpoint, caller, own, others)
        ]
        probes += await asyncio.gather(*(_probe(stage, endpoint, *cell) for cell in cells))
    return probes


async def _probe(stage: ReviewStage, endpoint: Endpoint, caller: str, mine: bool, session: KeptSession) -> Probe:
    answer = await _ask(stage, endpoint, caller, session)
    return Probe(endpoint, caller, mine, answer.status_code, _code(answer))


def unexpected_allows(probes: list[Probe]) -> list[Probe]:
    """Return the cells in which somebody was let in who must not be."""
    return [probe for probe in probes if probe.should_be_refused and not probe.refused]


def unexpected_refusals(probes: list[Probe]) -> list[Probe]:
    """Return the cells in which somebody was turned away who must not be."""
    return [probe for probe in probes if probe.refused and not probe.should_be_refused]


def _sessions(
    endpoint: Endpoint, caller: str, own: KeptSession, others: KeptSession
) -> Iterator[tuple[bool, KeptSession]]:
    yield caller == "technician", own
    if "{session" in endpoint.path:
        yield caller == "lead", others


async def _of_the_lead(stage: ReviewStage) -> KeptSession:
    """Open a session of the lead's own."""
    await stage.relay.certify(stage.people["lead"])
    ticket = await stage.ticket()
    answer = await stage.ask("lead", "POST", f"/api/v1/tickets/{ticket}/sessions", {"reason": "Have a look"})
    assert answer.status_code == 201, answer.text
    return KeptSession(answer.json()["session"], ticket, bytes(32))


async def _ask(stage: ReviewStage, endpoint: Endpoint, caller: str, session: KeptSession) -> httpx.Response:
    named = {"number": session.ticket, "session": session.session}
    path = re.sub(r"\{(\w+)(:\w+)?\}", lambda found: named.get(found[1], "1"), endpoint.path)
    # A body nothing accepts: who is let in is answered 400, and nothing is changed on the way.
    headers = stage.headers.get(caller, {})
    if endpoint.path == "/api/v1/sign-out":
        # That token is worth nothing afterwards.
        await stage.sign_everybody_in()
    return await stage.relay.http.request(endpoint.method, path, content=b'{"no such": "field"}', headers=headers)


def _action(opt: dict[str, object]) -> Action | None:
    action = opt.get("action")
    return action if isinstance(action, Action) else None


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("code", ""))
    except (ValueError, AttributeError):
        return ""
