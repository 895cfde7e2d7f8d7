"""What one party keeps of a session while it runs: its own lane, which it writes, and the peer's lane, which it checks.

Pure: wall and monotonic time are arguments, randomness comes from `entropy`. The caller makes each event durable before
the act it records happens, and sends it to the peer and the relay (docs/protocol.md, section 6). One thread.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import UNSET

from protocol.audit.bodies import Seal, check_answer, check_fields, check_openings, read_body
from protocol.audit.canonical import encode_canonical, in_normal_form
from protocol.audit.events import (
    CUSTOMER,
    LANES,
    MAX_BODY_BYTES,
    NO_EVENT,
    NO_HASH,
    SALT_BYTES,
    TECHNICIAN,
    Event,
    EventType,
    PeerLink,
    actor_of,
    check_body,
    commit_body,
    encode_event,
    event_hash,
    invalid,
    other_lane,
    parse_event,
    sign_event,
)
from protocol.audit.lanes import LaneCheck
from protocol.errors import EnvironmentFault, LocalError, PeerError
from protocol.messages.session import RecordedEvent


@dataclass(frozen=True)
class HeldEvent:
    """One event of the record: as it travels (`recorded`), parsed (`event`) and its body opened (`body`)."""

    recorded: RecordedEvent
    event: Event
    body: dict[str, object]
    hash: str


class SessionRecord:
    """Both lanes of one session as the party of `lane` ("C" or "T") holds them.

    A public key as `own_key` makes a record that can be read, exported and checked, but not continued: a restarted
    program may no longer have the private one. `log` must be equal on both sides. `entropy(n)` returns n random bytes.
    `session_number` is the count of a technician's device, for its opening (`protocol.audit.session_numbers`).
    """

    def __init__(
        self,
        *,
        session: str,
        lane: str,
        own_key: Ed25519PrivateKey | Ed25519PublicKey,
        peer_key: bytes,
        log: str,
        entropy: Callable[[int], bytes],
        session_number: int | None = None,
    ) -> None:
        self._number = session_number
        if lane not in LANES:
            raise LocalError(f"no such lane: {lane!r}")
        self._private_key = own_key if isinstance(own_key, Ed25519PrivateKey) else None
        public_key = own_key.public_key() if isinstance(own_key, Ed25519PrivateKey) else own_key
        self._session, self._log, self._entropy = session, log, entropy
        self._own, self._peer = lane, other_lane(lane)
        self._signers = {self._own: public_key.public_bytes_raw(), self._peer: peer_key}
        self._checks = {name: LaneCheck(session, name, signer) for name, signer in self._signers.items()}
        self._held: dict[str, list[HeldEvent]] = {self._own: [], self._peer: []}

    @classmethod
    def restore(
        cls,
        journal: Iterable[tuple[str, RecordedEvent]],
        *,
        session: str,
        lane: str,
        own_key: Ed25519PrivateKey | Ed25519PublicKey,
        peer_key: bytes,
        log: str,
        entropy: Callable[[int], bytes],
    ) -> "SessionRecord":
        """Return the record a journal of (lane, event), in the order they were written, adds up to.

        Raises:
            EnvironmentFault: the journal does not add up (`journal_damaged`).
        """
        record = cls(session=session, lane=lane, own_key=own_key, peer_key=peer_key, log=log, entropy=entropy)
        try:
            for written_lane, recorded in journal:
                record._take(written_lane, recorded)
        except (PeerError, KeyError) as error:
            raise EnvironmentFault(
                f"the journal of session {session} is damaged: {error}",
                code="journal_damaged",
                user_text="The record of an earlier session on this computer is damaged and cannot be continued.",
            ) from error
        return record

    @property
    def session(self) -> str:
        """The session id, 32 hex digits."""
        return self._session

    @property
    def lane(self) -> str:
        """The lane this party writes, "C" or "T"."""
        return self._own

    @property
    def own_events(self) -> tuple[HeldEvent, ...]:
        """Every event of the own lane by seq."""
        return tuple(self._held[self._own])

    @property
    def peer_events(self) -> tuple[HeldEvent, ...]:
        """Every event of the peer's lane by seq."""
        return tuple(self._held[self._peer])

    def event(self, lane: str, seq: int) -> HeldEvent | None:
        """Return the event held at `seq` of `lane`, None when there is none."""
        held = self._held[lane]
        return held[seq] if 0 <= seq < len(held) else None

    def count(self, lane: str) -> int:
        """Return how many events of `lane` are held."""
        return len(self._held[lane])

    def head(self, lane: str) -> str:
        """Return the hex hash of the last event of `lane`, 64 zeros when there is none."""
        return self._checks[lane].head

    def is_sealed(self, lane: str) -> bool:
        """Return whether `lane` ends with its seal; nothing can follow it."""
        held = self._held[lane]
        return bool(held) and held[-1].event.type is EventType.SESSION_SEAL

    def append(
        self, type: EventType, body: Mapping[str, object], *, t_ms: int, mono_ms: int, answers: int = NO_EVENT
    ) -> RecordedEvent:
        """Write the next event of the own lane; make it durable and send it before acting on it.

        `body` is brought to NFC; at most 6144 bytes encoded. `t_ms` is Unix time, `mono_ms` monotonic time; a monotonic
        time below the last event's (after a restart) counts as equal to it. `answers` is the seq of the peer's event.

        Raises:
            LocalError: no key, sealed already, `answers` names no held event, wrong lane for the type, body too long
                or without the fields its type needs. Nothing was added.
        """
        try:
            recorded = self._write(type, encode_canonical(in_normal_form(body)), t_ms, mono_ms, answers)
            self._take(self._own, recorded)
        except PeerError as error:
            raise LocalError(f"cannot record {type.value}: {error}", code=error.code) from error
        return recorded

    def accept(self, recorded: RecordedEvent) -> tuple[Event, dict[str, object]]:
        """Check an event of the peer and add it; return it and its body. The last events again are returned silently.

        Raises:
            PeerError: `event_conflict`, `event_gap`, `event_invalid`, `body_mismatch`, `body_invalid` or
                `openings_differ`. Nothing was added.
        """
        held = self._take(self._peer, recorded)
        return held.event, held.body

    def seal_body(self, reason: str) -> dict[str, object]:
        """Return the body of `session.seal`: heads and counts of both lanes before the seals."""
        n_c, head_c = self._before_seal(CUSTOMER)
        n_t, head_t = self._before_seal(TECHNICIAN)
        return {"head_C": head_c, "n_C": n_c, "head_T": head_t, "n_T": n_t, "reason": reason}

    def check_seal(self, body: Mapping[str, object]) -> None:
        """Check that the peer's seal states exactly what this side holds.

        Raises:
            PeerError: not a seal's body, or other heads or counts (`seal_mismatch`).
        """
        stated = read_body(Seal, dict(body))
        expected = read_body(Seal, self.seal_body(stated.reason))
        if stated != expected:
            raise PeerError(
                f"the seal states {stated.heads}, held are {expected.heads}",
                code="seal_mismatch",
                user_text="The two sides do not hold the same record of this session.",
            )

    def _before_seal(self, lane: str) -> tuple[int, str]:
        if self.is_sealed(lane):
            seal = self._held[lane][-1].event
            return seal.seq, seal.prev
        return self.count(lane), self.head(lane)

    def _write(self, type: EventType, body: bytes, t_ms: int, mono_ms: int, answers: int) -> RecordedEvent:
        if self._private_key is None:
            raise LocalError("this record cannot be continued: its key is gone", code="record_read_only")
        if len(body) > MAX_BODY_BYTES:
            raise LocalError(f"a body of {len(body)} bytes, at most {MAX_BODY_BYTES} allowed", code="body_too_long")
        seq, seen = self.count(self._own), self.count(self._peer)
        salt = self._entropy(SALT_BYTES)
        last = self._held[self._own][-1].event.mono_ms if seq else 0
        event = Event(
            v=1,
            log=self._log,
            sid=self._session,
            lane="C" if self._own == CUSTOMER else "T",
            seq=seq,
            t_ms=t_ms,
            mono_ms=max(mono_ms, last),
            type=type,
            actor=actor_of(self._signers[self._own]),
            prev=self.head(self._own),
            peer=PeerLink(seen - 1, self.head(self._peer)),
            body=commit_body(salt=salt, session=self._session, lane=self._own, seq=seq, body=body),
            req=answers,
            tseq=UNSET if seq or self._own == CUSTOMER or self._number is None else self._number,
        )
        signed = sign_event(self._private_key, encode_event(event))
        return RecordedEvent(event=signed.event, signature=signed.signature, salt=salt, body=body)

    def _take(self, lane: str, recorded: RecordedEvent) -> HeldEvent:
        """Check an event of either lane against both and hold it; nothing changes when it is refused."""
        check, signer = self._checks[lane], self._signers[lane]
        event = check.examine(recorded.event, recorded.signature, signer)
        if event is None:
            return self._held[lane][parse_event(recorded.event).seq]
        if self.is_sealed(lane):
            raise invalid("comes after the seal of its lane")
        if event.log != self._log:
            raise invalid(f"names the log {event.log}, not {self._log}")
        self._check_links(event)
        body = check_body(event, recorded.salt, recorded.body)
        check_fields(event, body)
        self._check_answer(event, body)
        self._check_openings(event, body)
        check.accept(recorded.event, recorded.signature, signer)
        held = HeldEvent(recorded, event, body, event_hash(recorded.event))
        self._held[lane].append(held)
        return held

    def _check_links(self, event: Event) -> None:
        own, seen = self._held[event.lane], self._held[other_lane(event.lane)]
        if own and event.mono_ms < own[-1].event.mono_ms:
            raise invalid("its monotonic clock ran backwards")
        if own and event.peer.seq < own[-1].event.peer.seq:
            raise invalid("has seen less of the other lane than the event before it")
        if event.peer.seq >= len(seen):
            raise invalid(f"names event {event.peer.seq} of the other lane, which was never written")
        if event.peer.hash != (seen[event.peer.seq].hash if event.peer.seq != NO_EVENT else NO_HASH):
            raise invalid(f"names another event {event.peer.seq} of the other lane than the one written")

    def _check_answer(self, event: Event, body: dict[str, object]) -> None:
        answered = self.event(other_lane(event.lane), event.req)
        check_answer(event, body, answered.event if answered else None, answered.body if answered else None)

    def _check_openings(self, event: Event, body: dict[str, object]) -> None:
        if event.type is not EventType.SESSION_OPEN:
            return
        bodies: dict[str, dict[str, object]] = {event.lane: body}
        other = self.event(other_lane(event.lane), 0)
        if other is not None:
            bodies[other.event.lane] = other.body
        check_openings(bodies, self._signers[CUSTOMER])
