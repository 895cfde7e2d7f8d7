"""Sessions as `.dsaudit` files: one is written of what was verified here, and one is read without any relay."""

import asyncio
import hashlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from protocol.audit.export.log_trust import SeenHeads
from protocol.audit.export.manifest import Role
from protocol.audit.export.reading import Bundle
from protocol.audit.export.verify_bundle import BundleVerification, verify_bundle
from protocol.audit.export.writing import BundledLog, BundledSession, ExportedBy, write_bundle
from protocol.audit.findings import Findings
from protocol.errors import EnvironmentFault, LocalError, PeerError
from protocol.pairing.certificates import read_certificate
from technician_app.controllers.account import Identity
from technician_app.controllers.profile import DeviceKeys
from technician_app.controllers.review_evidence import Evidence, evidence_of_files
from technician_app.controllers.review_page import SessionPage, page_of
from technician_app.controllers.review_reader import ReviewReader

MAX_SESSIONS = 500
"""Of one export: it is put together in memory."""


@dataclass(frozen=True)
class OpenedFile:
    """A `.dsaudit` file as it was checked. `trusted`: it comes from an organisation this program knows."""

    name: str
    verification: BundleVerification
    trusted: bool
    pages: tuple[SessionPage, ...]


async def export_sessions(
    reader: ReviewReader, sessions: Sequence[str], path: Path, keys: DeviceKeys, progress: Callable[[int], None]
) -> str:
    """Write the sessions to `path`, tell the relay, and return the file's SHA-256. `progress` gets how many are read.

    The relay records the export before the file is at its place: nothing leaves unnoticed.

    Raises:
        DesksideError: a session cannot be read, the disk fails (`file_unwritable`), or there are more than 500.
    """
    if len(sessions) > MAX_SESSIONS:
        raise LocalError(f"{len(sessions)} sessions", code="bundle_too_large", user_text="Choose at most 500 sessions.")
    held: list[Evidence] = []
    for number, session in enumerate(sessions):
        progress(number)
        held.append((await reader.read(session)).evidence)
    progress(len(sessions))
    part = path.with_name(f".{path.name}.part")
    try:
        sha256 = await asyncio.to_thread(_write, part, held, reader.identity, keys)
        for session in sessions:
            await reader.api.note_export(session, sha256)
        await asyncio.to_thread(part.replace, path)
    except OSError as error:
        raise _unwritable(error) from error
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)
    return sha256


def open_file(path: Path, known_roots: frozenset[bytes]) -> OpenedFile:
    """Return what a `.dsaudit` file holds and whether it is genuine; nothing is unpacked. Blocking.

    Raises:
        EnvironmentFault: it cannot be read (`file_unreadable`).
        PeerError: it is not an export at all (`bundle_malformed`).
    """
    try:
        with path.open("rb") as file:
            verification = verify_bundle(file)
            bundle = Bundle(file)
            seen = SeenHeads()
            pages = [
                page_of(
                    evidence_of_files(
                        files, root_id=bundle.root_id, log=bundle.log, findings=Findings(), seen=seen
                    )
                )
                for files in bundle.session_files()
            ]  # fmt: skip
    except OSError as error:
        raise EnvironmentFault(
            f"{path}: {error}", code="file_unreadable", user_text="This file cannot be read."
        ) from error
    except PeerError as error:
        raise PeerError(str(error), code=error.code, user_text=f"This is not a genuine export: {error}") from error
    return OpenedFile(path.name, verification, verification.root_id in known_roots, tuple(pages))


def _write(part: Path, held: list[Evidence], identity: Identity, keys: DeviceKeys) -> str:
    logs = [each.log_certificate for each in held if each.log_certificate]
    sessions = [
        BundledSession(
            record=each.files.record,
            proofs=tuple(each.files.proofs.values()) if logs else (),
            signatures=tuple(each.files.signatures.values()),
            erasures=tuple(each.files.erasures.values()),
        )
        for each in held
    ]
    offset = datetime.now().astimezone().utcoffset()
    with part.open("xb") as file:
        write_bundle(
            file,
            sessions,
            exporter=_exporter(identity, keys),
            created_ms=int(time.time() * 1000),
            log=BundledLog(logs[-1]) if logs else None,
            utc_offset_min=int(offset.total_seconds() // 60) if offset else 0,
        )
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(part.read_bytes()).hexdigest()


def _exporter(identity: Identity, keys: DeviceKeys) -> ExportedBy:
    role: Role = "technician" if identity.account.role == "technician" else "auditor"
    if not identity.certificate:
        return ExportedBy(identity.account.display_name, role)
    who = read_certificate(identity.certificate)
    if not who.not_before <= time.time() <= who.not_after:
        return ExportedBy(who.name, role)
    return ExportedBy(who.name, role, identity.certificate, keys.signing)


def _unwritable(error: OSError) -> EnvironmentFault:
    return EnvironmentFault(
        f"export: {error}", code="file_unwritable", user_text="The export could not be written there."
    )
