"""The largest exports there are: a relay's store with a million events, exported and checked, and what is too much.

`python -m benchmarks.audit --parts limits`; an hour of one processor, 6 GB of disk. Not among what `make bench` runs.
"""

import asyncio
import hashlib
import json
import logging
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.audit_export import LaneWriter
from protocol.audit.events import LANES, log_name
from protocol.audit.export import layout
from protocol.audit.export.container import Container, StoredMember, write_members
from protocol.audit.export.manifest import BundleManifest, Exporter, encode_manifest, file_entry, parse_manifest
from protocol.audit.export.verifier_file import verifier_file
from protocol.audit.log.leaf import BatchLeaf, parse_leaf
from protocol.audit.log.proof import parse_proof
from protocol.audit.sealed_body import seal_body_for_relay
from protocol.messages.relay_api import DeliveredEvents
from protocol.messages.session import RecordedEvent
from protocol.messages.signaling import StoredEvent
from protocol.pairing.certificates import root_id
from relay.clock import system_clock
from relay.log.receipts import ReceiptDesk
from relay.storage.log import LogStore
from tests.support.kept_sessions import ReviewStage, review_stage
from tests.support.relay_in_process import served_relay

EVENTS_PER_SESSION = 40_000
"""About 35 MB of record: one session may have 64 MiB."""

WITHIN, BEYOND = 23, 2
"""Sessions of an export that just fits into 1 GiB; with so many more it is 10^6 events."""

_PER_DELIVERY = 500
_WITHHELD = 2
"""The verifiers' exit code for details withheld, as they are in every export of a relay's operator."""

_REPORTS = (layout.REPORT_HTML, layout.REPORT_CSV)
_REPOSITORY = Path(__file__).resolve().parent.parent
_log = logging.getLogger(__name__)
_MEASURED = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
said = done.stdout[-2000:] + done.stderr[-2000:]
figures = {"status": done.returncode, "said": said, "peak_mb": used.ru_maxrss / 1024}
print(json.dumps({**figures, "cpu_s": used.ru_utime + used.ru_stime}))
"""


@dataclass(frozen=True)
class Measured:
    """How a command ended, what it said, the processor time (s) and the most memory (MB) it took."""

    status: int
    said: str
    peak_mb: float
    cpu_s: float


def limit_figures(folder: Path, *, full: bool) -> dict[str, float]:
    """Return the figures of exports at their limits, from a relay's store in `folder`; small ones unless `full`.

    Raises:
        RuntimeError: an export was refused that fits, one was made that does not, or a verifier found something else
            than withheld details in it.
    """
    return asyncio.run(_limits(folder, EVENTS_PER_SESSION) if full else _limits(folder, 200, refuses=False))


async def _limits(folder: Path, per_session: int, *, refuses: bool = True) -> dict[str, float]:
    script, fits, rest, most = (folder / name for name in ("verify.py", "fits.dsaudit", "rest.dsaudit", "most.dsaudit"))
    script.write_bytes(verifier_file())
    async with served_relay(folder / "data") as relay:
        relay.clock.now_ms = system_clock()
        stage = await review_stage(relay)
        await stage.certify_log()
        within, beyond = await stage.ticket(), await stage.ticket()
        began = time.monotonic()
        for number in range(WITHIN + BEYOND):
            await _keep(stage, within if number < WITHIN else beyond, number, per_session)
            _log.info("  %d of %d sessions kept, %.0f s", number + 1, WITHIN + BEYOND, time.monotonic() - began)
        figures: dict[str, float] = {"kept_s": round(time.monotonic() - began), "exported_events": WITHIN * per_session}
        figures |= _figures("export", await _export(relay.data_dir, within, fits))
        figures |= {"exported_bytes": fits.stat().st_size} | await _verified("", fits, script)
        await _export(relay.data_dir, beyond, rest)
        _together([fits, rest], most)
        figures |= {"most_events": (WITHIN + BEYOND) * per_session, "most_bytes": most.stat().st_size}
        figures |= await _verified("most_", most, script)
        if refuses:
            await _keep(stage, within, WITHIN + BEYOND, per_session)
            figures |= await _refused(relay.data_dir, within, folder / "refused.dsaudit")
    return figures


async def _refused(data: Path, ticket: str, out: Path) -> dict[str, float]:
    """Let a ticket be exported that does not fit."""
    refused = await _run(_exporting(data, ticket, out))
    if refused.status == 0 or "more than fits into one export" not in refused.said:
        raise RuntimeError(f"an export beyond 1 GiB: {refused}")
    if await asyncio.to_thread(out.exists):
        raise RuntimeError("an export that was refused has left a file behind")
    return _figures("refused", refused)


def _figures(name: str, measured: Measured) -> dict[str, float]:
    return {f"{name}_cpu_s": round(measured.cpu_s, 1), f"{name}_peak_mb": round(measured.peak_mb)}


async def _verified(name: str, export: Path, script: Path) -> dict[str, float]:
    figures: dict[str, float] = {}
    for program, command in (
        ("deskside_verify", [sys.executable, "-m", "protocol.audit.verify_command", str(export)]),
        ("verify_py", [sys.executable, str(script), str(export)]),
    ):
        found = await _run(command)
        if found.status != _WITHHELD or "WRONG" in found.said:
            raise RuntimeError(f"{program} {export.name}: {found.status} {found.said}")
        figures |= _figures(f"{name}{program}", found)
    return figures


async def _export(data: Path, ticket: str, out: Path) -> Measured:
    found = await _run(_exporting(data, ticket, out))
    if found.status:
        raise RuntimeError(f"{out.name}: {found.status} {found.said}")
    return found


def _exporting(data: Path, ticket: str, out: Path) -> list[str]:
    """Return the operator's command that exports a ticket."""
    command = [sys.executable, "-m", "relay.app", "export", "--data", str(data)]
    return [*command, "--ticket", ticket, "--out", str(out)]


async def _run(command: list[str]) -> Measured:
    found = await asyncio.to_thread(measured, command)
    _log.info("  %s", found)
    return found


def measured(command: list[str]) -> Measured:
    """Run a command as the grandchild of a small process: its peak memory begins with its parent's."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, *command], cwd=_REPOSITORY, capture_output=True, text=True, check=True
    )
    return Measured(**json.loads(done.stdout))


async def _keep(stage: ReviewStage, ticket: str, number: int, events: int) -> None:
    """Let the relay keep a session of so many events, and wait until all of it is in the log."""
    kept = await stage.open(ticket)
    customer = Ed25519PrivateKey.generate()
    keys = {"C": customer, "T": stage.device}
    root_key = stage.relay.root.public_key().public_bytes_raw()
    began_ms = stage.relay.clock()
    year = time.gmtime(began_ms / 1000).tm_year
    writer = LaneWriter(kept.session, number, keys=keys, log=log_name(root_id(root_key), year), began_ms=began_ms)
    same: dict[str, object] = {
        "ticket": kept.ticket,
        "certificate_sha256": hashlib.sha256(await stage.certificate_of("technician")).hexdigest(),
        "customer_key": customer.public_key().public_bytes_raw().hex(),
        "th": "5e" * 32,
    }
    asked = {"subject": "Printer", "purpose": "Have a look", "capabilities": ["see"]}
    names = {"organisation": "Acme IT", "technician": stage.people["technician"].display_name}
    writer.whole({"C": same | names, "T": same | asked}, events)
    for lane in "TC":
        signer = keys[lane].public_key().public_bytes_raw()
        stored = [
            StoredEvent(lane, one.event, one.signature, signer, _sealed(kept.record_key, lane, seq, one))
            for seq, one in enumerate(_recorded(writer, lane))
        ]
        for begin in range(0, len(stored), _PER_DELIVERY):
            delivered = DeliveredEvents(tuple(stored[begin : begin + _PER_DELIVERY]))
            answer = await stage.ask("technician", "POST", f"/api/v1/sessions/{kept.session}/events", delivered)
            answer.raise_for_status()
    await stage.leave(kept)
    desk = ReceiptDesk(LogStore(stage.relay.database), clock=stage.relay.clock)
    ends = {lane: len(writer.filed[lane]) for lane in LANES}
    async with asyncio.timeout(120):
        while _logged(await desk.proofs(kept.session)) != ends:  # noqa: ASYNC110 (the relay tells nobody in here)
            await asyncio.sleep(0.1)


def _recorded(writer: LaneWriter, lane: str) -> Iterator[RecordedEvent]:
    for one in writer.filed[lane]:
        yield RecordedEvent(one.event, one.signature, one.salt or b"", one.body or b"")


def _sealed(record_key: bytes, lane: str, seq: int, one: RecordedEvent) -> bytes:
    return seal_body_for_relay(record_key, one, lane, seq)


def _logged(proofs: tuple[bytes, ...]) -> dict[str, int]:
    """Return up to where each lane is in the log, by these proofs."""
    ends: dict[str, int] = {}
    for proof in proofs:
        leaf = parse_leaf(parse_proof(proof).leaf)
        if isinstance(leaf, BatchLeaf):
            ends[leaf.lane] = max(leaf.end, ends.get(leaf.lane, 0))
    return ends


def _together(exports: list[Path], out: Path) -> None:
    """Write one export of the sessions of several, with reports that say nothing: verifiers look at events only.

    The ones a writer makes with whole reports reach 1 GiB before 10^6 events.
    """
    with ExitStack() as stack:
        containers = [Container(stack.enter_context(path.open("rb"))) for path in exports]
        sources = {name: each for each in containers for name in each.names if name not in (layout.MANIFEST, *_REPORTS)}
        manifests = [parse_manifest(each.read(layout.MANIFEST)) for each in containers]
        small = dict.fromkeys(_REPORTS, b"-")
        names = sorted({*sources, *small})

        def content(name: str) -> bytes:
            return small[name] if name in small else sources[name].read(name)

        manifest = encode_manifest(
            BundleManifest(
                format="deskside.audit/1",
                created_ms=max(each.created_ms for each in manifests),
                utc_offset_min=0,
                exporter=Exporter("The relay's operator", "operator", None),
                root_key=manifests[0].root_key,
                sessions=tuple(sorted(session for each in manifests for session in each.sessions)),
                files=tuple(file_entry(name, [content(name)]) for name in names),
            )
        )
        small[layout.MANIFEST] = manifest
        members = (_member(name, content) for name in sorted([*names, layout.MANIFEST]))
        with out.open("wb") as file:
            write_members(members, file)


def _member(name: str, content: Callable[[str], bytes]) -> StoredMember:
    data = content(name)
    return StoredMember(name, zlib.crc32(data), len(data), lambda: (content(name),))
