"""Opening sessions through the real API, and how long their invitations live."""

import secrets

from protocol.pairing.route import parse_route
from relay.accounts.people import Role
from relay.storage.sessions import MailboxStore
from tests.support.mailbox_client import MailboxClient
from tests.support.relay_in_process import ServedRelay

TICKET = {"subject": "Printer is on fire", "customer": "Carla"}


async def ticket_path(served: ServedRelay, headers: dict[str, str]) -> str:
    answer = await served.http.post("/api/v1/tickets", json=TICKET, headers=headers)
    return f"/api/v1/tickets/{answer.json()['number']}"


async def test_a_session_needs_an_organisation_and_then_a_certified_device(served: ServedRelay) -> None:
    person = await served.add_person("tess")
    headers = await served.token_of("tess")
    path = f"{await ticket_path(served, headers)}/sessions"
    missing = await served.http.post(path, json={"reason": "help"}, headers=headers)
    assert (missing.status_code, missing.json()["code"]) == (409, "organisation_missing")
    await served.make_organisation()
    uncertified = await served.http.post(path, json={"reason": "help"}, headers=headers)
    assert (uncertified.status_code, uncertified.json()["code"]) == (409, "device_not_certified")
    await served.certify(person, hours=1)
    assert (await served.http.post(path, json={"reason": "help"}, headers=headers)).status_code == 201
    served.clock.advance(hours=1.5)
    expired = await served.http.post(path, json={"reason": "help"}, headers=headers)
    assert expired.json()["code"] == "device_not_certified"
    device = await served.http.get("/api/v1/device", headers=headers)
    assert device.json()["status"] == "expired"
    assert (await served.http.get("/api/v1/certificates", headers=headers)).json() == {"certificates": []}


async def test_somebody_elses_certificate_does_not_help(served: ServedRelay) -> None:
    await served.make_organisation()
    await served.certify(await served.add_person("tess"))
    await served.add_person("otto")
    headers = await served.token_of("otto")
    path = f"{await ticket_path(served, headers)}/sessions"
    assert (await served.http.post(path, json={"reason": "help"}, headers=headers)).json()["code"] == (
        "device_not_certified"
    )


async def test_an_opened_session_is_on_its_ticket_without_anything_secret(served: ServedRelay) -> None:
    await served.make_organisation()
    await served.certify(await served.add_person("tess"))
    headers = await served.token_of("tess")
    path = await ticket_path(served, headers)
    opened = (
        await served.http.post(f"{path}/sessions", json={"reason": "help", "spoken": True}, headers=headers)
    ).json()
    assert opened["link"] == f"{served.url}/j/{opened['route']}"
    assert (opened["subject"], opened["reason"]) == (TICKET["subject"], "help")
    assert len(opened["spoken_route"]) == 6
    assert opened["expires_at"] == "2027-01-16T08:00:00.000Z"
    answer = await served.http.get(path, headers=headers)
    (session,) = answer.json()["sessions"]
    assert (session["session"], session["state"], session["technician"]) == (opened["session"], "waiting", "Tess")
    assert [note["kind"] for note in answer.json()["notes"]] == ["session"]
    for secret in ("token", "mailbox", "route", "spoken_route"):
        assert opened[secret] not in answer.text


async def test_links_end_after_a_day_and_spoken_routes_after_a_quarter_of_an_hour(served: ServedRelay) -> None:
    await served.make_organisation()
    await served.certify(await served.add_person("tess"))
    headers = await served.token_of("tess")
    path = await ticket_path(served, headers)
    opened = (
        await served.http.post(f"{path}/sessions", json={"reason": "help", "spoken": True}, headers=headers)
    ).json()
    mailboxes, route = MailboxStore(served.database), parse_route(opened["route"])
    now_ms = served.clock()
    minute_ms = 60_000

    async def claim(at_ms: int, *, spoken: bool) -> object:
        text = opened["spoken_route"] if spoken else route
        return await mailboxes.claim(text, spoken=spoken, customer_token=secrets.token_bytes(32), now_ms=at_ms)

    assert await claim(now_ms + 15 * minute_ms, spoken=True) is None
    assert await claim(now_ms + 24 * 60 * minute_ms, spoken=False) is None
    assert await claim(now_ms + 24 * 60 * minute_ms - 1, spoken=False) is not None
    assert await claim(now_ms, spoken=True) is None, "a route is claimed once, by whichever of its names"


async def test_a_session_nobody_came_to_expires_with_its_link(served: ServedRelay) -> None:
    await served.make_organisation()
    await served.certify(await served.add_person("tess"))
    headers = await served.token_of("tess")
    path = await ticket_path(served, headers)
    await served.http.post(f"{path}/sessions", json={"reason": "help"}, headers=headers)
    served.clock.advance(hours=24)
    assert len(await MailboxStore(served.database).close_expired(served.clock())) == 1
    assert await MailboxStore(served.database).close_expired(served.clock()) == ()
    headers = await served.token_of("tess")
    (session,) = (await served.http.get(path, headers=headers)).json()["sessions"]
    assert (session["state"], session["ended_at"]) == ("expired", "2027-01-16T08:00:00.000Z")


async def test_a_technician_who_waits_too_long_is_told_that_the_link_ended(served: ServedRelay) -> None:
    await served.make_organisation()
    await served.certify(await served.add_person("tess"))
    headers = await served.token_of("tess")
    path = await ticket_path(served, headers)
    opened = (await served.http.post(f"{path}/sessions", json={"reason": "help"}, headers=headers)).json()
    mailbox = await MailboxStore(served.database).of_session(opened["session"])
    assert mailbox is not None
    url = served.url.replace("http", "ws") + "/ws/mailbox"
    async with MailboxClient(url) as technician:
        await technician.attach(mailbox.mailbox, opened["token"])
        served.clock.advance(hours=24)
        # The relay looks every five seconds of real time.
        assert (await technician.refusal()).code == "route_not_open"


async def test_leads_need_a_certified_device_like_everybody(served: ServedRelay) -> None:
    await served.make_organisation()
    await served.add_person("lea", Role.LEAD)
    headers = await served.token_of("lea")
    path = f"{await ticket_path(served, headers)}/sessions"
    answer = await served.http.post(path, json={"reason": "help"}, headers=headers)
    assert answer.json()["code"] == "device_not_certified"
