import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.audit.canonical import encode_canonical
from protocol.audit.signatures import Meaning, fingerprint_of_file, read_signature, sign_record, verify_signature
from protocol.errors import PeerError
from tests.support.recorded_session import BEGAN_MS, CERTIFICATE, KEYS, ROOT_ID, SESSION, sealed_session

PARTIES = sealed_session()
RECORD = PARTIES.file()
FINGERPRINT = fingerprint_of_file(RECORD)
AT_MS = BEGAN_MS + 3_600_123
DOCUMENT = sign_record(
    KEYS["T"], CERTIFICATE, session=SESSION, record_sha256=FINGERPRINT, meaning=Meaning.PERFORMED, at_ms=AT_MS
)


def test_a_signature_names_who_when_and_what_is_meant() -> None:
    signature = verify_signature(DOCUMENT, root_id=ROOT_ID, session=SESSION, record_sha256=FINGERPRINT)
    assert (signature.name, signature.meaning, signature.at_ms) == ("Jane Doe", Meaning.PERFORMED, AT_MS)
    said = json.loads(DOCUMENT)
    assert (said["name"], said["meaning"], said["at"]) == ("Jane Doe", "performed", "2026-03-01T15:00:00.123Z")


def test_erasing_bodies_does_not_break_a_signature() -> None:
    assert fingerprint_of_file(PARTIES.file(with_body=False)) == FINGERPRINT


def test_a_signature_moved_to_another_record_fails() -> None:
    shorter = fingerprint_of_file(PARTIES.file(lambda filed, seq: seq < 3))
    for moved in ({"session": "f" * 32}, {"record_sha256": shorter}):
        with pytest.raises(PeerError) as caught:
            verify_signature(DOCUMENT, root_id=ROOT_ID, **moved)
        assert caught.value.code == "signature_of_another_record"


@pytest.mark.parametrize(
    ("field", "value"),
    [("meaning", "approved"), ("name", "Joan Doe"), ("at", "2026-03-01T15:00:00.124Z"), ("record_sha256", "0" * 64)],
)
def test_a_changed_field_is_noticed(field: str, value: str) -> None:
    changed = encode_canonical(json.loads(DOCUMENT) | {field: value})
    with pytest.raises(PeerError) as caught:
        verify_signature(changed, root_id=ROOT_ID)
    assert caught.value.code == "signature_invalid"


def test_another_organisations_signature_is_not_accepted() -> None:
    with pytest.raises(PeerError) as caught:
        verify_signature(DOCUMENT, root_id=bytes(32))
    assert caught.value.code == "certificate_untrusted"


def test_a_signature_outside_the_certificates_time_is_not_accepted() -> None:
    late = sign_record(
        KEYS["T"],
        CERTIFICATE,
        session=SESSION,
        record_sha256=FINGERPRINT,
        meaning=Meaning.REVIEWED,
        at_ms=AT_MS + 86_400_000,
    )
    with pytest.raises(PeerError) as caught:
        verify_signature(late, root_id=ROOT_ID)
    assert caught.value.code == "certificate_expired"


def test_no_changed_byte_of_a_signature_verifies() -> None:
    for place in range(len(DOCUMENT)):
        changed = DOCUMENT[:place] + bytes([DOCUMENT[place] ^ 1]) + DOCUMENT[place + 1 :]
        with pytest.raises(PeerError):
            verify_signature(changed, root_id=ROOT_ID, session=SESSION, record_sha256=FINGERPRINT)


@settings(max_examples=100)
@given(st.one_of(st.binary(max_size=400), st.dictionaries(st.text(max_size=8), st.text(max_size=8)).map(json.dumps)))
def test_arbitrary_documents_raise_only_peer_errors(data: bytes | str) -> None:
    with pytest.raises(PeerError) as caught:
        read_signature(data.encode() if isinstance(data, str) else data)
    assert caught.value.code == "signature_malformed"
