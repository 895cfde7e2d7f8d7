import hashlib
import hmac

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding import lv_cat
from protocol.errors import LocalError, PeerError
from protocol.pairing.certificates import read_certificate
from protocol.sealed_attachment import MAX_ATTACHMENT_BYTES, open_attachment, seal_attachment
from tests.protocol.pairing.paired_machines import SEALING, certificate_bytes, entropy_of

OTHER = X25519PrivateKey.from_private_bytes(b"2" * 32)
FIRST = read_certificate(certificate_bytes(serial="a1"))
SECOND = read_certificate(certificate_bytes(serial="b2", sealing_key=OTHER.public_key().public_bytes_raw()))
PLACE = {"ticket": "DS-2026-000123", "kind": "diagnostics", "name": "report.json"}


def sealed(content: bytes = b"42 facts") -> bytes:
    return seal_attachment(content, **PLACE, certificates=[FIRST, SECOND], entropy=entropy_of("attachment"))


def opened(data: bytes, serial: str = "a1", key: X25519PrivateKey = SEALING, **changes: str) -> bytes:
    return open_attachment(data, **(PLACE | changes), serial=serial, sealing_key=key)


def refusal(data: bytes, serial: str = "a1", key: X25519PrivateKey = SEALING, **changes: str) -> str:
    with pytest.raises(PeerError) as caught:
        opened(data, serial, key, **changes)
    return caught.value.code


@given(st.binary(max_size=5000))
def test_every_certified_device_opens_what_was_sealed(content):
    data = sealed(content)
    assert opened(data) == opened(data, "b2", OTHER) == content


def test_a_device_it_was_not_sealed_to_cannot_open_it():
    assert refusal(sealed(), "c3") == "attachment_not_for_this_device"
    assert refusal(sealed(), "a1", OTHER) == "attachment_rejected"


@pytest.mark.parametrize("change", [{"ticket": "DS-2026-000124"}, {"kind": "record"}, {"name": "other.json"}])
def test_it_opens_only_in_its_own_place(change):
    assert refusal(sealed(), **change) == "attachment_rejected"


def test_kind_and_name_cannot_be_split_differently():
    assert refusal(sealed(), kind="diagnosticsr", name="eport.json") == "attachment_rejected"


def test_no_changed_byte_is_accepted():
    data = sealed()
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1 << place % 8
        try:
            content = opened(bytes(changed))
        except PeerError:
            continue
        assert content == b"42 facts", place  # only the other device's wrapped key may have been hit


def test_damaged_or_foreign_bytes_are_malformed():
    good = msgspec.msgpack.decode(sealed())
    first = good["recipients"][0]
    for wrong in (
        {**good, "v": 2},
        {**good, "extra": 0},
        {**good, "recipients": []},
        {**good, "recipients": [first, first]},
        {**good, "recipients": [{**first, "wrapped": b"short"}]},
        {**good, "ciphertext": b"short"},
    ):
        assert refusal(msgspec.msgpack.encode(wrong)) == "attachment_malformed"
    assert refusal(b"") == refusal(bytes(MAX_ATTACHMENT_BYTES + 1)) == "attachment_malformed"


def test_too_much_content_nobody_to_seal_to_and_a_useless_key_are_refused():
    with pytest.raises(LocalError) as caught:
        sealed(bytes(MAX_ATTACHMENT_BYTES))
    assert caught.value.code == "attachment_too_large"
    with pytest.raises(LocalError):
        seal_attachment(b"", **PLACE, certificates=[], entropy=entropy_of("x"))
    useless = read_certificate(certificate_bytes(sealing_key=bytes(32)))
    with pytest.raises(PeerError):
        seal_attachment(b"", **PLACE, certificates=[useless], entropy=entropy_of("x"))


def test_the_wire_form_is_rfc_9180_base_mode_and_the_protocols_aead():
    data = msgspec.msgpack.decode(sealed())
    key = rfc9180_open(data["recipients"][0]["wrapped"], SEALING, b"deskside/attachment/1DS-2026-000123")
    place = lv_cat(b"DS-2026-000123", b"diagnostics", b"report.json")
    assert ChaCha20Poly1305(key).decrypt(bytes(12), data["ciphertext"], place) == b"42 facts"


def rfc9180_open(wrapped: bytes, key: X25519PrivateKey, info: bytes) -> bytes:
    """Base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, written from sections 4.1, 5.1 and 5.2."""
    kem_suite, suite = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x03"

    def extract(salt: bytes, suite_id: bytes, label: bytes, material: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite_id + label + material, "sha256")

    def expand(secret: bytes, suite_id: bytes, label: bytes, context: bytes, size: int) -> bytes:
        labelled = size.to_bytes(2, "big") + b"HPKE-v1" + suite_id + label + context
        return hmac.digest(secret, labelled + b"\x01", hashlib.sha256)[:size]

    encapsulated, ciphertext = wrapped[:32], wrapped[32:]
    shared = key.exchange(X25519PublicKey.from_public_bytes(encapsulated))
    kem_context = encapsulated + key.public_key().public_bytes_raw()
    secret = expand(extract(b"", kem_suite, b"eae_prk", shared), kem_suite, b"shared_secret", kem_context, 32)
    hashes = extract(b"", suite, b"psk_id_hash", b"") + extract(b"", suite, b"info_hash", info)
    schedule = extract(secret, suite, b"secret", b"")
    aead_key = expand(schedule, suite, b"key", b"\x00" + hashes, 32)
    nonce = expand(schedule, suite, b"base_nonce", b"\x00" + hashes, 12)
    return ChaCha20Poly1305(aead_key).decrypt(nonce, ciphertext, b"")
