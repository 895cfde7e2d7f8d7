"""The relay process is killed in the middle and started again on the same data: nothing that was promised is lost."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.messages.signaling import BodyDelivered, EventsStored, JoinMailbox, PeerPresence, PostBody, StoreEvents
from tests.support.mailbox_client import MailboxClient
from tests.support.relay_events import LaneWriter
from tests.support.relay_process import running_relay


async def test_both_parties_attach_again_and_every_stored_event_is_there(tmp_path: Path) -> None:
    with running_relay(tmp_path / "data") as relay:
        opened = relay.open_session()
        customer_lane = LaneWriter(opened.session, "C", Ed25519PrivateKey.generate())
        technician_lane = LaneWriter(opened.session, "T", relay.signing_key)
        async with MailboxClient(relay.mailbox_url) as technician, MailboxClient(relay.mailbox_url) as customer:
            await technician.attach_technician(opened)
            claimed = await customer.join(opened.route)
            await technician.expect(PeerPresence(present=True))
            await customer.send(StoreEvents(events=tuple(customer_lane.write_many(3))))
            await customer.expect(EventsStored(lane="C", count=3))
            await customer.send(StoreEvents(events=tuple(technician_lane.write_many(2))))
            await customer.expect(EventsStored(lane="T", count=2))
            relay.kill()
            await customer.closed()
        before = relay.url
        relay.start()
        assert relay.url == before
        async with MailboxClient(relay.mailbox_url) as technician, MailboxClient(relay.mailbox_url) as customer:
            attached = await technician.attach_technician(opened)
            assert (attached.stored_customer, attached.stored_technician) == (3, 2)
            attached = await customer.attach(claimed.mailbox, claimed.token)
            assert (attached.session, attached.peer_present) == (opened.session, True)
            await technician.expect(PeerPresence(present=True))
            await technician.send(PostBody(body=b"as if nothing had happened"))
            await customer.expect(BodyDelivered(body=b"as if nothing had happened"))
            await customer.send(StoreEvents(events=(customer_lane.write(),)))
            await technician.expect(EventsStored(lane="C", count=4))
        async with MailboxClient(relay.mailbox_url) as stranger:
            await stranger.send(JoinMailbox(route=opened.route, protocol=1))
            assert (await stranger.refusal()).code == "route_not_open"
        assert relay.request("GET", "/api/v1/me").status_code == 200, "a token survives a restart"
        assert relay.stop() == 0
