"""Truly signed events of one lane, as a party delivers them to the relay."""

import hashlib
import random
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.events import Event, EventType, PeerLink, commit_body, encode_event, event_hash, sign_event
from protocol.messages.signaling import StoredEvent

NOON_MS = 1_800_000_000_000


class LaneWriter:
    """Writes one lane of `session` ("C" or "T") with `key`; every event follows the one before."""

    def __init__(self, session: str, lane: str, key: Ed25519PrivateKey, *, seed: int = 0) -> None:
        self.session = session
        self.lane = lane
        self.key = key
        self.written: list[StoredEvent] = []
        self._entropy = random.Random(seed)

    @property
    def signer(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    def write(self, type: EventType = EventType.NOTE, **fields: object) -> StoredEvent:
        """Return the next event; the first is always `session.open`."""
        seq = len(self.written)
        type = EventType.SESSION_OPEN if seq == 0 else type
        values: Mapping[str, object] = {
            "v": 1,
            "log": "0123456789abcdef/2027",
            "sid": self.session,
            "lane": self.lane,
            "seq": seq,
            "t_ms": NOON_MS + seq,
            "mono_ms": seq,
            "type": type,
            "actor": hashlib.sha256(self.signer).hexdigest(),
            "prev": event_hash(self.written[-1].event) if self.written else "0" * 64,
            "peer": PeerLink(-1, "0" * 64),
            "body": commit_body(
                salt=self._entropy.randbytes(32), session=self.session, lane=self.lane, seq=seq, body=b"{}"
            ),
            "req": -1,
        }
        signed = sign_event(self.key, encode_event(Event(**{**values, **fields})))  # type: ignore[arg-type]
        stored = StoredEvent(
            lane=self.lane,
            event=signed.event,
            signature=signed.signature,
            signer=self.signer,
            sealed_body=self._entropy.randbytes(80),
        )
        self.written.append(stored)
        return stored

    def write_many(self, count: int) -> list[StoredEvent]:
        """Return the next `count` events."""
        return [self.write() for _ in range(count)]
