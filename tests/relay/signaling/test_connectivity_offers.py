"""When parties are told how to reach each other: both have claimed the mailbox, not before, and again when they ask."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.messages.signaling import BodyDelivered, ConnectivityOffered, ConnectivityWanted, LeaveMailbox, PostBody
from relay.connectivity.turn import read_or_make_secret
from tests.support.mailbox_client import MailboxClient
from tests.support.relay_process import PreparedRelay, running_relay

TURN = "turn:turn.example.com:3478?transport=udp"


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PreparedRelay]:
    secret_file: Path = tmp_path_factory.mktemp("turn") / "secret"
    read_or_make_secret(secret_file)
    with running_relay(None, "--turn-url", TURN, "--turn-secret-file", str(secret_file)) as relay:
        yield relay


async def offer_to(client: MailboxClient) -> ConnectivityOffered:
    """Return the next offer; anything else that comes first is passed over."""
    async with asyncio.timeout(20):
        while not isinstance(message := await client.receive_any(), ConnectivityOffered):
            continue
        return message


async def test_credentials_come_when_both_have_claimed_and_fresh_ones_on_request(relay: PreparedRelay) -> None:
    opened, url = relay.open_session(), relay.mailbox_url
    async with MailboxClient(url) as technician, MailboxClient(url) as customer:
        await technician.attach_technician(opened)
        await technician.send(ConnectivityWanted())
        await technician.send(PostBody(b"are you there"))
        await customer.join(opened.route)
        offers = [await offer_to(customer), await offer_to(technician)]
        await customer.send(ConnectivityWanted())
        offers.append(await offer_to(customer))
        await customer.send(PostBody(b"yes"))
        await technician.expect(BodyDelivered(b"yes"))
    assert technician.ways is None, "asked for too early, and so not answered"
    assert all((offer.turn, offer.tunnel, offer.turn_lives_s) == ((TURN,), True, 600) for offer in offers)
    assert len({offer.turn_username for offer in offers}) == 3
    log = relay.log_text()
    assert log.count("turn credentials issued") == 3
    assert offers[0].turn_username in log
    assert offers[0].turn_password not in log


async def test_who_comes_back_is_told_at_once_and_who_has_left_is_not(relay: PreparedRelay) -> None:
    opened, url = relay.open_session(), relay.mailbox_url
    async with MailboxClient(url) as customer, MailboxClient(url) as technician:
        claimed = await customer.join(opened.route)
        async with MailboxClient(url) as returned:
            await returned.attach(claimed.mailbox, claimed.token)
            assert (await offer_to(returned)).turn == (TURN,)
            await returned.send(LeaveMailbox())
            await returned.send(ConnectivityWanted())
            assert (await returned.refusal()).code == "token_invalid"
        await technician.attach_technician(opened)
        assert (await offer_to(technician)).turn == (TURN,)
