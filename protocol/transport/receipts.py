"""What the relay's log proves to one party of a session: verified as it comes, kept on disk, never dropped silently.

Runs on the network thread. A receipt that does not hold is kept beside the others as `*.refused` and told to whoever
listens (`found`): either the relay's log lies, or somebody changed what came from it.
"""

import asyncio
import hashlib
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from protocol.audit.events import LANES, EventType
from protocol.audit.findings import Finding, Severity
from protocol.audit.log.certificate import LogCertificate, verify_log_certificate
from protocol.audit.log.leaf import BatchLeaf
from protocol.audit.log.proof import SUFFIX, ProvenLeaf
from protocol.audit.log.receipts import EventPlace, check_receipt
from protocol.audit.session_record import SessionRecord
from protocol.errors import PeerError
from protocol.messages.consent import Capability
from protocol.messages.signaling import FromRelay, LogCertified, ReceiptIssued

CERTIFICATE_FILE = "log-certificate"
SEALS_WITHIN_S = 4.0
"""How long a party waits, at the end, for the receipts of the seals."""

_MOST_WAITING = 16
_MOST_REFUSED = 8

_log = logging.getLogger(__name__)

Found = Callable[[Finding], None]


class Receipts:
    """The receipts of one session at one party. Hand every message of the relay to `take`, then `attend` the record."""

    def __init__(self) -> None:
        self._waiting: list[FromRelay] = []
        self._record: SessionRecord | None = None
        self._folder = Path()
        self._root_id = b""
        self._unix_now: Callable[[], float] = lambda: 0.0
        self._certificate: LogCertificate | None = None
        self._certificate_bytes = b""
        self._early: list[bytes] = []
        self._held: dict[bytes, tuple[bytes, ProvenLeaf]] = {}
        self._findings: list[Finding] = []
        self._changed = asyncio.Event()
        self._waited = False
        self._keeps_files = True
        self.found: Found = lambda finding: _log.warning("log: %s (%s)", finding.text, finding.code)
        self.required = False
        """Whether control has to wait for the receipt of the opening: said by the organisation or on this computer."""

    @property
    def certificate(self) -> bytes:
        """The log's certificate, verified; empty while there is none."""
        return self._certificate_bytes

    @property
    def kept(self) -> tuple[bytes, ...]:
        """Every receipt that holds, as a proof file, in the order in which they came."""
        return tuple(data for data, _ in self._held.values())

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that did not hold."""
        return tuple(self._findings)

    @property
    def witnesses(self) -> tuple[str, ...]:
        """Who has cosigned every receipt that holds, as the organisation's policy calls them."""
        signed = [{each.witness for each in proven.cosigned} for _, proven in self._held.values()]
        return tuple(sorted(set.intersection(*signed))) if signed else ()

    @property
    def opening_is_logged(self) -> bool:
        """Whether the openings of both lanes are surely in the log, with the witnesses the organisation wants."""
        return all(self._is_logged(lane, 0) for lane in LANES)

    @property
    def seals_are_logged(self) -> bool:
        """Whether every lane that is sealed is surely in the log up to its seal."""
        record = self._record
        sealed = [] if record is None else [lane for lane in LANES if record.is_sealed(lane)]
        return record is not None and all(self._is_logged(lane, record.count(lane) - 1) for lane in sealed)

    def held_back(self, capability: Capability) -> str:
        """Return why `capability` has to wait: control, until the log holds the opening, where that is required."""
        waits = capability is Capability.CONTROL and self.required and not self.opening_is_logged
        return "no_receipt" if waits else ""

    def take(self, message: FromRelay) -> bool:
        """Take what the relay says about the log; return whether it was about that."""
        if not isinstance(message, LogCertified | ReceiptIssued):
            return False
        if self._record is not None:
            self._took(message)
        elif len(self._waiting) < _MOST_WAITING:
            self._waiting.append(message)
        return True

    def attend(self, record: SessionRecord, *, folder: Path, root_id: bytes, unix_now: Callable[[], float]) -> None:
        """Check what has come and will come against `record`, for the organisation `root_id` (32 bytes).

        Receipts are kept in `folder`, which is made when the first one comes.
        """
        self._record, self._folder, self._root_id, self._unix_now = record, folder, root_id, unix_now
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            self._took(message)

    def look_again(self) -> None:
        """An event was added to the record: receipts that came before their events can be checked now."""
        early, self._early = self._early, []
        for data in early:
            self._check(data)

    async def wait_for_seals(self) -> None:
        """Wait for the receipts of the seals, when the relay has a log and for 4 seconds at most."""
        if self._certificate is None or self._waited:
            return
        self._waited = True
        try:
            async with asyncio.timeout(SEALS_WITHIN_S):
                while not self.seals_are_logged:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            _log.info("the log's receipts for the end of the session have not come")

    def leave_no_files(self) -> bool:
        """Delete the files, and write none any more; what is in memory stays. Return whether nothing is left.

        For a side that is done. Where something did not hold, everything stays: it is what proves that.
        """
        if self._findings:
            return False
        self._keeps_files = False
        if self._record is None:
            return True  # there is no folder yet
        shutil.rmtree(self._folder, ignore_errors=True)
        return not self._folder.exists()

    def _took(self, message: FromRelay) -> None:
        if isinstance(message, ReceiptIssued):
            self._check(message.proof)
        elif isinstance(message, LogCertified) and message.certificate != self._certificate_bytes:
            self._certified(message.certificate)
        self._changed.set()

    def _certified(self, data: bytes) -> None:
        try:
            certificate = verify_log_certificate(data, root_id=self._root_id, unix_now=self._unix_now())
        except PeerError as error:
            self._refuse(Finding(Severity.CONTRADICTION, error.code, f"The relay's log is not vouched for: {error}."))
            return
        self._certificate, self._certificate_bytes = certificate, data
        self.required = self.required or certificate.require_receipt
        self._write(f"{CERTIFICATE_FILE}-{certificate.serial}", data)
        self.look_again()

    def _check(self, data: bytes) -> None:
        record, certificate = self._record, self._certificate
        assert record is not None
        if certificate is None:
            self._hold_back(data)
            return
        checked = check_receipt(data, certificate.keys, certificate.witnesses, self._head, frozenset({record.session}))
        if checked.proven is None:
            self._refuse(checked.finding, data)
            return
        leaf = checked.proven.leaf
        if isinstance(leaf, BatchLeaf) and record.event(leaf.lane, leaf.end - 1) is None:
            self._hold_back(data)
        else:
            self._keep(data, checked.proven)

    def _keep(self, data: bytes, proven: ProvenLeaf) -> None:
        place = f"{proven.checkpoint.origin} {proven.index}".encode()
        held = self._held.get(place)
        if held is not None and held[1].leaf != proven.leaf:
            text = "Two receipts contradict each other: the log has shown two histories."
            self._refuse(Finding(Severity.CONTRADICTION, "log_forked", text), data)
            return
        if held is None or len(proven.cosigned) >= len(held[1].cosigned):
            self._held[place] = data, proven
            self._write(f"{hashlib.sha256(place).hexdigest()[:16]}{SUFFIX}", data)
        self._changed.set()

    def _hold_back(self, data: bytes) -> None:
        if len(self._early) < _MOST_WAITING:
            self._early.append(data)

    def _refuse(self, finding: Finding | None, data: bytes = b"") -> None:
        if finding is None or len(self._findings) >= _MOST_REFUSED:
            return
        self._findings.append(finding)
        if data:
            self._write(f"{hashlib.sha256(data).hexdigest()[:16]}.refused", data)
        self.found(finding)

    def _is_logged(self, lane: str, seq: int) -> bool:
        certificate = self._certificate
        if certificate is None:
            return False
        needs_witnesses = certificate.witnesses.wants_witnesses
        return any(
            isinstance(proven.leaf, BatchLeaf)
            and proven.leaf.lane == lane
            and proven.leaf.first <= seq < proven.leaf.end
            and (proven.witnessed or not needs_witnesses)
            for _, proven in self._held.values()
        )

    def _head(self, place: EventPlace) -> str | None:
        _, lane, seq = place
        held = self._record.event(lane, seq) if self._record is not None else None
        return None if held is None else held.hash

    def _write(self, name: str, data: bytes) -> None:
        """Keep a file. A full disk ends no session over a receipt: the relay has it, and the person is told."""
        if not self._keeps_files:
            return
        path = self._folder / name
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = path.with_name(path.name + ".part")
            part.unlink(missing_ok=True)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            _log.warning("a receipt was not kept: %s", error)
            text = "A receipt of the log could not be written to this computer's disk."
            if not any(finding.code == "receipt_not_kept" for finding in self._findings):
                self._refuse(Finding(Severity.NOTICE, "receipt_not_kept", text))


def receipts_folder(folder: Path, session: str, lane: str) -> Path:
    """Return where the receipts of a session are kept, beside its journal in `folder`."""
    return folder / f"{session}-{lane}.receipts"


def as_note(finding: Finding) -> tuple[EventType, dict[str, object]]:
    """Return the event that records a finding about the log in the party's own lane."""
    return EventType.NOTE, {"about": "log", "code": finding.code, "text": finding.text}
