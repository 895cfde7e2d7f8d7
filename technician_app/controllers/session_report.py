"""What a session adds to its ticket: sealed to the organisation's devices; the relay cannot read it.

Runs on the network thread.
"""

import logging
import secrets
import time
from dataclasses import dataclass

import msgspec

from protocol.errors import PeerError
from protocol.messages.diagnostics import Fact
from protocol.messages.relay_api import NewAttachment
from protocol.pairing.certificates import TechnicianCertificate, verify_certificate
from protocol.sealed_attachment import seal_attachment
from technician_app.controllers.relay_api import RelayApi

REPORT_KIND = "diagnostics"
TRANSCRIPT_KIND = "chat"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TicketAttachments:
    """Attaches to one ticket, readable to every certified device of the organisation `root_id` (32 bytes).

    `session` is where it comes from: what is attached is erased with it.
    """

    api: RelayApi
    ticket: str
    root_id: bytes
    session: str = ""

    async def report(self, facts: tuple[Fact, ...], collected_at_ms: int) -> None:
        """Attach a diagnostics report.

        Raises:
            DesksideError: the relay cannot be reached or refuses.
        """
        content = msgspec.json.format(msgspec.json.encode({"collected_at_ms": collected_at_ms, "facts": facts}))
        await self.attach(REPORT_KIND, f"diagnostics-{_moment(collected_at_ms / 1000)}.json", content)

    async def transcript(self, content: bytes) -> None:
        """Attach what the two people wrote to each other.

        Raises:
            DesksideError: the relay cannot be reached or refuses.
        """
        await self.attach(TRANSCRIPT_KIND, f"chat-{_moment(time.time())}.txt", content)

    async def attach(self, kind: str, name: str, content: bytes) -> None:
        """Seal `content` and attach it.

        Raises:
            DesksideError: the relay cannot be reached or refuses, or it is too large.
        """
        recipients = await _recipients(self.api, self.root_id)
        sealed = seal_attachment(
            content, ticket=self.ticket, kind=kind, name=name, certificates=recipients, entropy=secrets.token_bytes
        )
        attachment = NewAttachment(kind=kind, name=name, content=sealed, session=self.session)
        await self.api.add_attachment(self.ticket, attachment)


def _moment(unix_s: float) -> str:
    return time.strftime("%Y%m%d-%H%M%SZ", time.gmtime(unix_s))


async def _recipients(api: RelayApi, root_id: bytes) -> list[TechnicianCertificate]:
    """Return the organisation's certificates that verify; what else the relay hands out is passed over."""
    recipients = []
    for data in (await api.certificates()).certificates:
        try:
            recipients.append(verify_certificate(data, root_id=root_id, unix_now=time.time()))
        except PeerError as error:
            _log.warning("a certificate from the relay was passed over: %s", error)
    return recipients
