"""Nothing answers a stranger, except what is meant to: every route of the document, and paths bent to get by."""

import itertools
import json
import random
import re
import socket
from urllib.parse import urlsplit

from tests.support.relay_process import PreparedRelay

OPEN_TO_STRANGERS = {
    ("get", "/api/v1/health"),
    ("get", "/api/v1/identity"),
    ("post", "/api/v1/sign-in"),
    ("get", "/log/certificate"),
    ("get", "/log/{year}/checkpoint"),
    ("get", "/log/{year}/consistency"),
    # the right to these is the session's own token, in the body
    ("post", "/api/v1/reports"),
    ("post", "/api/v1/surveys"),
}
PAGES_FOR_STRANGERS = {"/schema", "/schema/openapi.json", "/static/join.css", "/static/deskside.svg", "/api/v1/health"}
PAGES_FOR_STRANGERS |= {"/api/v1/identity"}


def document(relay: PreparedRelay) -> dict[str, dict[str, dict[str, object]]]:
    paths: dict[str, dict[str, dict[str, object]]] = relay.request("GET", "/schema/openapi.json", token="").json()[
        "paths"
    ]
    return paths


def filled(path: str) -> str:
    return re.sub(
        r"\{(\w+)\}", lambda found: {"number": "DS-2026-000001", "session": "0" * 32}.get(found[1], "1"), path
    )


def test_every_route_of_the_document_wants_a_token_except_the_allowed(shared_relay: PreparedRelay) -> None:
    shared_relay.open_session()
    routes = [(method, path) for path, methods in document(shared_relay).items() for method in methods]
    assert len(routes) >= 18
    for method, path in routes:
        with shared_relay.client("") as client:
            answer = client.request(method, filled(path), content=b"{}")
        if (method, path) not in OPEN_TO_STRANGERS:
            assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid"), (method, path)


def test_the_document_says_which_routes_are_open(shared_relay: PreparedRelay) -> None:
    said = {
        (method, path)
        for path, methods in document(shared_relay).items()
        for method, operation in methods.items()
        if operation.get("security") == [{}]
    }
    assert said == OPEN_TO_STRANGERS


def test_the_document_describes_the_messages_exactly(shared_relay: PreparedRelay) -> None:
    whole = shared_relay.request("GET", "/schema/openapi.json", token="").json()
    schemas = whole["components"]["schemas"]
    assert schemas["DeviceEnrolment"]["properties"]["signing_key"]["contentEncoding"] == "base64"
    assert schemas["NewTicket"]["additionalProperties"] is False
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(whole)))
    assert references <= set(schemas)
    assert "application/problem+json" in json.dumps(whole)


def bent_paths(seed: int, count: int) -> list[str]:
    """Variants of real paths with doubled slashes, dot segments, semicolons, encodings and endings."""
    rng = random.Random(seed)
    parts = ["api", "v1", "me", "tickets", "organisation", "certificates", "device", "health", "j", "schema", "static"]
    joints = ["/", "//", "/./", "/../", "/%2e%2e/", "/%2f", ";/", "/;x=1/", "%2F", "/%00/", "/\t/".replace("\t", "%09")]
    ends = ["", "/", "//", "/.", ";", "%20", "?x", "/..", ".json", "%00", "/health", "/../health"]
    return [
        "/" + "".join(part + rng.choice(joints) for part in rng.choices(parts, k=rng.randint(1, 4))) + rng.choice(ends)
        for _ in range(count)
    ]


def raw_answer(relay: PreparedRelay, path: str) -> tuple[int, bytes]:
    """Return status and body for exactly this path; HTTP clients would tidy it up."""
    address = urlsplit(relay.url)
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=30) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body


def test_no_bent_path_gets_past_the_guard(shared_relay: PreparedRelay) -> None:
    plain = ["/api/v1/me", "/api/v1/tickets", "/api/v1/certificates"]
    bent = [f"{path}{end}" for path, end in itertools.product(plain, ["/", "//", "/.", ";", "%20", "?a=b", "#"])]
    public = {raw_answer(shared_relay, path)[1] for path in PAGES_FOR_STRANGERS}
    for path in [*bent, *bent_paths(seed=1, count=500)]:
        status, body = raw_answer(shared_relay, path)
        assert status in {400, 401, 404, 405} or (status == 200 and body in public), (path, status)


def test_no_route_makes_accounts(shared_relay: PreparedRelay) -> None:
    assert not [path for path in document(shared_relay) if re.search(r"user|account|setup|register|admin", path)]


def test_the_log_never_has_routes_or_tokens(shared_relay: PreparedRelay) -> None:
    opened = shared_relay.open_session()
    shared_relay.request("GET", f"/j/{opened.route}", token="")
    log = shared_relay.log_text()
    assert '"route": "/j/{route}"' in log
    for secret in (opened.route, opened.token, shared_relay.token):
        assert secret not in log
    assert all(json.loads(line)["message"] for line in log.splitlines())
