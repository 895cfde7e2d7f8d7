"""From a finished CPace run to keys: the transcript, its hash, what is derived from it, and the tags that prove it."""

import hashlib
import hmac
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from protocol.encoding import lv_cat, sha256_lv
from protocol.messages.consent import Capability
from protocol.pairing import cpace
from protocol.pairing.pin import Pin

PROTOCOL = b"deskside/hs/1"
SAS_DIGITS = 7


class Role(Enum):
    """Whose tag it is; the value is the letter on the wire."""

    CUSTOMER = "C"
    TECHNICIAN = "T"


@dataclass(frozen=True)
class SessionKeys:
    """What both sides hold once the PIN was right. `th` (32 bytes) names the run and is public; all others are secret.

    `bind` ties the DTLS connection to the run, `resume` starts a reconnect, `sas` is what people may compare, `record`
    seals the record's bodies to the relay; `mac`, `customer_seal` and `technician_seal` serve the handshake itself.
    """

    th: bytes
    bind: bytes = field(repr=False)
    resume: bytes = field(repr=False)
    sas: bytes = field(repr=False)
    record: bytes = field(repr=False)
    mac: bytes = field(repr=False)
    customer_seal: bytes = field(repr=False)
    technician_seal: bytes = field(repr=False)


class BindingKeys(Protocol):
    """What D0 is made with: the keys of a pairing, or of an attempt to resume (`resume_keys.AttemptKeys`)."""

    @property
    def th(self) -> bytes:
        """The transcript's hash, 32 bytes."""

    @property
    def bind(self) -> bytes:
        """The key of the tags, 32 bytes."""


@dataclass(frozen=True)
class Transcript:
    """All that was said before the keys exist: both sides' shares and data, the commitment and its opening."""

    sid: bytes
    commitment: bytes
    opening: bytes
    customer_share: bytes
    customer_data: bytes
    technician_share: bytes
    technician_data: bytes

    @property
    def th(self) -> bytes:
        """The transcript's hash, 32 bytes."""
        customer, technician = (self.customer_share, self.customer_data), (self.technician_share, self.technician_data)
        return sha256_lv(b"th", self.sid, self.commitment, self.opening, *customer, *technician)


def attempt_id(mailbox: bytes, nonce_customer: bytes, nonce_technician: bytes) -> bytes:
    """Return sid, 32 bytes: never the same for two attempts."""
    return sha256_lv(b"sid", mailbox, nonce_customer, nonce_technician)


def commitment(share: bytes, associated_data: bytes, opening: bytes) -> bytes:
    """Return what C sends before it has seen T's share: 32 bytes that hide and fix its own."""
    return sha256_lv(b"commit", share, associated_data, opening)


def pin_generator(pin: Pin, relay_origin: str, mailbox: bytes, root_id: bytes, sid: bytes) -> bytes:
    """Return CPace's generator for `pin` in this relay, mailbox, organisation and attempt."""
    channel = lv_cat(PROTOCOL, b"customer", b"technician", relay_origin.encode(), mailbox, root_id)
    return cpace.generator(PROTOCOL + b"|pin|" + pin.digits.encode(), channel, sid)


def session_keys(secret: bytes, transcript: Transcript) -> SessionKeys:
    """Return the keys of a run from CPace's K and the transcript."""
    isk = cpace.intermediate_session_key(
        transcript.sid,
        secret,
        transcript.customer_share,
        transcript.customer_data,
        transcript.technician_share,
        transcript.technician_data,
    )
    th = transcript.th

    def derived(name: str, size_bytes: int = 32) -> bytes:
        return HKDF(SHA512(), size_bytes, salt=th, info=PROTOCOL + b" " + name.encode()).derive(isk)

    return SessionKeys(
        th=th,
        bind=derived("bind"),
        resume=derived("resume"),
        sas=derived("sas", 8),
        record=derived("record"),
        mac=derived("mac"),
        customer_seal=derived("C->T"),
        technician_seal=derived("T->C"),
    )


def confirmation_tag(keys: SessionKeys, role: Role) -> bytes:
    """Return tagC or tagT, 32 bytes: proof that `role` knew the same PIN. Compare with `hmac.compare_digest`."""
    return hmac.digest(keys.mac, b"confirm" + role.value.encode() + keys.th, "sha256")


def binding_tag(keys: BindingKeys, role: Role, exporter32: bytes, sdp_offer: str, sdp_answer: str) -> bytes:
    """Return the D0 tag of `role`, 32 bytes: proof that this DTLS connection is the one the handshake agreed on.

    `exporter32` is the connection's DTLS exporter. Compare the other role's tag with `hmac.compare_digest`.
    """
    offer, answer = hashlib.sha256(sdp_offer.encode()).digest(), hashlib.sha256(sdp_answer.encode()).digest()
    return hmac.digest(keys.bind, lv_cat(b"bind", role.value.encode(), exporter32, offer, answer, keys.th), "sha256")


@dataclass(frozen=True)
class BulkKeys:
    """What D0 of the connection for files is made with: never the keys of the session's first connection."""

    th: bytes
    bind: bytes = field(repr=False)


def bulk_keys(keys: BindingKeys) -> BulkKeys:
    """Return the binding keys of a session's connections for files, from the keys of its pairing."""
    return BulkKeys(keys.th, hmac.digest(keys.bind, lv_cat(b"deskside/bulk/1", keys.th), "sha256"))


def sas_digits(keys: SessionKeys) -> str:
    """Return the 7 digits two people may compare to rule out anybody in between who knew the PIN."""
    return f"{int.from_bytes(keys.sas, 'big') % 10**SAS_DIGITS:0{SAS_DIGITS}d}"


def certificate_hash(salt: bytes, certificate: bytes) -> bytes:
    """Return what ADt carries instead of the certificate, which is shown only once the PIN was right."""
    return sha256_lv(salt, certificate)


def technician_statement(
    th: bytes, session: str, ticket: str, subject: str, purpose: str, capabilities: tuple[Capability, ...]
) -> bytes:
    """Return the bytes under sigT: who asks (by `th`), for which ticket, what for and for how much."""
    asked = (session, ticket, subject, purpose, *(capability.value for capability in capabilities))
    return PROTOCOL + b" tech" + th + sha256_lv(*(text.encode() for text in asked))


def customer_statement(th: bytes) -> bytes:
    """Return the bytes under sigC."""
    return PROTOCOL + b" cust" + th
