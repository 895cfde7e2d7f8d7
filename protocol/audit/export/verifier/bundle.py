"""The container, the manifest and all they hold together (docs/audit_format.md, sections 2, 3, 7 and 8)."""

import hashlib
import re
import struct
import zlib
from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from protocol.audit.export.verifier.basics import (
    FAULTS,
    GB,
    MAX_EVENTS,
    MAX_MEMBERS,
    MAX_RECORD,
    At,
    Findings,
    Json,
    b64,
    canonical,
    need,
    parse_json,
    signed_by,
)
from protocol.audit.export.verifier.log import Log
from protocol.audit.export.verifier.session import PARTY, Session, certificate, withheld_sha256
from protocol.audit.export.verifier.shapes import ERASURE, MANIFEST, SIGNATURE, shaped
from protocol.audit.export.verifier.together import Ties, check_together, opening_of, ties_of

ALWAYS = {"manifest.json", "keys/organisation.key", "report.csv", "report.html", "verify.py"}
UNLISTED = ("manifest.json", "manifest.sig")
NAMES = re.compile(
    r"manifest\.(json|sig)|checkpoint\.txt|report\.(csv|html)|verify\.py|keys/(organisation\.key|log\.cert|technician-"
    r"[0-9a-f]{64}\.cert)|events/[0-9a-f]{32}\.ndjson|erasures/[0-9a-f]{32}-[0-9]{4}\.json|proofs/[0-9a-f]{32}-[0-9]{4}\."
    r"tlog-proof|signatures/[0-9a-f]{32}-[0-9]{4}\.json"
)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", re.ASCII)


class Bundle:
    """The files of an export; every byte around them is rebuilt from names and contents, and compared."""

    def __init__(self, file: BinaryIO) -> None:
        """Read the directory; raises ValueError when any byte of it is not the only possible one."""
        self.file, size = file, file.seek(0, 2)
        need(22 <= size <= GB, "the file is larger than 1 GB, or too short")
        file.seek(size - 22)
        count, length, start = struct.unpack("<10xHII2x", file.read(22))
        shaped_so = count <= MAX_MEMBERS and length <= 166 * count and start + length + 22 == size
        need(shaped_so, "this is not the only zip its files can make")
        file.seek(start)
        directory, at, end, before = file.read(length + 22), 0, 0, ""
        self.members: dict[str, tuple[int, int, int]] = {}
        rebuilt = []
        for _ in range(count):
            crc, content, name_length = struct.unpack_from("<16xII4xH", directory, at)
            name = directory[at + 46 : at + 46 + name_length].decode("ascii")
            need(NAMES.fullmatch(name) and name > before, "a file with a name that is not allowed, or out of order")
            common = struct.pack("<HHHHHIIIHH", 10, 0, 0, 0, 33, crc, content, content, len(name), 0)
            placed = struct.pack("<HHHII", 0, 0, 0, 0o100644 << 16, end)
            rebuilt.append(b"PK\1\2\x14\3" + common + placed + name.encode())
            file.seek(end)
            need(
                file.read(30 + len(name)) == b"PK\3\4" + common + name.encode(), f"the head of {name} is not canonical"
            )
            self.members[name] = (end + 30 + len(name), content, crc)
            end, at, before = end + 30 + len(name) + content, at + 46 + len(name), name
        rebuilt.append(struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, length, start, 0))
        need(end == start and b"".join(rebuilt) == directory, "this is not the only zip its files can make")
        self.names = list(self.members)

    def read(self, name: str) -> bytes:
        """Return a file; raises ValueError when it is too long or its checksum does not fit, KeyError without it."""
        need(self.members[name][1] <= MAX_RECORD, f"{name} is too long")
        return b"".join(self.pieces(name))

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield a file of any length piece by piece; raises ValueError at its end when its checksum does not fit."""
        start, length, crc = self.members[name]
        self.file.seek(start)
        found = 0
        for begin in range(0, length, 1 << 20):
            piece = self.file.read(min(1 << 20, length - begin))
            found = zlib.crc32(piece, found)
            yield piece
        need(found == crc, f"the checksum of {name} does not fit")

    def named(self, beginning: str) -> list[str]:
        """Return the names that begin like this."""
        return self.names[bisect_left(self.names, beginning) : bisect_left(self.names, beginning + "\x7f")]


class Export:
    """One export under examination; `sessions` tells about each session, `facts` about the whole."""

    def __init__(self, bundle: Bundle, findings: Findings, pinned: str) -> None:
        """Check manifest, keys, sessions, proofs and signatures; what is wrong goes to `findings`."""
        self.bundle, self.findings = bundle, findings
        manifest_data = bundle.read("manifest.json")
        self.manifest = parse_json(manifest_data, 16 << 20)
        self._check_manifest()
        self.root = bundle.read("keys/organisation.key")
        self.root_id = hashlib.sha256(self.root).hexdigest()
        need(len(self.root) == 32 and self.root.hex() == self.manifest["root_key"], "two different root keys")
        need(pinned in ("", self.root_id), "the export comes from another organisation than the one you named")
        self.log = Log(bundle.read("keys/log.cert"), self.root) if "keys/log.cert" in bundle.members else None
        self.certificates = {name: bundle.read(name) for name in bundle.named("keys/technician-")}
        self.used: set[str] = set()
        self.signer = self._check_exporter(manifest_data)
        self.roots: dict[tuple[str, int], bytes] = {}
        self.leaves: dict[tuple[str, int], Json] = {}
        self.newest: dict[str, int] = {}
        self.events = 0
        self.ties: list[Ties] = []
        self.sessions = [self._examine(sid) for sid in self.manifest["sessions"]]
        check_together(self.ties, findings)
        need(self.used == set(self.certificates), "other technicians' certificates than the export needs")
        self._check_checkpoint()
        if self.log and self.log.unchecked:
            words = "Post-quantum signatures were not checked: this computer's `cryptography` is too old for them."
            findings.add("note", words, At("keys/log.cert"))

    def _check_manifest(self) -> None:
        need(shaped(self.manifest, MANIFEST), "the manifest lacks a field or has a wrong one")
        names = [entry["name"] for entry in self.manifest["files"]]
        need(names == [name for name in self.bundle.members if name not in UNLISTED], "the manifest lists other files")
        need(set(self.bundle.members) >= ALWAYS, "a file every export has is missing")
        for entry in self.manifest["files"]:
            digest = hashlib.sha256()
            for piece in self.bundle.pieces(entry["name"]):
                digest.update(piece)
            size = self.bundle.members[entry["name"]][1]
            same = (digest.hexdigest(), size) == (entry["sha256"], entry["size_bytes"])
            need(same, f"{entry['name']} is not the file the manifest lists")
        sessions = [name[7:39] for name in names if name.startswith("events/")]
        need(self.manifest["sessions"] == sessions, "the manifest lists other sessions")
        about = [name.split("/")[1][:32] for name in names if name.startswith(("proofs/", "signatures/", "erasures/"))]
        need(set(about) <= set(sessions), "a file about a session that is not here")

    def _check_exporter(self, manifest_data: bytes) -> str:
        """Return who signed the export, empty when nobody did."""
        fingerprint = self.manifest["exporter"]["certificate_sha256"]
        need(
            (fingerprint is not None) == ("manifest.sig" in self.bundle.members),
            "signed by nobody, or by somebody unnamed",
        )
        if fingerprint is None:
            words = "Nobody signed this export: trust what is printed here rather than its report.html and report.csv."
            self.findings.add("note", words, At("manifest.json"))
            return ""
        found = certificate(self._certificate(fingerprint), self.root, self.manifest["created_ms"] / 1000)
        need(found["name"] == self.manifest["exporter"]["name"], "the exporter is somebody else than who signed")
        signed_by(
            found["signing_key"], self.bundle.read("manifest.sig"), b"deskside/export/1 manifest\0" + manifest_data
        )
        return str(found["name"])

    def _certificate(self, fingerprint: str) -> bytes:
        name = f"keys/technician-{fingerprint}.cert"
        data = self.certificates[name]
        need(hashlib.sha256(data).hexdigest() == fingerprint, "a certificate under a wrong name")
        self.used.add(name)
        return data

    def _examine(self, sid: str) -> Json:
        """Check one session with its proofs, signatures and erasure; return what to tell about it."""
        name = f"events/{sid}.ndjson"
        data = self.bundle.read(name)
        self.events += max(0, data.count(b"\n") - 1)
        need(self.events <= MAX_EVENTS, "more than 1,000,000 events")
        session = Session(name, data, self.root, self.findings)
        if session.certificate_data:
            self._certificate(hashlib.sha256(session.certificate_data).hexdigest())
        leaves = self._check_proofs(session)
        signatures = [self._signature(session, name) for name in self.bundle.named(f"signatures/{sid}")]
        for name in self.bundle.named(f"erasures/{sid}"):
            self._check_erasure(name, session, leaves)
        self.ties.append(ties_of(session))
        opening = opening_of(session)
        events = [event for lane in session.lanes.values() for event in lane.values()]
        return {
            "session": sid,
            "ticket": opening.get("ticket", ""),
            "technician": session.certificate.get("name", ""),
            "organisation": session.certificate.get("organisation", ""),
            "began_ms": min((event["t_ms"] for event in events), default=None),
            "last_ms": max((event["t_ms"] for event in events), default=None),
            "events": {lane: len(held) for lane, held in session.lanes.items()},
            "witnessed": self._check_witnessed(session, leaves),
            "signatures": [signature for signature in signatures if signature],
        }

    def _check_proofs(self, session: Session) -> list[Json]:
        """Return the leaves about the session that are surely in the log; what contradicts it goes to the findings."""
        proven = []
        for name in self.bundle.named(f"proofs/{session.id}"):
            try:
                need(self.log, "there is no certificate of a log to check it with")
                leaf = self.log.verify_proof(self.bundle.read(name)) if self.log else {}
                need(leaf["sid"] == session.id, "it is about another session")
                self._check_fork(leaf)
                proven.append(leaf)
            except FAULTS as fault:
                self.findings.add("wrong", f"A proof of the log does not hold: {fault}", At(name, session.id))
        for leaf in proven:
            if leaf["kind"] == "batch":
                self._check_batch(session, leaf)
        return proven

    def _check_fork(self, leaf: Json) -> None:
        point = leaf["point"]
        same = self.roots.setdefault((point["origin"], point["size"]), point["root"]) == point["root"]
        bare = {field: value for field, value in leaf.items() if field != "point"}
        need(
            same and self.leaves.setdefault((point["origin"], leaf["index"]), bare) == bare, "two histories of one log"
        )
        self.newest[point["origin"]] = max(point["size"], self.newest.get(point["origin"], 0))

    def _check_batch(self, session: Session, leaf: Json) -> None:
        lane, seq = leaf["lane"], leaf["to"] - 1
        held = session.lanes[lane].get(seq)
        if held and held["hash"] != leaf["head"]:
            session.wrong(held, "The log holds another event here than the one in this export.")
        elif not held and seq > session.last(lane).get("seq", -1):
            session.add(
                "missing", f"The log knows events of the {PARTY[lane]} up to {seq}; they are not here.", lane, seq
            )

    def _check_witnessed(self, session: Session, leaves: list[Json]) -> bool:
        """Whether enough witnesses have seen the last event of each lane, and so all before it."""
        seen = {
            (leaf["lane"], leaf["to"] - 1) for leaf in leaves if leaf["kind"] == "batch" and leaf["point"]["enough"]
        }
        logged = {(leaf["lane"], leaf["to"] - 1) for leaf in leaves if leaf["kind"] == "batch"}
        ends = {(lane, session.last(lane)["seq"]) for lane in session.lanes if session.lanes[lane]}
        if not ends or not ends <= seen:
            how = "only the log itself" if ends and ends <= logged else "no proof of the log"
            session.add("unwitnessed", f"Not confirmed by enough witnesses up to its end: {how} vouches for it.")
            return False
        return True

    def _signature(self, session: Session, name: str) -> Json:
        """Return an electronic signature in words; {} when it does not hold."""
        try:
            signed = parse_json(self.bundle.read(name), 6144)
            need(shaped(signed, SIGNATURE) and DATE.fullmatch(signed["at"]), "it lacks a field or has a wrong one")
            need(signed["sid"] == session.id, "it is about another session")
            need(
                signed["record_sha256"] == withheld_sha256(session.lines), "it is about another record of this session"
            )
            data, at_s = b64(signed["certificate"]), datetime.fromisoformat(signed["at"]).timestamp()
            self._certificate(hashlib.sha256(data).hexdigest())
            signer = certificate(data, self.root, at_s)
            need(signer["name"] == signed["name"], "it bears another name than the certificate")
            bare = {field: value for field, value in signed.items() if field != "sig"}
            signed_by(signer["signing_key"], b64(signed["sig"], 64, 64), b"deskside/e-signature/1\0" + canonical(bare))
        except FAULTS as fault:
            self.findings.add("wrong", f"An electronic signature does not hold: {fault}", At(name, session.id))
            return {}
        return {"name": signed["name"], "meaning": signed["meaning"], "at": signed["at"]}

    def _check_erasure(self, name: str, session: Session, leaves: list[Json]) -> None:
        data = self.bundle.read(name)
        try:
            stated = parse_json(data, 16384)
            need(
                shaped(stated, ERASURE, exact=False) and stated["sid"] == session.id,
                "it lacks a field, or has a wrong one",
            )
        except FAULTS as fault:
            self.findings.add("wrong", f"The statement of an erasure does not hold: {fault}", At(name, session.id))
            return
        document = hashlib.sha256(data).hexdigest()
        proven = any(leaf["kind"] == "erasure" and leaf["document"] == document for leaf in leaves)
        words = f"Erased on {stated['at']} by {stated['by']} under: {stated['basis']}."
        words += " The log proves it." if proven else " No proof of the log says so."
        self.findings.add("note" if proven else "missing", words, At(name, session.id))

    def _check_checkpoint(self) -> None:
        if "checkpoint.txt" not in self.bundle.members:
            return
        need(self.log, "a checkpoint without the certificate of a log")
        point = self.log.verify_note(self.bundle.read("checkpoint.txt").decode()) if self.log else {}
        known = self.roots.get((point["origin"], point["size"]), point["root"])
        need(known == point["root"], "the log has shown two histories")
        need(self.newest.get(point["origin"], 0) <= point["size"], "the checkpoint is older than a proof")
