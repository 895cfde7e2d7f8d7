"""A mailbox at a real relay that both sides have claimed, and their tunnels."""

from dataclasses import dataclass

from protocol.messages.signaling import AttachMailbox, ConnectivityOffered
from protocol.transport.tunnel import Tunnel
from protocol.version import PROTOCOL_VERSION
from tests.support.mailbox_client import MailboxClient
from tests.support.relay_process import PreparedRelay


@dataclass(frozen=True)
class Claimed:
    """One mailbox; the seats are what each side proves its place with, the ways what it was offered."""

    tunnel_url: str
    customer: AttachMailbox
    technician: AttachMailbox
    ways: tuple[ConnectivityOffered | None, ConnectivityOffered | None]

    def tunnels(self) -> tuple[Tunnel, Tunnel]:
        """Return the customer's and the technician's tunnel, not open yet."""
        return Tunnel(self.tunnel_url, self.customer), Tunnel(self.tunnel_url, self.technician)


async def claimed_mailbox(relay: PreparedRelay) -> Claimed:
    """Open a session and let a customer join it; nobody is connected to the mailbox afterwards."""
    opened = relay.open_session()
    async with MailboxClient(relay.mailbox_url) as technician, MailboxClient(relay.mailbox_url) as customer:
        await technician.attach_technician(opened)
        claimed = await customer.join(opened.route)
        await technician.receive()
        ways = [each.ways or await each.receive_any() for each in (customer, technician)]
    assert all(isinstance(each, ConnectivityOffered) for each in ways)
    return Claimed(
        relay.mailbox_url.removesuffix("mailbox") + "tunnel",
        AttachMailbox(claimed.mailbox, claimed.token, PROTOCOL_VERSION),
        AttachMailbox(opened.mailbox, opened.token, PROTOCOL_VERSION),
        (ways[0], ways[1]),  # type: ignore[arg-type]
    )
