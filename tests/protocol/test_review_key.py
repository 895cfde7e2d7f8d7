import random
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import LocalError, PeerError
from protocol.pairing.certificates import issue_certificate, read_certificate, root_id
from protocol.review_key import (
    MAX_SEALED_BYTES,
    issue_review_certificate,
    open_key_file,
    open_with_device,
    open_with_review_key,
    read_key_file,
    read_review_certificate,
    record_key_info,
    seal_to_device,
    seal_to_review_key,
    verify_review_certificate,
    write_key_file,
)

ROOT = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\1")
ROOT_ID = root_id(ROOT.public_key().public_bytes_raw())
KEY = X25519PrivateKey.from_private_bytes(bytes(31) + b"\2")
PUBLIC = KEY.public_key().public_bytes_raw()
INFO = record_key_info("0123456789abcdef" * 2)
CERTIFICATE = issue_review_certificate(
    ROOT, serial="r1", organisation="Acme IT", sealing_key=PUBLIC, not_before=100, not_after=200
)
DEVICE = issue_certificate(
    ROOT,
    serial="d1",
    technician_id="jane",
    name="Jane",
    organisation="Acme IT",
    signing_key=bytes(32),
    sealing_key=PUBLIC,
    roles=("technician",),
    not_before=100,
    not_after=200,
)
PASSPHRASE = b"a passphrase of auditors"


def test_a_review_certificate_is_valid_in_its_time_and_for_its_root_only() -> None:
    certificate = verify_review_certificate(CERTIFICATE, root_id=ROOT_ID, unix_now=150)
    assert (certificate.serial, certificate.organisation, certificate.sealing_key) == ("r1", "Acme IT", PUBLIC)
    for root, now, code in (
        (bytes(32), 150, "certificate_untrusted"),
        (ROOT_ID, 99, "certificate_expired"),
        (ROOT_ID, 201, "certificate_expired"),
    ):
        with pytest.raises(PeerError) as caught:
            verify_review_certificate(CERTIFICATE, root_id=root, unix_now=now)
        assert caught.value.code == code


def test_no_changed_bit_of_a_review_certificate_verifies() -> None:
    for place in range(len(CERTIFICATE) * 8):
        changed = bytearray(CERTIFICATE)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(PeerError):
            verify_review_certificate(bytes(changed), root_id=ROOT_ID, unix_now=150)


def test_a_technicians_certificate_is_no_review_certificate() -> None:
    with pytest.raises(PeerError):
        verify_review_certificate(DEVICE, root_id=ROOT_ID, unix_now=150)


def test_a_certificate_that_would_be_refused_is_not_issued() -> None:
    with pytest.raises(LocalError):
        issue_review_certificate(ROOT, serial="", organisation="A", sealing_key=PUBLIC, not_before=1, not_after=2)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_raise_only_peer_errors(data: bytes) -> None:
    with suppress(PeerError):
        read_review_certificate(data)
    with suppress(PeerError):
        read_key_file(data)
    with pytest.raises(PeerError):
        open_with_review_key(KEY, INFO, data)


def test_what_is_sealed_opens_for_its_purpose_key_and_session_only() -> None:
    certificate = read_review_certificate(CERTIFICATE)
    sealed = seal_to_review_key(certificate, INFO, b"k" * 32)
    assert open_with_review_key(KEY, INFO, sealed) == b"k" * 32
    assert len(sealed) == 80
    other_session = record_key_info("f" * 32)
    for attempt in (
        lambda: open_with_review_key(X25519PrivateKey.generate(), INFO, sealed),
        lambda: open_with_review_key(KEY, other_session, sealed),
        lambda: open_with_device(KEY, INFO, sealed),
        lambda: open_with_review_key(KEY, INFO, sealed[:-1] + bytes([sealed[-1] ^ 1])),
    ):
        with pytest.raises(PeerError) as caught:
            attempt()
        assert caught.value.code == "sealed_key_rejected"


def test_a_copy_for_the_device_opens_on_the_device() -> None:
    sealed = seal_to_device(read_certificate(DEVICE), INFO, b"k" * 32)
    assert open_with_device(KEY, INFO, sealed) == b"k" * 32
    with pytest.raises(PeerError):
        open_with_review_key(KEY, INFO, sealed)


def test_too_much_is_not_sealed() -> None:
    with pytest.raises(LocalError):
        seal_to_review_key(read_review_certificate(CERTIFICATE), INFO, bytes(MAX_SEALED_BYTES + 1))


def test_a_key_file_opens_with_its_passphrase_only() -> None:
    data = write_key_file(KEY, PASSPHRASE, random.Random(1).randbytes)
    assert read_key_file(data).public_key == PUBLIC
    assert open_key_file(data, PASSPHRASE).private_bytes_raw() == KEY.private_bytes_raw()
    assert KEY.private_bytes_raw() not in data
    with pytest.raises(PeerError) as caught:
        open_key_file(data, PASSPHRASE + b"!")
    assert caught.value.code == "key_file_not_accepted"


def test_a_key_file_needs_a_real_passphrase() -> None:
    with pytest.raises(PeerError) as caught:
        write_key_file(KEY, b"short", random.Random(1).randbytes)
    assert caught.value.code == "passphrase_too_short"
