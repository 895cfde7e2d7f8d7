"""A real relay proves who it is before a program says anything else, and needs to do so only once."""

import time

from protocol.messages.signaling import AttachMailbox, MailboxAttached, MailboxClaimed, ProveRelay, RelayProven
from protocol.relay_proof import ExpectedRelay, check_proof
from tests.support.mailbox_client import MailboxClient
from tests.support.relay_in_process import ServedRelay
from tests.support.relay_process import PreparedRelay

NONCE = b"n" * 32


async def test_a_relay_proves_itself_and_then_lets_both_parties_in(shared_relay: PreparedRelay) -> None:
    opened = shared_relay.open_session()
    expected = ExpectedRelay(shared_relay.url, shared_relay.root_id)
    async with MailboxClient(shared_relay.mailbox_url) as customer, MailboxClient(shared_relay.mailbox_url) as other:
        for client in (customer, other):
            await client.send(ProveRelay(NONCE))
            proven = await client.receive()
            assert isinstance(proven, RelayProven)
            check_proof(proven, expected, nonce=NONCE, unix_now=time.time())
        assert isinstance(await customer.join(opened.route), MailboxClaimed)
        assert isinstance(await other.attach_technician(opened), MailboxAttached)


async def test_it_is_asked_once_and_first(shared_relay: PreparedRelay) -> None:
    opened = shared_relay.open_session()
    async with MailboxClient(shared_relay.mailbox_url) as client:
        for _ in range(2):
            await client.send(ProveRelay(NONCE))
        assert isinstance(await client.receive(), RelayProven)
        assert (await client.refusal()).code == "frame_malformed"
    async with MailboxClient(shared_relay.mailbox_url) as client:
        await client.send(AttachMailbox(opened.mailbox, opened.token, 1))
        await client.send(ProveRelay(NONCE))
        assert isinstance(await client.receive(), MailboxAttached)
        assert (await client.refusal()).code == "frame_malformed"


async def test_a_relay_that_was_not_certified_cannot(served: ServedRelay) -> None:
    async with MailboxClient(served.url.replace("http", "ws") + "/ws/mailbox") as client:
        await client.send(ProveRelay(NONCE))
        assert (await client.refusal()).code == "relay_uncertified"
