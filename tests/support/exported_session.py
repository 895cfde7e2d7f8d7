"""Small exports of the recorded sessions, with proofs, witnesses and signatures, and what to do to them."""

import io

from protocol.audit.export.container import Container, write_container
from protocol.audit.export.manifest import encode_manifest, file_entry, parse_manifest, sign_manifest
from protocol.audit.export.verify_bundle import BundleVerification, verify_bundle
from protocol.audit.export.writing import BundledLog, BundledSession, ExportedBy, bundle_bytes
from protocol.audit.record_file import write_record
from protocol.audit.signatures import Meaning, fingerprint_of_file, sign_record
from tests.support.organisation_log import OrganisationLog, batches
from tests.support.recorded_session import (
    BEGAN_MS,
    CERTIFICATE,
    KEYS,
    MANIFEST,
    ROOT_ID,
    SESSION,
    TwoParties,
    sealed_session,
)

CREATED_MS = BEGAN_MS + 3_600_000
EVENTS = f"events/{SESSION}.ndjson"
JANE = ExportedBy("Jane Doe", "technician", CERTIFICATE, KEYS["T"])


def exported(
    parties: TwoParties | None = None,
    *,
    exporter: ExportedBy = JANE,
    witnesses: tuple[str, ...] = ("alpha", "beta"),
    proven: bool = True,
    signed: bool = True,
    with_body: bool = True,
    post_quantum: bool = False,
) -> bytes:
    """Return the export of a session, complete unless told otherwise; always the same without `post_quantum`."""
    parties = parties or sealed_session()
    filed = parties.filed()
    record = write_record(MANIFEST, parties.filed(with_body=with_body))
    log = OrganisationLog(post_quantum=post_quantum)
    places = [log.add(leaf) for leaf in batches(filed)]
    signature = sign_record(
        KEYS["T"],
        CERTIFICATE,
        session=SESSION,
        record_sha256=fingerprint_of_file(record),
        meaning=Meaning.REVIEWED,
        at_ms=BEGAN_MS + 1_800_000,
    )
    session = BundledSession(
        record=record,
        proofs=tuple(log.prove(place, witnesses) for place in places) if proven else (),
        signatures=(signature,) if signed else (),
    )
    bundled_log = BundledLog(log.certificate, log.checkpoint(witnesses)) if proven else None
    return bundle_bytes([session], exporter=exporter, created_ms=CREATED_MS, log=bundled_log, utc_offset_min=60)


def check(data: bytes, root_id: bytes | None = ROOT_ID) -> BundleVerification:
    """Return what `deskside-verify` finds."""
    return verify_bundle(io.BytesIO(data), root_id=root_id)


def members_of(data: bytes) -> dict[str, bytes]:
    """Return the files of an export."""
    container = Container(io.BytesIO(data))
    return {name: container.read(name) for name in container.names}


def packed(members: dict[str, bytes]) -> bytes:
    """Return a container of these files."""
    file = io.BytesIO()
    write_container(members, file)
    return file.getvalue()


def repacked(members: dict[str, bytes], *, sign: bool = True) -> bytes:
    """Return an export of changed files with a manifest that fits them; `sign`: by somebody with the exporter's key."""
    listed = {name: data for name, data in members.items() if name not in ("manifest.json", "manifest.sig")}
    manifest = parse_manifest(members["manifest.json"])
    fields = {name: getattr(manifest, name) for name in manifest.__struct_fields__}
    fields["files"] = tuple(file_entry(name, [data]) for name, data in sorted(listed.items()))
    data = encode_manifest(type(manifest)(**fields))
    unsigned = {**listed, "manifest.json": data}
    return packed({**unsigned, "manifest.sig": sign_manifest(KEYS["T"], data)} if sign else unsigned)
