"""A diagnostics report on its way to the ticket: sealed to the organisation's devices; the relay cannot read it.

Runs on the network thread.
"""

import logging
import secrets
import time

import msgspec

from protocol.errors import PeerError
from protocol.messages.diagnostics import Fact
from protocol.messages.relay_api import NewAttachment
from protocol.pairing.certificates import TechnicianCertificate, verify_certificate
from protocol.sealed_attachment import seal_attachment
from technician_app.controllers.relay_api import RelayApi

KIND = "diagnostics"

_log = logging.getLogger(__name__)


async def attach_report(
    api: RelayApi, facts: tuple[Fact, ...], *, ticket: str, collected_at_ms: int, root_id: bytes
) -> None:
    """Attach `facts` to `ticket`, readable to every certified device of the organisation `root_id` (32 bytes).

    Raises:
        DesksideError: the relay cannot be reached or refuses.
    """
    name = f"diagnostics-{time.strftime('%Y%m%d-%H%M%S', time.gmtime(collected_at_ms / 1000))}Z.json"
    content = msgspec.json.format(msgspec.json.encode({"collected_at_ms": collected_at_ms, "facts": facts}))
    recipients = await _recipients(api, root_id)
    sealed = seal_attachment(
        content, ticket=ticket, kind=KIND, name=name, certificates=recipients, entropy=secrets.token_bytes
    )
    await api.add_attachment(ticket, NewAttachment(kind=KIND, name=name, content=sealed))


async def _recipients(api: RelayApi, root_id: bytes) -> list[TechnicianCertificate]:
    """Return the organisation's certificates that verify; what else the relay hands out is passed over."""
    recipients = []
    for data in (await api.certificates()).certificates:
        try:
            recipients.append(verify_certificate(data, root_id=root_id, unix_now=time.time()))
        except PeerError as error:
            _log.warning("a certificate from the relay was passed over: %s", error)
    return recipients
