"""Requirements R1 to R24 of the security study that no other test is named after; docs/security_evidence.md has all."""

import random
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from litestar import Litestar

from customer_client.trust import find_trust
from protocol.pairing.handshake import State
from protocol.tunnel import datagram_frame, parse_datagram
from relay.accounts.permissions import OPEN_TO_STRANGERS
from relay.accounts.tokens import TOKEN_BYTES, token_hash, token_text
from tests.architecture.source_tree import ROOT
from tests.protocol.pairing.paired_machines import Party, new_customer, new_technician, run
from tests.support.endpoint_matrix import endpoints
from tests.support.hostile_relay import downgraded
from tests.support.kept_sessions import ReviewStage, review_stage
from tests.support.relay_in_process import served_relay

VARIANTS = 100_000
PARTS = ("api", "v1", "me", "tickets", "organisation", "certificates", "device", "health", "j", "schema", "static")
JOINTS = ("/", "//", "/./", "/../", "/%2e%2e/", "/%2f", ";/", "/;x=1/", "%2F", "/%00/", "/\t/", "\\", "/..;/", "/ /")
ENDS = (
    "",
    "/",
    "//",
    "/.",
    ";",
    "%20",
    ".json",
    "%00",
    "/health",
    "/../health",
    "/static/join.css",
    "\n",
    "\u00e9",
    "~",
)
TRUST_OR_DRIVER = re.compile(
    r"\b(?:update-ca-certificates|update-ca-trust|certutil|add-trusted-cert|CertAddEncodedCertificateToStore|"
    r"CertAddCertificateContextToStore|modprobe|insmod|kextload|pnputil|CreateServiceW?|NtLoadDriver|/dev/uinput)\b"
)
MORE_RIGHTS = re.compile(r"\b(?:sudo|pkexec|gksudo|doas|runas|AuthorizationExecuteWithPrivileges|setuid|seteuid)\b")
METHODS = ("GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "get", "TRACE")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[ReviewStage]:
    async with served_relay(tmp_path / "data") as relay:
        yield await review_stage(relay)


def variants(app: Litestar, chance: random.Random) -> Iterator[str]:
    """Yield bent paths: put together from parts, and real ones with something in the middle or at the end."""
    real = [one.path for one in endpoints(app)]
    while True:
        if chance.random() < 0.5:
            path = re.sub(r"\{\w+:?\w*\}", "1", chance.choice(real))
            place = chance.randrange(len(path) + 1)
            yield path[:place] + chance.choice(JOINTS + ENDS) + path[place:] + chance.choice(ENDS)
        else:
            joined = (part + chance.choice(JOINTS) for part in chance.choices(PARTS, k=chance.randint(1, 4)))
            yield "/" + "".join(joined) + chance.choice(ENDS)


async def status_of(app: Litestar, method: str, path: str) -> int:
    """Ask in process, with exactly this path, as nobody."""
    started: list[int] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            started.append(int(str(message["status"])))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"x")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)  # type: ignore[arg-type]
    (status,) = started
    return status


def is_open(app: Litestar) -> re.Pattern[str]:
    """Return what matches the paths a stranger may have an answer from, once slashes are tidied up."""
    paths = [one.path for one in endpoints(app) if one.action in OPEN_TO_STRANGERS]
    return re.compile("|".join(re.sub(r"\\\{\w+(:\w+)?\\\}", r"[^/]+", re.escape(path)) for path in paths))


@pytest.mark.allow_error_logs
async def test_r1_none_of_100000_bent_paths_lets_a_stranger_in(stage: ReviewStage) -> None:
    app, chance = stage.relay.app, random.Random(1)
    allowed, paths, inside = is_open(app), variants(app, chance), list[tuple[str, str, int]]()
    for _ in range(VARIANTS):
        method, path = chance.choice(METHODS), next(paths)
        status = await status_of(app, method, path)
        tidy = re.sub("/+", "/", path).rstrip("/")
        if status >= 500 or (status < 300 and not allowed.fullmatch(tidy)):
            inside.append((method, path, status))
    assert inside == []


def test_r3_a_token_is_256_random_bits_and_says_nothing() -> None:
    one, other = (token_text(bytes([number]) * TOKEN_BYTES) for number in (1, 2))
    assert TOKEN_BYTES * 8 == 256
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", one)
    assert "." not in one + other
    assert token_hash(one) != token_hash(other)


async def test_r3_a_token_with_any_bit_changed_is_nobodys(stage: ReviewStage) -> None:
    token = stage.headers["lead"]["Authorization"].removeprefix("Bearer ")
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        answer = await stage.relay.http.get("/api/v1/me", headers={"Authorization": f"Bearer {changed}"})
        assert answer.status_code == 401


def test_r5_neither_relay_nor_organisation_comes_from_anywhere_but_whoever_starts_the_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("DESKSIDE_RELAY", "DESKSIDE_ORGANISATION"):
        monkeypatch.delenv(name, raising=False)
    assert find_trust(None, None) is None
    assert find_trust("https://relay.example", "not a key") is None
    assert find_trust("https://relay.example", "ab" * 31) is None


async def test_r13_no_route_of_the_relay_takes_a_path(stage: ReviewStage) -> None:
    taking = {one.path for one in endpoints(stage.relay.app) if ":path}" in one.path}
    assert taking <= {"/schema/{path:str}"}
    assert not [
        one.path for one in endpoints(stage.relay.app) if re.search(r"\{\w*(file|folder|directory)\w*", one.path)
    ]
    for name in ("..%2f..%2frelay.db", "....//relay.db", "%2e%2e", "relay.db"):
        answer = await stage.relay.http.get(f"/j/ABCDEFGHJKMN/client/{name}")
        assert answer.status_code == 404


@pytest.mark.parametrize("number", [2, 3])
def test_r15_a_downgrade_ends_the_attempt_on_both_sides_and_nothing_goes_on(number: int) -> None:
    customer, technician = Party(new_customer()), Party(new_technician())
    changed: list[bool] = []

    def relay(place: int, body: bytes) -> bytes:
        if place != number:
            return body
        changed.append(downgraded(body) != body)
        return downgraded(body)

    run(customer, technician, relay)
    assert changed == [True]
    assert State.ESTABLISHED not in (customer.machine.state, technician.machine.state)
    assert customer.machine.over or technician.machine.over


def test_r16_no_program_of_ours_knows_how_to_change_a_trust_store_or_load_a_driver() -> None:
    """What a whole session leaves in those places is compared in `test_hiding_and_farewell`."""
    assert named_in_sources(TRUST_OR_DRIVER) == {}


def test_i7_no_program_of_ours_asks_for_more_rights_than_it_was_started_with() -> None:
    assert named_in_sources(MORE_RIGHTS) == {}


def named_in_sources(what: re.Pattern[str]) -> dict[str, list[str]]:
    """Return what of it the programs' sources name, by file."""
    packages = ("protocol", "relay", "customer_client", "technician_app")
    texts = {str(path): path.read_text(encoding="utf-8") for each in packages for path in (ROOT / each).rglob("*.py")}
    assert len(texts) > 300
    return {path: found for path, text in texts.items() if (found := what.findall(text))}


async def test_r19_what_opens_a_session_stands_in_nobody_elses_answers(stage: ReviewStage) -> None:
    ticket = await stage.ticket()
    opened = await stage.ask("technician", "POST", f"/api/v1/tickets/{ticket}/sessions", {"reason": "Have a look"})
    secrets = [opened.json()[name] for name in ("token", "mailbox", "route")]
    assert all(secrets)
    for one in endpoints(stage.relay.app):
        path = one.path.replace("{number:str}", ticket).replace("{session:str}", opened.json()["session"])
        if one.method != "GET" or "{" in path or "schema" in path:
            continue
        for caller in ("lead", "auditor", "administrator"):
            answer = await stage.relay.http.get(path, headers=stage.headers[caller])
            assert not [secret for secret in secrets if secret in answer.text], (caller, path)


def test_r24_what_goes_through_the_tunnel_can_name_no_address() -> None:
    """There is no field for one: two port numbers of the two ends, and the datagram."""
    frame = datagram_frame(1, 2, b"payload")
    assert parse_datagram(frame) == (1, 2, b"payload")
    assert len(frame) - len(b"payload") <= 5
