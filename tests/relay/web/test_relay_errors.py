"""web/errors.py: every code of docs/protocol.md section 8, asked for over real HTTP."""

import re
from pathlib import Path

import httpx
import pytest

from protocol.messages.relay_api import Problem
from relay.web.errors import STATUS_OF_CODE
from tests.support.relay_process import PreparedRelay

DOCUMENT = Path(__file__).parents[3] / "docs" / "protocol.md"
TICKET = {"subject": "s", "customer": "c"}


def refused(answer: httpx.Response, status: int, code: str) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == set(Problem.__struct_fields__)
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == "about:blank"
    assert problem["detail"].endswith(".")
    return str(problem["detail"])


def test_every_code_of_the_document_has_a_status() -> None:
    section = DOCUMENT.read_text(encoding="utf-8").split("\nCodes: ", 1)[1].split("; on the mailbox", 1)[0]
    assert set(re.findall(r"`([a-z_]+)`", section)) == set(STATUS_OF_CODE)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ("", "request"),
        ("{", "request"),
        ("[]", "request"),
        ("\xff", "request"),
        ("[" * 30_000, "request"),
        ('{"subject":"s"}', "customer"),
        ('{"subject":"","customer":"c"}', "subject"),
        ('{"subject":"s","customer":5}', "customer"),
        ('{"subject":"s","customer":"c","extra":1}', "extra"),
        ('{"subject":"s","customer":"c","priority":"huge"}', "priority"),
        ('{"subject":"' + "s" * 201 + '","customer":"c"}', "subject"),
    ],
)
def test_a_bad_body_is_refused_with_the_name_of_the_field(
    shared_relay: PreparedRelay, content: str, field: str
) -> None:
    with shared_relay.client() as client:
        answer = client.post("/api/v1/tickets", content=content.encode("latin-1"))
    assert field in refused(answer, 400, "invalid_request")


@pytest.mark.parametrize("spoken", ['"true"', "1", "null"])
def test_values_are_never_converted(shared_relay: PreparedRelay, spoken: str) -> None:
    with shared_relay.client() as client:
        answer = client.post("/api/v1/tickets/DS-2026-000001/sessions", content=f'{{"reason":"r","spoken":{spoken}}}')
    assert "spoken" in refused(answer, 400, "invalid_request")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("page=x", "page"),
        ("page_size=201", "page_size"),
        ("page_size=0", "page_size"),
        ("state=odd", "state"),
        ("priority=odd", "priority"),
        ("sort=password_hash", "sort"),
        ("q=" + "x" * 201, "q"),
    ],
)
def test_a_bad_query_is_refused_with_the_name_of_the_field(shared_relay: PreparedRelay, query: str, field: str) -> None:
    answer = shared_relay.request("GET", f"/api/v1/tickets?{query}")
    assert refused(answer, 400, "invalid_request").startswith(f"{field}:")


def test_requests_that_are_too_large_are_refused(shared_relay: PreparedRelay) -> None:
    with shared_relay.client() as client:
        refused(client.post("/api/v1/tickets", content=b" " * 70_000), 413, "request_too_large")
        path = "/api/v1/tickets/DS-2026-000001/attachments"
        refused(client.post(path, content=b" " * 1_600_000), 413, "request_too_large")


@pytest.mark.parametrize("number", ["DS-2026-1", "DS-26-000001", "1", "DS-2026-00000A"])
def test_a_malformed_ticket_number_is_told_from_an_unknown_one(shared_relay: PreparedRelay, number: str) -> None:
    refused(shared_relay.request("GET", f"/api/v1/tickets/{number}"), 400, "ticket_number_malformed")
    refused(shared_relay.request("GET", "/api/v1/tickets/DS-1999-000001"), 404, "not_found")


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer nonsense", "Basic dGVzczpwdw==", "nonsense"])
def test_a_token_that_is_none_is_refused(shared_relay: PreparedRelay, authorization: str) -> None:
    with shared_relay.client("") as client:
        answer = client.get("/api/v1/me", headers={"Authorization": authorization})
    refused(answer, 401, "token_invalid")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_an_unknown_address_and_a_wrong_method_are_problems_too(shared_relay: PreparedRelay) -> None:
    refused(shared_relay.request("GET", "/nothing/here"), 404, "not_found")
    refused(shared_relay.request("DELETE", "/api/v1/me"), 405, "invalid_request")
    refused(shared_relay.request("GET", "/api/v1/tickets/DS-2026-000001/attachments/0"), 400, "invalid_request")
    refused(shared_relay.request("GET", f"/api/v1/tickets/DS-2026-000001/attachments/{2**63}"), 400, "invalid_request")


def test_enrolling_somebody_elses_signing_key_is_refused(shared_relay: PreparedRelay) -> None:
    device = shared_relay.request("GET", "/api/v1/device").json()
    enrolment = {name: device[name] for name in ("signing_key", "sealing_key", "label")}
    with shared_relay.client(shared_relay.administrator_token) as client:
        assert "signing_key" in refused(client.put("/api/v1/device", json=enrolment), 400, "invalid_request")
        refused(client.get("/api/v1/device"), 404, "not_found")


def test_every_answer_has_its_security_headers(shared_relay: PreparedRelay) -> None:
    for path in ("/api/v1/health", "/api/v1/me", "/j/nothing", "/nothing", "/schema/openapi.json", "/static/join.css"):
        headers = shared_relay.request("GET", path, token="").headers
        assert headers["content-security-policy"].startswith(("default-src 'self';", "default-src 'none';"))
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers
        if path.startswith("/api"):
            assert headers["cache-control"] == "no-store"
