"""Tickets through the real API: numbering, life, notes, attachments, the list."""

import asyncio
import base64
import hashlib

import httpx

from relay.accounts.people import Role
from tests.support.relay_in_process import ServedRelay

TICKET = {"subject": "Printer is on fire", "customer": "Carla"}


async def signed_in(served: ServedRelay, name: str = "tess", role: Role = Role.TECHNICIAN) -> dict[str, str]:
    await served.add_person(name, role)
    return await served.token_of(name)


async def create(served: ServedRelay, headers: dict[str, str], **fields: str) -> dict[str, object]:
    answer = await served.http.post("/api/v1/tickets", json={**TICKET, **fields}, headers=headers)
    assert answer.status_code == 201, answer.text
    ticket: dict[str, object] = answer.json()
    return ticket


async def found(served: ServedRelay, headers: dict[str, str], **query: object) -> list[str]:
    answer = await served.http.get("/api/v1/tickets", params=query, headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return [ticket["number"] for ticket in answer.json()["tickets"]]


async def test_tickets_made_at_the_same_moment_get_numbers_without_gaps_or_duplicates(served: ServedRelay) -> None:
    headers = await signed_in(served)
    limits = httpx.Limits(max_connections=12)
    async with httpx.AsyncClient(base_url=served.url, headers=headers, limits=limits, trust_env=False) as http:
        answers = await asyncio.gather(*(http.post("/api/v1/tickets", json=TICKET, timeout=60) for _ in range(40)))
    numbers = sorted(answer.json()["number"] for answer in answers)
    assert numbers == [f"DS-2027-{ordinal:06d}" for ordinal in range(1, 41)]


async def test_numbering_begins_again_with_the_utc_year(served: ServedRelay) -> None:
    headers = await signed_in(served)
    assert (await create(served, headers))["number"] == "DS-2027-000001"
    served.clock.advance(hours=24 * 365)
    headers = await served.token_of("tess")
    assert (await create(served, headers))["number"] == "DS-2028-000001"


async def test_a_ticket_lives_from_new_to_closed_and_remembers_every_step(served: ServedRelay) -> None:
    headers = await signed_in(served)
    path = f"/api/v1/tickets/{(await create(served, headers, description='It burns.'))['number']}"
    for state in ("open", "pending", "solved", "open", "closed"):
        served.clock.advance(minutes=1)
        answer = await served.http.put(f"{path}/state", json={"state": state}, headers=headers)
        assert answer.json()["state"] == state
    ticket = (await served.http.get(path.lower(), headers=headers)).json()
    assert [note["kind"] for note in ticket["notes"]] == ["state"] * 5
    assert ticket["notes"][0]["text"] == "State changed from new to open."
    assert {note["author"] for note in ticket["notes"]} == {"Tess"}
    assert ticket["created_at"] == "2027-01-15T08:00:00.000Z"
    assert ticket["updated_at"] == "2027-01-15T08:05:00.000Z"


async def test_asking_for_the_present_state_changes_nothing(served: ServedRelay) -> None:
    headers = await signed_in(served)
    path = f"/api/v1/tickets/{(await create(served, headers))['number']}"
    answer = await served.http.put(f"{path}/state", json={"state": "new"}, headers=headers)
    assert (answer.status_code, answer.json()["notes"]) == (200, [])


async def test_a_closed_ticket_stays_closed_and_takes_nothing_more(served: ServedRelay) -> None:
    headers = await signed_in(served)
    path = f"/api/v1/tickets/{(await create(served, headers))['number']}"
    await served.http.put(f"{path}/state", json={"state": "closed"}, headers=headers)
    attachment = {"kind": "report", "name": "a", "content": ""}
    refusals = [
        await served.http.put(f"{path}/state", json={"state": "open"}, headers=headers),
        await served.http.post(f"{path}/notes", json={"text": "late"}, headers=headers),
        await served.http.post(f"{path}/attachments", json=attachment, headers=headers),
        await served.http.post(f"{path}/sessions", json={"reason": "late"}, headers=headers),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in refusals} == {(409, "ticket_closed")}


async def test_an_attachment_comes_back_byte_for_byte(served: ServedRelay) -> None:
    headers = await signed_in(served)
    path = f"/api/v1/tickets/{(await create(served, headers))['number']}/attachments"
    content = bytes(range(256)) * 4096
    body = {"kind": "report", "name": "facts", "content": base64.b64encode(content).decode()}
    added = await served.http.post(path, json=body, headers=headers)
    assert added.status_code == 201, added.text
    assert added.json()["size_bytes"] == 1024 * 1024
    assert added.json()["sha256"] == hashlib.sha256(content).hexdigest()
    shown = (await served.http.get(f"{path}/{added.json()['id']}", headers=headers)).json()
    assert base64.b64decode(shown["content"]) == content
    assert shown["attachment"] == added.json()


async def test_an_attachment_belongs_to_its_ticket_and_is_at_most_one_mebibyte(served: ServedRelay) -> None:
    headers = await signed_in(served)
    one, other = [f"/api/v1/tickets/{(await create(served, headers))['number']}/attachments" for _ in range(2)]
    added = await served.http.post(one, json={"kind": "k", "name": "n", "content": "AAAA"}, headers=headers)
    missing = await served.http.get(f"{other}/{added.json()['id']}", headers=headers)
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    content = base64.b64encode(bytes(1024 * 1024 + 1)).decode()
    too_long = await served.http.post(one, json={"kind": "k", "name": "n", "content": content}, headers=headers)
    assert (too_long.status_code, too_long.json()["code"]) == (400, "invalid_request")
    assert "content" in too_long.json()["detail"]


async def test_the_list_is_filtered_sorted_and_paged(served: ServedRelay) -> None:
    headers = await signed_in(served)
    rows = [("banana", "low"), ("Apple", "urgent"), ("cherry 100%", "normal")]
    numbers = []
    for subject, priority in rows:
        served.clock.advance(minutes=1)
        numbers.append((await create(served, headers, subject=subject, priority=priority))["number"])
    first, second, third = numbers
    served.clock.advance(minutes=1)
    await served.http.put(f"/api/v1/tickets/{first}/state", json={"state": "open"}, headers=headers)
    assert await found(served, headers) == [first, third, second]
    assert await found(served, headers, sort="subject") == [second, first, third]
    assert await found(served, headers, sort="-priority") == [second, third, first]
    assert await found(served, headers, sort="-number", page=2, page_size=1) == [second]
    assert await found(served, headers, state="open") == [first]
    assert await found(served, headers, priority="urgent", state="new") == [second]
    assert await found(served, headers, q="APPLE") == [second]
    assert await found(served, headers, q="100%") == [third]
    assert await found(served, headers, q="0002") == [second]
    assert await found(served, headers, q="%") == [third]
    page = (await served.http.get("/api/v1/tickets?page=9&page_size=2", headers=headers)).json()
    assert page == {"tickets": [], "total": 3, "page": 9, "page_size": 2}
