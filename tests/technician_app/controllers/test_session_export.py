import io

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from protocol.audit.export.verify_bundle import verify_bundle
from protocol.audit.findings import Verdict
from protocol.audit.record_file import write_record
from protocol.transport.receipts import Receipts
from technician_app.controllers.profile import DeviceKeys
from technician_app.controllers.session_export import LogProofs, proofs_of, session_export
from tests.support.organisation_log import OrganisationLog, batches
from tests.support.recorded_session import CERTIFICATE, KEYS, MANIFEST, ROOT_ID, sealed_session

RECORD = write_record(MANIFEST, sealed_session().filed())


def device() -> DeviceKeys:
    return DeviceKeys(signing=KEYS["T"], sealing=X25519PrivateKey.from_private_bytes(bytes(range(32))))


def test_with_its_receipts_a_session_is_exported_witnessed_whatever_became_of_the_certificate():
    log = OrganisationLog(post_quantum=False)
    places = [log.add(leaf) for leaf in batches(sealed_session().filed())]
    data = session_export(RECORD, LogProofs(log.certificate, tuple(map(log.prove, places))), CERTIFICATE, device())
    found = verify_bundle(io.BytesIO(data), root_id=ROOT_ID)
    assert found.verdict is Verdict.VALID
    # The certificate of the example is of March 2026 and for eight hours: today nobody can sign with it.
    assert (found.manifest.exporter.name, found.signer) == ("Jane Doe", "")


def test_without_a_log_it_is_exported_all_the_same():
    data = session_export(RECORD, proofs_of(Receipts()), CERTIFICATE, device())
    assert verify_bundle(io.BytesIO(data), root_id=ROOT_ID).verdict is Verdict.UNWITNESSED
