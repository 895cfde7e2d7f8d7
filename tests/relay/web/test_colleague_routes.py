"""Inviting a colleague through the relay: only from one's own session, only to a certified colleague, only in time."""

import secrets
from typing import Any

import msgspec
import pytest

from protocol.messages.colleague import ColleaguePurpose
from protocol.messages.colleague_api import AwaitedColleague, ColleagueInvitations, JoinedSession, NewColleague
from protocol.messages.relay_api import OpenedSession
from protocol.messages.signaling import AttachMailbox, JoinMailbox, MailboxAttached, MailboxClaimed
from protocol.version import PROTOCOL_VERSION
from relay.storage.organisation import OrganisationStore
from tests.support.mailbox_client import MailboxClient
from tests.support.relay_in_process import ServedRelay


class House:
    """Tess has a session; Maria and Noor are colleagues, Noor's device is not certified."""

    def __init__(self, served: ServedRelay) -> None:
        self.served = served
        self.headers: dict[str, dict[str, str]] = {}
        self.certificates: dict[str, bytes] = {}

    async def furnish(self) -> "House":
        await self.served.make_organisation()
        for name in ("tess", "maria", "noor"):
            person = await self.served.add_person(name)
            self.headers[name] = await self.served.token_of(name)
            if name != "noor":
                await self.served.certify(person, secrets.token_bytes(32))
                device = await OrganisationStore(self.served.database).current_device(person.id)
                assert device is not None
                assert device.certificate is not None
                self.certificates[name] = device.certificate
        ticket = await self.ask("tess", "POST", "/api/v1/tickets", {"subject": "s", "customer": "c"})
        self.ticket = ticket.json()["number"]
        opened = await self.ask("tess", "POST", f"/api/v1/tickets/{self.ticket}/sessions", {"reason": "Look"})
        self.opened = msgspec.json.decode(opened.content, type=OpenedSession)
        return self

    async def ask(self, who: str, method: str, path: str, body: Any = None):
        content = None if body is None else msgspec.json.encode(body)
        return await self.served.http.request(method, path, content=content, headers=self.headers[who])

    async def invite(self, who: str = "tess", *, whom: str = "maria"):
        new = NewColleague(self.certificates[whom], ColleaguePurpose.HELP, b"sealed")
        return await self.ask(who, "POST", f"/api/v1/sessions/{self.opened.session}/colleagues", new)

    async def waiting(self, who: str) -> ColleagueInvitations:
        answer = await self.ask(who, "GET", "/api/v1/invitations")
        return msgspec.json.decode(answer.content, type=ColleagueInvitations)


@pytest.fixture
async def house(served: ServedRelay) -> House:
    return await House(served).furnish()


async def test_an_invited_colleague_finds_it_and_meets_the_customer_in_a_mailbox_of_their_own(house: House) -> None:
    answer = await house.invite()
    assert answer.status_code == 201, answer.text
    awaited = msgspec.json.decode(answer.content, type=AwaitedColleague)
    assert (await house.waiting("tess")).invitations == ()
    (invitation,) = (await house.waiting("maria")).invitations
    assert (invitation.session, invitation.joins) == (awaited.session, house.opened.session)
    assert (invitation.technician, invitation.ticket, invitation.invitation) == ("Tess", house.ticket, b"sealed")
    answer = await house.ask("maria", "POST", f"/api/v1/invitations/{awaited.session}/join")
    opened = msgspec.json.decode(answer.content, type=JoinedSession).opened
    assert opened.session == awaited.session != house.opened.session
    url = house.served.url.replace("http", "ws", 1) + "/ws/mailbox"
    async with MailboxClient(url) as customer, MailboxClient(url) as colleague:
        await customer.send(JoinMailbox(awaited.route, PROTOCOL_VERSION))
        claimed = await customer.receive()
        assert isinstance(claimed, MailboxClaimed)
        assert claimed.session == awaited.session
        await colleague.send(AttachMailbox(opened.mailbox, opened.token, PROTOCOL_VERSION))
        attached = await colleague.receive()
        assert isinstance(attached, MailboxAttached)
        assert attached.peer_present


async def test_only_the_sessions_technician_invites_and_only_a_certified_colleague(house: House) -> None:
    assert (await house.invite("maria", whom="tess")).json()["code"] == "permission_denied"
    assert (await house.invite(whom="tess")).json()["code"] == "device_not_certified"
    house.certificates["noor"] = b"none"
    assert (await house.invite(whom="noor")).json()["code"] == "device_not_certified"
    unknown = NewColleague(house.certificates["maria"], ColleaguePurpose.VIEW, b"sealed")
    answer = await house.ask("tess", "POST", f"/api/v1/sessions/{'0' * 32}/colleagues", unknown)
    assert answer.json()["code"] == "not_found"


async def test_nobody_else_can_take_an_invitation(house: House) -> None:
    awaited = msgspec.json.decode((await house.invite()).content, type=AwaitedColleague)
    for who in ("tess", "noor"):
        answer = await house.ask(who, "POST", f"/api/v1/invitations/{awaited.session}/join")
        assert answer.json()["code"] == "not_found"
    own = await house.ask("tess", "POST", f"/api/v1/invitations/{house.opened.session}/join")
    assert own.json()["code"] == "not_found"


async def test_an_invitation_is_taken_back_by_who_made_it_and_is_gone_at_once(house: House) -> None:
    awaited = msgspec.json.decode((await house.invite()).content, type=AwaitedColleague)
    path = f"/api/v1/sessions/{house.opened.session}/colleagues/{awaited.session}"
    answer = await house.ask("maria", "DELETE", path)
    assert answer.json()["code"] == "not_found"
    for colleague in (house.opened.session, "0" * 32):
        wrong = f"/api/v1/sessions/{house.opened.session}/colleagues/{colleague}"
        assert (await house.ask("tess", "DELETE", wrong)).json()["code"] == "not_found"
    assert len((await house.waiting("maria")).invitations) == 1
    for _ in range(2):
        assert (await house.ask("tess", "DELETE", path)).status_code == 204
    assert (await house.waiting("maria")).invitations == ()
    answer = await house.ask("maria", "POST", f"/api/v1/invitations/{awaited.session}/join")
    assert answer.json()["code"] == "invitation_expired"
    ticket = (await house.ask("tess", "GET", f"/api/v1/tickets/{house.ticket}")).json()
    assert len([note for note in ticket["notes"] if "was withdrawn" in note["text"]]) == 1


async def test_an_invitation_ends_after_ten_minutes_and_there_are_only_so_many(house: House) -> None:
    awaited = msgspec.json.decode((await house.invite()).content, type=AwaitedColleague)
    for _ in range(7):
        assert (await house.invite()).status_code == 201
    assert (await house.invite()).json()["code"] == "too_many_requests"
    house.served.clock.advance(minutes=10)
    assert (await house.waiting("maria")).invitations == ()
    answer = await house.ask("maria", "POST", f"/api/v1/invitations/{awaited.session}/join")
    assert answer.json()["code"] == "invitation_expired"
