import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.errors import LocalError, PeerError
from protocol.pairing.certificates import (
    MAX_CERTIFICATE_BYTES,
    read_certificate,
    root_id,
    verify_certificate,
)
from tests.protocol.pairing.paired_machines import CERTIFICATE, DEVICE, ROOT, ROOT_ID, UNIX_NOW, certificate_bytes

OTHER_ROOT = Ed25519PrivateKey.from_private_bytes(b"O" * 32)
_FIELDS = msgspec.msgpack.decode(CERTIFICATE)


def refused(data: bytes, unix_now: float = UNIX_NOW) -> str:
    with pytest.raises(PeerError) as caught:
        verify_certificate(data, root_id=ROOT_ID, unix_now=unix_now)
    assert caught.value.user_text.endswith(".")
    return caught.value.code


def signed(fields: dict) -> bytes:
    """Return `fields` as a certificate the root really signed, whatever they hold."""
    unsigned = {name: value for name, value in fields.items() if name != "signature"}
    signature = ROOT.sign(b"deskside/cert/1\0" + msgspec.msgpack.encode(unsigned))
    return msgspec.msgpack.encode({**unsigned, "signature": signature})


def test_a_certificate_the_root_signed_is_accepted_with_all_its_fields():
    certificate = verify_certificate(CERTIFICATE, root_id=ROOT_ID, unix_now=UNIX_NOW)
    assert (certificate.name, certificate.organisation, certificate.serial) == ("Noor Haddad", "Example Support", "a1")
    assert certificate.signing_key == DEVICE.public_key().public_bytes_raw()
    assert root_id(certificate.root_key) == ROOT_ID
    assert len(CERTIFICATE) < MAX_CERTIFICATE_BYTES


def test_the_signed_bytes_are_the_map_of_all_other_fields():
    assert signed(_FIELDS) == CERTIFICATE


def test_it_is_valid_from_its_first_to_its_last_second_only():
    first, last = _FIELDS["not_before"], _FIELDS["not_after"]
    for inside in (first, last):
        verify_certificate(CERTIFICATE, root_id=ROOT_ID, unix_now=inside)
    assert refused(CERTIFICATE, first - 0.5) == "certificate_expired"
    assert refused(CERTIFICATE, last + 0.5) == "certificate_expired"


def test_another_organisations_root_is_not_trusted_even_with_its_own_valid_signature():
    assert refused(certificate_bytes(OTHER_ROOT)) == "certificate_untrusted"


def test_naming_our_root_without_its_signature_is_not_trusted():
    stolen = msgspec.msgpack.decode(certificate_bytes(OTHER_ROOT))
    stolen["root_key"] = _FIELDS["root_key"]
    assert refused(msgspec.msgpack.encode(stolen)) == "certificate_untrusted"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("serial", "a2"),
        ("technician_id", "t-8"),
        ("name", "Someone Else"),
        ("organisation", "Example Bank"),
        ("signing_key", b"x" * 32),
        ("sealing_key", b"x" * 32),
        ("roles", ["administrator"]),
        ("not_before", 0),
        ("not_after", 2**40),
        ("signature", b"x" * 64),
    ],
)
def test_a_changed_field_breaks_the_signature(field, value):
    assert refused(msgspec.msgpack.encode({**_FIELDS, field: value})) == "certificate_untrusted"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc0",
        CERTIFICATE[:-1],
        CERTIFICATE + b"\0",
        signed({**_FIELDS, "extra": 1}),
        signed({name: value for name, value in _FIELDS.items() if name != "roles"}),
        signed(dict(reversed(_FIELDS.items()))),
        signed({**_FIELDS, "name": ""}),
        signed({**_FIELDS, "name": "n" * 201}),
        signed({**_FIELDS, "name": "Noor‮haddaH"}),
        signed({**_FIELDS, "organisation": "Example\nSupport"}),
        signed({**_FIELDS, "organisation": " "}),
        signed({**_FIELDS, "name": "e\u0301"}),
        signed({**_FIELDS, "serial": "../a1"}),
        signed({**_FIELDS, "signing_key": b"x" * 31}),
        signed({**_FIELDS, "roles": ["r" * 40] * 17}),
        signed({**_FIELDS, "not_before": -1}),
        signed({**_FIELDS, "not_before": 5, "not_after": 4}),
        signed({**_FIELDS, "not_after": 1.5}),
        signed(
            {**_FIELDS, "name": "€" * 200, "organisation": "€" * 200, "technician_id": "€" * 200, "roles": ["€" * 40]}
        ),
    ],
    ids=[
        "empty",
        "nil",
        "cut short",
        "bytes after the end",
        "unknown field",
        "missing field",
        "another order",
        "no name",
        "long name",
        "direction override",
        "two lines",
        "blank",
        "not NFC",
        "serial",
        "short key",
        "many roles",
        "negative time",
        "ends before it begins",
        "fraction",
        "too long",
    ],
)
def test_a_malformed_certificate_is_refused_even_if_the_root_signed_it(data):
    assert refused(data) == "certificate_malformed"


def test_a_second_encoding_of_the_same_fields_is_refused():
    assert refused(b"\xde\x00\x0b" + CERTIFICATE[1:]) == "certificate_malformed"
    assert refused(CERTIFICATE[:1] + b"\xd9" + bytes([6]) + CERTIFICATE[2:]) == "certificate_malformed"


def test_joiners_that_belong_to_a_name_are_allowed():
    data = certificate_bytes(name="علی‌رضا")
    assert read_certificate(data).name == "علی‌رضا"


def test_issuing_what_would_be_refused_is_our_own_mistake():
    for wrong in ({"name": ""}, {"not_after": 1}, {"signing_key": b""}, {"serial": "a b"}):
        with pytest.raises(LocalError):
            certificate_bytes(**wrong)
