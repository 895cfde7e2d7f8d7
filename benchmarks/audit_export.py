"""How long both verifiers take for an export of 100,000 events, made of long sessions in a witnessed log."""

import hashlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.canonical import encode_canonical
from protocol.audit.events import Event, EventType, PeerLink, commit_body, encode_event, event_hash, sign_event
from protocol.audit.export.verifier_file import verifier_file
from protocol.audit.export.writing import BundledLog, BundledSession, ExportedBy, write_bundle
from protocol.audit.record_file import FiledEvent, Manifest, write_record
from tests.support.organisation_log import OrganisationLog, batches
from tests.support.recorded_session import BEGAN_MS, CERTIFICATE, KEYS, LOG, OPENINGS, ROOT_KEY, public_bytes

EVENTS = 100_000
EVENTS_PER_SESSION = 5_000
TARGET_S = 20.0

_REPOSITORY = Path(__file__).resolve().parent.parent


def export_figures(folder: Path, events: int = EVENTS) -> dict[str, float]:
    """Return the seconds each verifier takes for an export of `events` events, its size, and how long it took to make.

    Raises:
        RuntimeError: a verifier did not find the export valid.
    """
    path, script = folder / "bench.dsaudit", folder / "verify.py"
    began = time.monotonic()
    size = write_export(path, events)
    made_s = time.monotonic() - began
    script.write_bytes(verifier_file())
    first = _seconds([sys.executable, "-m", "protocol.audit.verify_command", str(path)])
    second = _seconds([sys.executable, str(script), str(path)])
    return {
        "events": events,
        "size_mb": round(size / 1e6, 1),
        "made_s": round(made_s, 1),
        "deskside_verify_s": round(first[0], 2),
        "deskside_verify_cpu_s": round(first[1], 2),
        "verify_py_s": round(second[0], 2),
        "verify_py_cpu_s": round(second[1], 2),
    }


def write_export(path: Path, events: int) -> int:
    """Write an export of about `events` events to `path`; return its size in bytes."""
    log = OrganisationLog()
    sessions = max(1, events // EVENTS_PER_SESSION)
    places: list[tuple[bytes, list[int]]] = []
    for number in range(sessions):
        filed = list(_session(number, events // sessions))
        session = session_name(number)
        manifest = Manifest(session, public_bytes(ROOT_KEY), CERTIFICATE, public_bytes(KEYS["C"]))
        places.append((write_record(manifest, filed), [log.add(leaf) for leaf in batches(filed)]))
    bundled = [BundledSession(record, tuple(log.prove(place) for place in own)) for record, own in places]
    exporter = ExportedBy("Jane Doe", "technician", CERTIFICATE, KEYS["T"])
    with path.open("wb") as file:
        write_bundle(
            file,
            bundled,
            exporter=exporter,
            created_ms=BEGAN_MS + 3_600_000,
            log=BundledLog(log.certificate, log.checkpoint()),
        )
    return path.stat().st_size


def session_name(number: int) -> str:
    """Return the id of the session with this number."""
    return hashlib.sha256(b"%d" % number).hexdigest()[:32]


class LaneWriter:
    """Writes the two lanes of a session that have always just seen each other, as quickly as they can be signed.

    `keys` sign their lanes, `began_ms` is the Unix time of the first event, `number` makes the salts.
    """

    def __init__(
        self, session: str, number: int, *, keys: Mapping[str, Ed25519PrivateKey], log: str, began_ms: int
    ) -> None:
        self._session, self._keys, self._log, self._began_ms = session, keys, log, began_ms
        self._random = random.Random(number)
        self.filed: dict[str, list[FiledEvent]] = {"C": [], "T": []}
        self._heads = {"C": "0" * 64, "T": "0" * 64}
        self._actors = {lane: hashlib.sha256(public_bytes(key)).hexdigest() for lane, key in keys.items()}

    def add(self, lane: str, kind: EventType, fields: dict[str, object]) -> None:
        """Write the next event of a lane, 10 ms after the one before."""
        other = "T" if lane == "C" else "C"
        own, seen = self.filed[lane], self.filed[other]
        at_ms, salt, body = 10 * (len(own) + len(seen)), self._random.randbytes(32), encode_canonical(fields)
        event = Event(
            v=1,
            log=self._log,
            sid=self._session,
            lane="C" if lane == "C" else "T",
            seq=len(own),
            t_ms=self._began_ms + at_ms,
            mono_ms=at_ms,
            type=kind,
            actor=self._actors[lane],
            prev=self._heads[lane],
            peer=PeerLink(len(seen) - 1, self._heads[other]),
            body=commit_body(salt=salt, session=self._session, lane=lane, seq=len(own), body=body),
            req=-1,
        )
        signed = sign_event(self._keys[lane], encode_event(event))
        own.append(FiledEvent(lane, signed.event, signed.signature, salt, body))
        self._heads[lane] = event_hash(signed.event)

    def whole(self, openings: Mapping[str, dict[str, object]], events: int) -> None:
        """Write a session of `events` events from its openings to its seals."""
        for lane in "TC":
            self.add(lane, EventType.SESSION_OPEN, openings[lane])
        for place in range(events - 6):
            summary: dict[str, object] = {"keys": place % 90, "clicks": place % 7, "moves": place}
            self.add("CT"[place % 2], EventType.INPUT_SUMMARY, summary)
        for lane in "TC":
            self.add(lane, EventType.SESSION_END, {"reason": "done"})
        counts = {f"n_{lane}": len(own) for lane, own in self.filed.items()}
        body = {**counts, **{f"head_{lane}": head for lane, head in self._heads.items()}, "reason": "done"}
        for lane in "TC":
            self.add(lane, EventType.SESSION_SEAL, body)


def _session(number: int, events: int) -> Iterator[FiledEvent]:
    writer = LaneWriter(session_name(number), number, keys=KEYS, log=LOG, began_ms=BEGAN_MS)
    writer.whole(OPENINGS, events)
    yield from writer.filed["C"]
    yield from writer.filed["T"]


def _seconds(command: list[str]) -> tuple[float, float]:
    """Return how long a command took, and how much of a processor's time."""
    began, before = time.monotonic(), os.times()
    done = subprocess.run(command, cwd=_REPOSITORY, capture_output=True, text=True, check=False)
    taken, after = time.monotonic() - began, os.times()
    if done.returncode:
        raise RuntimeError(f"{command[-2]}: {done.stdout[:2000]}{done.stderr[:2000]}")
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return taken, spent
