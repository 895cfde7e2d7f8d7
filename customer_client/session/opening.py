"""How the customer's lane of a session's record begins: its journal, and the body of `session.open`."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from customer_client.session.identity import VerifiedTechnician
from customer_client.trust import Trust
from protocol.audit.events import log_name
from protocol.audit.session_record import SessionRecord
from protocol.transport.journal import Journal, JournalHeader
from protocol.transport.mailbox_client import MailboxClient
from protocol.transport.record_keeper import RecordKeeper


@dataclass(frozen=True)
class Opening:
    """What this side's `session.open` says beside the names. `joins` is the session a colleague joins, else empty."""

    customer_key: bytes
    certificate_sha256: str
    th: bytes
    joins: str = ""

    @classmethod
    def of(cls, customer_key: bytes, technician: VerifiedTechnician, th: bytes) -> "Opening":
        """Return that of the first technician's session."""
        return cls(customer_key, hashlib.sha256(technician.certificate_bytes).hexdigest(), th)

    def body(self, technician: VerifiedTechnician) -> dict[str, object]:
        """Return the event's body."""
        body: dict[str, object] = {
            "ticket": technician.introduction.ticket,
            "organisation": technician.organisation,
            "technician": technician.name,
            "certificate_sha256": self.certificate_sha256,
            "customer_key": self.customer_key.hex(),
            "th": self.th.hex(),
        }
        return body | ({"joins": self.joins} if self.joins else {})


def open_record(
    trust: Trust,
    data: Path,
    *,
    technician: VerifiedTechnician,
    own_key: Ed25519PrivateKey,
    record_key: bytes,
    mailbox: MailboxClient,
) -> RecordKeeper:
    """Return the keeper of a new record, its journal in the folder `data`; `mailbox` is the way to the relay.

    Raises:
        EnvironmentFault: the disk refuses.
    """
    introduction, certificate = technician.introduction, technician.certificate
    log = log_name(trust.root_id, datetime.now(UTC).year)
    public_key, right = own_key.public_key().public_bytes_raw(), mailbox.right
    record = SessionRecord(
        session=introduction.session,
        lane="C",
        own_key=own_key,
        peer_key=certificate.signing_key,
        log=log,
        entropy=secrets.token_bytes,
    )
    header = JournalHeader(
        session=introduction.session,
        lane="C",
        ticket=introduction.ticket,
        log=log,
        relay=trust.relay,
        record_key=record_key,
        organisation_key=certificate.root_key,
        technician_certificate=technician.certificate_bytes,
        customer_key=public_key,
        mailbox=right.mailbox if right is not None else b"",
        token=right.token if right is not None else "",
    )
    mailbox.receipts.required = mailbox.receipts.required or trust.require_receipt
    return RecordKeeper(
        record=record,
        journal=Journal(data / "sessions", header),
        record_key=record_key,
        signers={"C": public_key, "T": certificate.signing_key},
        store=mailbox.store,
        receipts=mailbox.receipts,
        root_id=trust.root_id,
    )
