"""Before a session: what the relay carries between two strangers, sealed or not, and what certificates say."""

import asyncio
from collections.abc import Sequence

from fuzz.target import Parser, Target, family, seeds_of
from protocol.audit.log.certificate import read_log_certificate, verify_log_certificate
from protocol.messages.colleague import decode_joining, decode_sealed_joining
from protocol.messages.pairing import decode_pairing, decode_sealed
from protocol.messages.resume import decode_description, decode_resume
from protocol.pairing.associated_data import read_customer_data, read_technician_data
from protocol.pairing.certificates import read_certificate, verify_certificate
from protocol.pairing.joining_invitation import open_invitation
from protocol.pairing.sealing import SealedReceiver, SealedSender
from protocol.relay_proof import issue_relay_certificate, read_relay_certificate, verify_relay_certificate
from protocol.review_key import read_key_file, read_review_certificate, verify_review_certificate
from protocol.sealed_attachment import open_attachment
from protocol.transport import hooks
from protocol.transport.peer_connection import PeerConnection
from tests.protocol.pairing.paired_machines import (
    CERTIFICATE,
    ROOT,
    ROOT_ID,
    SEALING,
    UNIX_NOW,
    Party,
    established,
    new_customer,
    new_technician,
)
from tests.support.organisation_log import OrganisationLog

_KEY, _MAILBOX = b"k" * 32, b"m" * 32


def _to_customer(data: bytes) -> object:
    return Party(new_customer()).receive(data, 1.0)


def _to_technician(data: bytes) -> object:
    technician = new_technician()
    party = Party(technician)
    party.take(technician.start(0.0), 0.0)
    return party.receive(data, 1.0)


HANDSHAKE: list[Parser] = [
    decode_pairing,
    _to_customer,
    _to_technician,
    decode_joining,
    decode_resume,
    read_customer_data,
    read_technician_data,
]


def _handshake_seeds() -> Sequence[bytes]:
    customer, technician = established()
    return seeds_of(HANDSHAKE, [*customer.sent, *technician.sent])


def _opened(data: bytes) -> bytes:
    """Return `data` after it was honestly sealed and opened again: what a sealed parser is given."""
    record = SealedSender(_KEY, _MAILBOX, b"T").seal(data)
    return SealedReceiver(_KEY, _MAILBOX, b"T").open(record)


SEALED: list[Parser] = [
    lambda data: SealedReceiver(_KEY, _MAILBOX, b"T").open(data),
    lambda data: decode_sealed(_opened(data)),
    lambda data: decode_sealed_joining(_opened(data)),
    lambda data: decode_description(_opened(data)),
    lambda data: open_attachment(data, ticket="DS-2026-000123", kind="k", name="n", serial="a1", sealing_key=SEALING),
    lambda data: open_invitation(data, root_id=ROOT_ID, own=CERTIFICATE, sealing_key=SEALING, unix_now=UNIX_NOW),
]


def _sealed_seeds() -> Sequence[bytes]:
    record = SealedSender(_KEY, _MAILBOX, b"T").seal(b"x")
    texts = [b"\x82\xa4type\xa6answer\xaasdp_answer\xa3v=0", b"\x82\xa4type\xa8farewell\xa6reason\xa1x", record]
    return seeds_of(SEALED, texts)


CERTIFICATES: list[Parser] = [
    read_certificate,
    lambda data: verify_certificate(data, root_id=ROOT_ID, unix_now=UNIX_NOW),
    read_review_certificate,
    lambda data: verify_review_certificate(data, root_id=ROOT_ID, unix_now=UNIX_NOW),
    read_log_certificate,
    lambda data: verify_log_certificate(data, root_id=ROOT_ID, unix_now=UNIX_NOW),
    read_relay_certificate,
    lambda data: verify_relay_certificate(data, root_id=ROOT_ID, unix_now=UNIX_NOW),
    read_key_file,
]


def _certificate_seeds() -> Sequence[bytes]:
    relay = issue_relay_certificate(ROOT, serial="1", organisation="Acme IT", key=_KEY, not_before=0, not_after=2**40)
    return seeds_of(CERTIFICATES, [CERTIFICATE, OrganisationLog(post_quantum=False).certificate, relay])


_loop: list[asyncio.AbstractEventLoop] = []


def _running_loop() -> asyncio.AbstractEventLoop:
    if not _loop:
        hooks.install()
        _loop.append(asyncio.new_event_loop())
    return _loop[0]


async def _describe(sdp: str) -> None:
    connection = PeerConnection(message_arrived=lambda channel, data: None, failed=lambda error: None)
    try:
        await connection._take(sdp, "offer")
        await connection._created_answer()
    finally:
        await connection.close()


def _description(data: bytes) -> None:
    """Take the SDP of a sealed message, with all that aiortc makes of it, and look for no way to the peer."""
    _running_loop().run_until_complete(_describe(data.decode("utf-8", errors="replace")))


def _description_seeds() -> Sequence[bytes]:
    async def offer() -> str:
        connection = PeerConnection(message_arrived=lambda channel, data: None, failed=lambda error: None)
        try:
            return await connection.offer()
        finally:
            await connection.close()

    return [_running_loop().run_until_complete(offer()).encode()]


TARGETS = {
    "handshake": Target(family(HANDSHAKE), _handshake_seeds, 2048),
    "sealed": Target(family(SEALED), _sealed_seeds),
    "certificates": Target(family(CERTIFICATES), _certificate_seeds),
    "descriptions": Target(_description, _description_seeds, 20_000),
}
