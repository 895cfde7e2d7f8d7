"""The record file of a session as the relay can give it: every event and signature, every body withheld. Pure."""

from protocol.audit.events import CUSTOMER
from protocol.audit.record_file import FiledEvent, Manifest, write_record
from relay.storage.events import StoredRecord

# A session whose customer recorded nothing has no customer key, and the file's first line has room for one.
_NO_KEY = bytes(32)


def record_file(record: StoredRecord, root_key: bytes) -> bytes:
    """Return the `deskside.record/1` file of `record` for the organisation with this root public key (32 bytes)."""
    customer_key = next((event.signer for event in record.events if event.lane == CUSTOMER), _NO_KEY)
    manifest = Manifest(
        session=record.session,
        organisation_key=root_key,
        technician_certificate=record.technician_certificate,
        customer_key=customer_key,
    )
    return write_record(manifest, (FiledEvent(event.lane, event.event, event.signature) for event in record.events))
