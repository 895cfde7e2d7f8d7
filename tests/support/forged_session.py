"""Sessions that never happened like this, truly signed by both parties: what only the rules can find out."""

import hashlib
import random
from collections.abc import Mapping
from dataclasses import replace

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.canonical import encode_canonical
from protocol.audit.events import (
    Event,
    EventType,
    PeerLink,
    commit_body,
    encode_event,
    event_hash,
    parse_event,
    sign_event,
)
from protocol.audit.record_file import FiledEvent, write_record
from protocol.audit.verify import Verification, verify_record
from tests.support.recorded_session import BEGAN_MS, KEYS, LOG, MANIFEST, OPENINGS, ROOT_ID, SESSION, public_bytes


class Forger:
    """Signs whatever it is told with the parties' true keys, keeping only hashes and numbers in order.

    `customer` is another customer's key, `about` what both openings say instead of the usual.
    """

    def __init__(
        self,
        session: str = SESSION,
        customer: Ed25519PrivateKey = KEYS["C"],
        about: Mapping[str, object] | None = None,
    ) -> None:
        self.filed: dict[str, list[FiledEvent]] = {"C": [], "T": []}
        self._entropy = random.Random(0)
        self._session = session
        self._keys = {**KEYS, "C": customer}
        self._about = {**(about or {}), "customer_key": public_bytes(customer).hex()}

    def add(self, lane: str, type: EventType, body: dict[str, object] | None = None, **fields: object) -> None:
        own, other = self.filed[lane], self.filed["T" if lane == "C" else "C"]
        data, salt, seq = encode_canonical(body or {}), self._entropy.randbytes(32), len(own)
        event = Event(
            v=1,
            log=LOG,
            sid=self._session,
            lane="C" if lane == "C" else "T",
            seq=seq,
            t_ms=BEGAN_MS + 1000 * (len(own) + len(other)),
            mono_ms=1000 * (len(own) + len(other)),
            type=type,
            actor=hashlib.sha256(public_bytes(self._keys[lane])).hexdigest(),
            prev=event_hash(own[-1].event) if own else "0" * 64,
            peer=PeerLink(len(other) - 1, event_hash(other[-1].event)) if other else PeerLink(-1, "0" * 64),
            body=commit_body(salt=salt, session=self._session, lane=lane, seq=seq, body=data),
            req=-1,
        )
        signed = sign_event(self._keys[lane], encode_event(msgspec.structs.replace(event, **fields)))
        own.append(FiledEvent(lane, signed.event, signed.signature, salt, data))

    def open(self, **changes: object) -> "Forger":
        self.add("T", EventType.SESSION_OPEN, {**OPENINGS["T"], **self._about, **changes})
        self.add("C", EventType.SESSION_OPEN, {**OPENINGS["C"], **self._about})
        return self

    def seal(self, **changes: object) -> "Forger":
        body = {
            f"{name}_{lane}": value
            for lane, filed in self.filed.items()
            for name, value in (("head", event_hash(filed[-1].event)), ("n", len(filed)))
        }
        for lane in "TC":
            self.add(lane, EventType.SESSION_SEAL, {**body, "reason": "done", **changes})
        return self

    def record(self, withhold: frozenset[EventType] | set[EventType] = frozenset()) -> bytes:
        """The record file, without the bodies of events of these types."""
        key = public_bytes(self._keys["C"])
        kept = [
            FiledEvent(each.lane, each.event, each.signature) if parse_event(each.event).type in withhold else each
            for each in self.filed["C"] + self.filed["T"]
        ]
        return write_record(replace(MANIFEST, session=self._session, customer_key=key), kept)

    def verify(self) -> Verification:
        return verify_record(self.record(), root_id=ROOT_ID)

    def grant(self, capability: str = "control") -> "Forger":
        self.add("T", EventType.CONSENT_ASK, {"capability": capability})
        self.add("C", EventType.CONSENT_GRANT, {"capability": capability}, req=len(self.filed["T"]) - 1)
        return self


def codes(found: Verification) -> set[str]:
    """The codes of everything found."""
    return {item.code for item in found.findings}
