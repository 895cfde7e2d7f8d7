"""One record file: its lines, its events, and the history they form (docs/audit_format.md, sections 4 to 6)."""

import hashlib
import json
import unicodedata

from protocol.audit.export.verifier.basics import (
    FAULTS,
    MAX_RECORD,
    ZERO,
    At,
    Findings,
    Json,
    Lane,
    b64,
    canonical,
    lv,
    need,
    parse_json,
    plain,
    signed_by,
    unpack,
)
from protocol.audit.export.verifier.shapes import (
    ABOUT_MANY,
    ABOUT_ONE,
    ABOUT_SAME,
    ANSWERS,
    BODIES,
    CERTIFICATE,
    EVENT,
    NEEDS,
    NEEDS_AT_CUSTOMER,
    ONLY,
    OPENINGS,
    RECORD,
    ROW,
    SAME_IN_OPENINGS,
    shaped,
)

PARTY = {"C": "customer", "T": "technician"}


def certificate(data: bytes, root: bytes, at_s: float | None) -> Json:
    """Return a technician's certificate (section 4) signed by `root`, valid at `at_s` (Unix time; None: whenever)."""
    need(len(data) <= 2048, "the certificate is too long")
    found, end = unpack(data)
    need(end == len(data) and isinstance(found, dict) and list(found) == list(CERTIFICATE), "not a certificate")
    need(shaped(found, CERTIFICATE) and found["root_key"] == root, "the certificate is of another organisation")
    for name in (found["name"], found["organisation"]):
        letters = name.replace("\u200c", "").replace("\u200d", "")
        need(letters.isprintable() and letters.strip() == letters != "" and plain(name), "hidden characters in a name")
    # The signature covers the same map without its last entry: one entry less in the head, 10 + 66 bytes less.
    signed_by(root, found["signature"], b"deskside/cert/1\0\x8a" + data[1:-76])
    need(found["not_before"] <= found["not_after"], "the certificate's dates are out of order")
    need(
        at_s is None or found["not_before"] <= at_s <= found["not_after"], "the certificate was not valid at that time"
    )
    return dict(found)


def parse_event(data: bytes) -> Json:
    """Return an event, checked by its form alone."""
    event = parse_json(data, 4096)
    need(shaped(event, EVENT), "a field of the event is missing, unknown or out of range")
    first, peer = event["seq"] == 0, event["peer"]
    need(first == (event["type"] == "session.open") and first == (event["prev"] == ZERO), "not a proper beginning")
    need((peer["seq"] == -1) == (peer["hash"] == ZERO) and event["req"] <= peer["seq"], "peer and req do not fit")
    need("tseq" not in event or (first and event["lane"] == "T"), "a session number in the wrong place")
    need(event["body"]["len_class"].bit_count() == 1, "len_class is not a power of two")
    need(event["type"] not in ONLY["T" if event["lane"] == "C" else "C"], "an event in the wrong lane")
    return event


def read_row(line: bytes) -> Json:
    """Return the parts of one line of a record file."""
    row = parse_json(line, 16384)
    need(shaped(row, ROW), "not an event's line")
    body = row["body"]
    opened = (b64(body["salt"], 32, 32), b64(body["data"], 0, 6144)) if body else None
    return {"lane": row["lane"], "data": b64(row["event"], 1, 4096), "sig": b64(row["sig"], 64, 64), "opened": opened}


def prove(row: Json, session: str, signer: bytes) -> Json:
    """Return the event of a row with its `hash` and its opened `fields`, None where they are withheld."""
    data, event = row["data"], parse_event(row["data"])
    need(event["sid"] == session and event["lane"] == row["lane"], "the event belongs elsewhere")
    need(event["actor"] == hashlib.sha256(signer).hexdigest(), "actor is not the hash of the signer's key")
    signed_by(signer, row["sig"], b"deskside/audit/1 event\0" + data)
    fields = None
    if row["opened"]:
        salt, body = row["opened"]
        length = max(64, 1 << (len(body) + 3).bit_length())
        padded = (len(body).to_bytes(4, "big") + body).ljust(length, b"\0")
        place = (session.encode(), event["lane"].encode(), str(event["seq"]).encode())
        commit = hashlib.sha256(lv(b"deskside/audit/1 body", salt, *place, padded)).hexdigest()
        need((commit, length) == (event["body"]["commit"], event["body"]["len_class"]), "the body was changed")
        fields = parse_json(body, 6144)
        check_fields(event, fields)
    return {**event, "hash": hashlib.sha256(data).hexdigest(), "fields": fields}


def check_fields(event: Json, fields: Json) -> None:
    """Check that a body has the fields its type of event needs."""
    kind, exact = event["type"], event["type"] in ("session.open", "session.seal")
    shape = OPENINGS[event["lane"]] if kind == "session.open" else BODIES.get(kind, {})
    if kind == "consent.ask":
        need(("capability" in fields) != ("capabilities" in fields), "a question about nothing or twice")
        shape = ABOUT_ONE if "capability" in fields else ABOUT_MANY
    need(shaped(fields, shape, exact), f"the body of {kind} lacks a field or has a wrong one")


class Session:
    """One record file under examination: `lanes` holds the events that hold on their own, by seq."""

    def __init__(self, file: str, data: bytes, root: bytes, findings: Findings) -> None:
        """Check everything a record file can show by itself; what is wrong with it goes to `findings`."""
        self.file, self.id, self.findings = file, file[7:39], findings
        self.lanes: dict[str, Lane] = {"C": {}, "T": {}}
        self.certificate: Json = {}
        self.certificate_data = self.customer_key = b""
        self.lines: list[bytes] = []
        before = findings.counts["wrong"]
        try:
            rows = self._read(data, root)
            self.certificate = certificate(self.certificate_data, root, began_s(rows))
        except FAULTS as fault:
            self.add("wrong", f"This is not a genuine record file: {fault}")
            return
        self._prove(rows)
        if findings.counts["wrong"] == before:
            self._check_order(root)
        if findings.counts["wrong"] == before:
            self._check_rules()

    def _read(self, data: bytes, root: bytes) -> list[Json]:
        need(len(data) <= MAX_RECORD and data.endswith(b"\n"), "too long, or cut off inside a line")
        head_line, *lines = data.split(b"\n")[:-1]
        head = parse_json(head_line, 16384)
        need(shaped(head, RECORD) and head["session"] == self.id, "not the first line of this session's record")
        need(bytes.fromhex(head["organisation_key"]) == root, "it is of another organisation")
        self.certificate_data = bytes.fromhex(head["technician_certificate"])
        need(self.certificate_data.hex() == head["technician_certificate"], "not canonical hexadecimal")
        self.customer_key = bytes.fromhex(head["customer_key"])
        rows = [read_row(line) for line in lines]
        need("TC" not in "".join(row["lane"] for row in rows), "an event of lane C after lane T began")
        self.lines = [head_line, *lines]
        return rows

    def add(self, kind: str, words: str, lane: str = "", seq: int | None = None) -> None:
        """Add a finding about this session."""
        self.findings.add(kind, words, At(self.file, self.id, lane, seq))

    def wrong(self, event: Json, words: str) -> None:
        """Add a contradiction at an event."""
        self.add("wrong", words, event["lane"], event["seq"])

    def last(self, lane: str) -> Json:
        """Return the last event of a lane, {} when it has none."""
        return next(reversed(self.lanes[lane].values()), {})

    def sealed(self, lane: str) -> bool:
        """Return whether the last event of a lane is its seal."""
        return bool(self.last(lane).get("type") == "session.seal")

    def _prove(self, rows: list[Json]) -> None:
        signers = {"C": self.customer_key, "T": self.certificate["signing_key"]}
        for row in rows:
            lane = row["lane"]
            try:
                event = prove(row, self.id, signers[lane])
                need(event["seq"] > self.last(lane).get("seq", -1), "the event is there twice or out of order")
                self.lanes[lane][event["seq"]] = event
            except FAULTS as fault:
                self.add("wrong", str(fault), lane, seq_of(row["data"]))

    def _check_order(self, root: bytes) -> None:
        """Check that the events of each lane follow each other, and that the two lanes fit together."""
        for lane, events in self.lanes.items():
            before: Json = {}
            for event in events.values():
                self._check_successor(before, event, hashlib.sha256(root).hexdigest()[:16] + "/")
                before = event
            hidden = [event for event in events.values() if event["fields"] is None]
            if not events:
                self.add("missing", f"The whole part of the {PARTY[lane]} is missing.", lane)
            if hidden:
                self.add("missing", f"{len(hidden)} of {len(events)} details are withheld.", lane, hidden[0]["seq"])
        for lane, other in ("CT", "TC"):
            for event in self.lanes[lane].values():
                self._check_link(event, self.lanes[other])
                try:
                    check_answer(event, self.lanes[other].get(event["req"]))
                except FAULTS as fault:
                    self.wrong(event, str(fault))
            seen = max((event["peer"]["seq"] for event in self.lanes[lane].values()), default=-1)
            if seen > self.last(other).get("seq", -1):
                words = f"The {PARTY[lane]} has seen event {seen} of the {PARTY[other]}, which is not here."
                self.add("wrong" if self.sealed(other) else "missing", words, other, seen)

    def _check_successor(self, before: Json, event: Json, log: str) -> None:
        if event["seq"] > before.get("seq", -1) + 1:
            words = (
                f"Events {before.get('seq', -1) + 1} to {event['seq'] - 1} of the {PARTY[event['lane']]} are missing."
            )
            self.add("missing", words, event["lane"], event["seq"])
        if not event["log"].startswith(log):
            self.wrong(event, "The event names the log of another organisation.")
        if not before:
            return
        if event["seq"] == before["seq"] + 1 and event["prev"] != before["hash"]:
            self.wrong(event, "The event does not follow the one before it.")
        if event["log"] != before["log"] or event["mono_ms"] < before["mono_ms"]:
            self.wrong(event, "The log changed, or the clock that only goes forward went back.")
        if event["peer"]["seq"] < before["peer"]["seq"] or before["type"] == "session.seal":
            self.wrong(event, "The event has seen less than the one before it, or comes after the seal.")

    def _check_link(self, event: Json, other: Lane) -> None:
        named = other.get(event["peer"]["seq"])
        if named and (named["hash"] != event["peer"]["hash"] or named["peer"]["seq"] >= event["seq"]):
            self.wrong(event, "The event has seen another event than the other side wrote, or each comes first.")

    def _check_rules(self) -> None:
        self._check_openings()
        self._check_consent()
        self._check_colleagues()
        self._check_seals()

    def _check_openings(self) -> None:
        firsts = [next(iter(events.values())) for events in self.lanes.values() if events]
        if len({event["log"] for event in firsts}) > 1:
            self.wrong(firsts[-1], "The two sides name different logs.")
        opened = {lane: ev[0] for lane, ev in self.lanes.items() if 0 in ev and ev[0]["fields"] is not None}
        for event in opened.values():
            fields = event["fields"]
            if fields["customer_key"] != self.customer_key.hex():
                self.wrong(event, "The session was opened with another customer's key.")
            if fields["certificate_sha256"] != hashlib.sha256(self.certificate_data).hexdigest():
                self.wrong(event, "The session was opened under another certificate.")
        if len(opened) == 2:
            c, t = opened["C"]["fields"], opened["T"]["fields"]
            if any(c.get(name, "") != t.get(name, "") for name in SAME_IN_OPENINGS):
                self.wrong(opened["C"], "The two openings differ.")
        if "C" in opened:
            shown, true = opened["C"]["fields"], self.certificate
            names = [unicodedata.normalize("NFC", true[name]) for name in ("name", "technician_id")]
            if (
                shown["organisation"] != unicodedata.normalize("NFC", true["organisation"])
                or shown["technician"] not in names
            ):
                self.wrong(opened["C"], "The customer was shown other names than the certificate holds.")

    def _check_consent(self) -> None:
        """Check that every privileged act lies inside a live consent; T's acts by what T had seen of lane C."""
        live: dict[str, int | None] = {}
        states: dict[int, tuple[dict[str, int | None], bool]] = {-1: ({}, False)}
        unsure, before = False, -1
        for event in self.lanes["C"].values():
            kind, fields = event["type"], event["fields"]
            unsure, before = unsure or event["seq"] != before + 1, event["seq"]
            self._check_act(event, live, unsure, event["mono_ms"])
            if kind in ("session.end", "session.seal"):
                live, unsure = {}, False
            elif kind == "consent.grant" and fields is None:
                unsure = True
            elif kind == "consent.grant":
                lasts_ms = fields.get("expires_in_s", 0) * 1000
                live = {**live, fields["capability"]: event["mono_ms"] + lasts_ms if lasts_ms else None}
            elif kind == "consent.revoke" and fields is not None:
                live = {able: end for able, end in live.items() if able != fields["capability"]}
            states[before] = (live, unsure)
        for event in self.lanes["T"].values():
            self._check_act(event, *states.get(event["peer"]["seq"], ({}, True)), None)

    def _check_act(self, event: Json, live: dict[str, int | None], unsure: bool, mono_ms: int | None) -> None:
        kind, lane, fields = event["type"], event["lane"], event["fields"]
        needed = NEEDS.get(kind) or (NEEDS_AT_CUSTOMER.get(kind) if lane == "C" else None)
        if kind == "file.offered" and lane == "C" and fields and fields.get("asked"):
            needed = "files_to_technician"
        if kind == "capability.use" and fields:
            needed = fields["capability"]
        if needed is None or unsure:
            return
        end = live.get(needed, -1)
        if end is not None and (end == -1 or (mono_ms is not None and mono_ms > end + 1000)):
            self.wrong(event, f"{kind} happened without a live consent to {needed}.")

    def _check_colleagues(self) -> None:
        """Check that in lane C, up to its first gap, nobody joined by an invitation the customer had not allowed."""
        allowed: set[int] = set()
        for place, event in enumerate(self.lanes["C"].values()):
            if event["seq"] != place:
                return
            if event["type"] == "colleague.allowed":
                allowed.add(event["req"])
            elif event["type"] == "colleague.joined" and event["req"] not in allowed:
                self.wrong(event, "A colleague joined whom the customer had not allowed to.")

    def _check_seals(self) -> None:
        stated = {}
        for lane, other in ("CT", "TC"):
            seal = self.last(lane)
            if seal and not self.sealed(lane):
                self.add("missing", f"The part of the {PARTY[lane]} is not sealed: its end may be missing.", lane)
            if not self.sealed(lane) or seal["fields"] is None:
                continue
            claims = stated[lane] = {
                side: (seal["fields"][f"n_{side}"], seal["fields"][f"head_{side}"]) for side in "CT"
            }
            if claims[lane] != (seal["seq"], seal["prev"]):
                self.wrong(seal, "The seal does not name the end of its own lane.")
            count, head = claims[other]
            named = self.lanes[other].get(count - 1)
            if named and named["hash"] != head:
                self.wrong(seal, "The seal names another event than the other side wrote.")
            if not named and count > max(0, self.last(other).get("seq", -1)):
                words = f"The seal counts {count} events of the {PARTY[other]}; the last of them are missing."
                self.add("wrong" if self.sealed(other) else "missing", words, lane, seal["seq"])
        if len(stated) == 2 and stated["C"] != stated["T"]:
            alone = any(event["type"] == "peer.lost" for events in self.lanes.values() for event in events.values())
            alone = alone or any(events and max(events) + 1 != len(events) for events in self.lanes.values())
            words = "The connection was lost: each side sealed what it knew." if alone else "The two seals differ."
            self.add("missing" if alone else "wrong", words, "T", self.last("T")["seq"])


def check_answer(event: Json, answered: Json | None) -> None:
    """Check that an answer is one to a question about the same capability, or about the same file."""
    kind, fields = event["type"], event["fields"]
    if kind not in ANSWERS or (event["req"] == -1 and kind == "diag.received"):
        return
    need(event["req"] != -1, f"{kind} answers no question")
    if not answered:
        return
    asked = answered["fields"]
    need(answered["type"] in ANSWERS[kind], f"{kind} answers a {answered['type']}")
    if fields is None or asked is None:
        return
    for name, kinds in ABOUT_SAME.items():
        need(kind not in kinds or fields.get(name) == asked.get(name), f"{kind} is about something else than asked")
    if "capability" in fields:
        wanted = asked.get("capabilities", [asked.get("capability")])
        need(isinstance(wanted, list) and fields["capability"] in wanted, f"{kind} is about another capability")


def began_s(rows: list[Json]) -> float | None:
    """Return when lane T begins, else lane C, in Unix seconds; None when neither begins with an event."""
    for lane in "TC":
        first = next((row for row in rows if row["lane"] == lane), None)
        try:
            if first:
                return float(parse_event(first["data"])["t_ms"] / 1000)
        except FAULTS:
            continue
    return None


def seq_of(data: bytes) -> int | None:
    """Return the seq of an event's bytes, None when they are none."""
    try:
        return int(parse_event(data)["seq"])
    except FAULTS:
        return None


def withheld_sha256(lines: list[bytes]) -> str:
    """Return the hash of a record file with every body withheld: what electronic signatures are about."""
    shown = hashlib.sha256(b"".join(line + b"\n" for line in lines[:1]))
    for line in lines[1:]:
        shown.update(canonical({**json.loads(line), "body": None}) + b"\n")
    return shown.hexdigest()
