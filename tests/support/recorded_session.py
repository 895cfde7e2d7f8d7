"""Two parties of one session with real keys and a real certificate, a clock that is told what time it is, and a line
between their records on which events wait until they are delivered."""

import hashlib
import random
from collections import deque
from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.events import EventType, log_name, other_lane
from protocol.audit.record_file import FiledEvent, Manifest, filed_event, write_record
from protocol.audit.session_record import SessionRecord
from protocol.messages.session import RecordedEvent
from protocol.pairing.certificates import issue_certificate, root_id

SESSION = "0123456789abcdef" * 2
TICKET = "DS-2026-000123"
BEGAN_MS = 1_772_373_600_000
"""2026-03-01 14:00:00 UTC."""


def private_key(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


ROOT_KEY = private_key(1)
ROOT_ID = root_id(public_bytes(ROOT_KEY))
KEYS = {"C": private_key(2), "T": private_key(3)}
SIGNERS = {lane: public_bytes(key) for lane, key in KEYS.items()}
LOG = log_name(ROOT_ID, 2026)
CERTIFICATE = issue_certificate(
    ROOT_KEY,
    serial="7",
    technician_id="jane",
    name="Jane Doe",
    organisation="Example Ltd",
    signing_key=SIGNERS["T"],
    sealing_key=bytes(32),
    roles=("technician",),
    not_before=BEGAN_MS // 1000 - 60,
    not_after=BEGAN_MS // 1000 + 8 * 3600,
)
MANIFEST = Manifest(SESSION, public_bytes(ROOT_KEY), CERTIFICATE, SIGNERS["C"])

OPENING = {
    "ticket": TICKET,
    "certificate_sha256": hashlib.sha256(CERTIFICATE).hexdigest(),
    "customer_key": SIGNERS["C"].hex(),
    "th": "5e" * 32,
}
OPENINGS: dict[str, dict[str, object]] = {
    "C": {**OPENING, "organisation": "Example Ltd", "technician": "Jane Doe"},
    "T": {
        **OPENING,
        "subject": "Printer",
        "purpose": "Have a look",
        "capabilities": ["see", "control", "diagnostics"],
    },
}


def new_record(lane: str, seed: int = 0, session: str = SESSION) -> SessionRecord:
    """An empty record of one party."""
    return SessionRecord(
        session=session,
        lane=lane,
        own_key=KEYS[lane],
        peer_key=SIGNERS[other_lane(lane)],
        log=LOG,
        entropy=random.Random(f"{lane}{seed}").randbytes,
    )


class TwoParties:
    """Writes and delivers events; every event is 100 ms after the one before, `t_ms` and `mono_ms` can be moved.

    `about` is what both openings say besides the usual.
    """

    def __init__(self, session: str = SESSION, **about: object) -> None:
        self.records = {lane: new_record(lane, session=session) for lane in "CT"}
        self._about = about
        self.journal: dict[str, list[tuple[str, RecordedEvent]]] = {"C": [], "T": []}
        self.t_ms = BEGAN_MS
        self.mono_ms = 5_000
        self._on_the_way: dict[str, deque[RecordedEvent]] = {"C": deque(), "T": deque()}

    def write(
        self, lane: str, type: EventType, body: Mapping[str, object] | None = None, *, answers: int = -1
    ) -> RecordedEvent:
        """`lane`'s party records an event; it is on its way to the other."""
        self.advance(100)
        recorded = self.records[lane].append(type, body or {}, t_ms=self.t_ms, mono_ms=self.mono_ms, answers=answers)
        self.journal[lane].append((lane, recorded))
        self._on_the_way[other_lane(lane)].append(recorded)
        return recorded

    def advance(self, delay_ms: int) -> None:
        self.t_ms += delay_ms
        self.mono_ms += delay_ms

    def deliver_one(self, to: str) -> bool:
        """Deliver the next event on its way to `to`; False when there is none."""
        if not self._on_the_way[to]:
            return False
        recorded = self._on_the_way[to].popleft()
        self.records[to].accept(recorded)
        self.journal[to].append((other_lane(to), recorded))
        return True

    def deliver(self) -> None:
        """Deliver everything that is on its way."""
        for lane in "CT":
            while self.deliver_one(lane):
                pass

    def lose_line(self) -> None:
        """Whatever is on its way never arrives."""
        for waiting in self._on_the_way.values():
            waiting.clear()

    def open(self) -> None:
        for lane in "TC":
            self.write(lane, EventType.SESSION_OPEN, {**OPENINGS[lane], **self._about})
        self.deliver()

    def ask_and_grant(self, capability: str = "control", expires_in_s: int = 0) -> None:
        self.write("T", EventType.CONSENT_ASK, {"capability": capability, "reason": "to help"})
        self.deliver()
        grant = {"capability": capability, "expires_in_s": expires_in_s}
        self.write("C", EventType.CONSENT_GRANT, grant, answers=self.records["C"].count("T") - 1)
        self.deliver()

    def end(self, ends: str = "C", reason: str = "stopped_by_customer") -> None:
        """Both write session.end, `ends` first; nothing is sealed yet."""
        for lane in (ends, other_lane(ends)):
            self.write(lane, EventType.SESSION_END, {"reason": reason})
            self.deliver()

    def seal(self, lane: str, reason: str = "stopped_by_customer") -> RecordedEvent:
        return self.write(lane, EventType.SESSION_SEAL, self.records[lane].seal_body(reason))

    def end_and_seal(self, ends: str = "C") -> None:
        """The whole ending of docs/protocol.md: the other side seals first."""
        self.deliver()
        self.end(ends)
        for lane in (other_lane(ends), ends):
            recorded = self.seal(lane)
            self.records[lane].check_seal(self.records[lane].own_events[-1].body)
            self.deliver()
            other = self.records[other_lane(lane)]
            other.check_seal(other.peer_events[-1].body)
            assert other.peer_events[-1].recorded == recorded

    def filed(self, *, with_body: bool = True) -> list[FiledEvent]:
        """Every event written, lane C first."""
        return [
            filed_event(held.recorded, with_body=with_body) for lane in "CT" for held in self.records[lane].own_events
        ]

    def file(self, keep: Callable[[FiledEvent, int], bool] = lambda filed, seq: True, **how: bool) -> bytes:
        """The record file of the events for which `keep(filed, seq)` holds."""
        counts = {"C": 0, "T": 0}
        kept = []
        for filed in self.filed(**how):
            if keep(filed, counts[filed.lane]):
                kept.append(filed)
            counts[filed.lane] += 1
        return write_record(MANIFEST, kept)


def sealed_session() -> TwoParties:
    """A short, complete session: opened, control asked, granted, taken and released, a report sent, sealed."""
    parties = TwoParties()
    parties.open()
    parties.write("C", EventType.CONSENT_GRANT, {"capability": "see", "expires_in_s": 0}, answers=0)
    parties.ask_and_grant("control", 900)
    parties.write("T", EventType.CONTROL_TAKE)
    parties.write("C", EventType.INPUT_SUMMARY, {"keys": 12, "clicks": 3})
    parties.write("C", EventType.CONSENT_REVOKE, {"capability": "control", "reason": "taken_back"})
    parties.deliver()
    parties.write("T", EventType.CONTROL_RELEASE)
    parties.ask_and_grant("diagnostics", 60)
    sent = parties.write("C", EventType.DIAG_SENT, {"facts": 17, "withheld": 2})
    parties.deliver()
    assert sent == parties.records["T"].peer_events[-1].recorded
    parties.write("T", EventType.DIAG_RECEIVED, {"facts": 17}, answers=parties.records["T"].count("C") - 1)
    parties.end_and_seal()
    return parties


def smallest_session() -> TwoParties:
    """Opened and sealed, nothing else: few bytes, for exhaustive tests."""
    parties = TwoParties()
    parties.open()
    parties.end_and_seal()
    return parties
