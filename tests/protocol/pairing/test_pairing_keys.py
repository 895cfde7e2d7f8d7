import hashlib
import hmac
from dataclasses import fields, replace

import pytest
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from protocol.encoding import lv_cat
from protocol.pairing import cpace
from protocol.pairing.keys import (
    Role,
    Transcript,
    attempt_id,
    binding_tag,
    confirmation_tag,
    pin_generator,
    sas_digits,
    session_keys,
)
from tests.protocol.pairing.paired_machines import PIN

TRANSCRIPT = Transcript(
    sid=b"i" * 32,
    commitment=b"c" * 32,
    opening=b"r" * 32,
    customer_share=b"Y" * 32,
    customer_data=b"ADc",
    technician_share=b"y" * 32,
    technician_data=b"ADt",
)
KEYS = session_keys(b"K" * 32, TRANSCRIPT)


def test_the_transcript_hash_is_written_as_in_the_protocol():
    parts = (b"th", b"i" * 32, b"c" * 32, b"r" * 32, b"Y" * 32, b"ADc", b"y" * 32, b"ADt")
    assert KEYS.th == hashlib.sha256(lv_cat(*parts)).digest()


@pytest.mark.parametrize(
    ("field", "name", "size"),
    [
        ("mac", "mac", 32),
        ("customer_seal", "C->T", 32),
        ("technician_seal", "T->C", 32),
        ("bind", "bind", 32),
        ("resume", "resume", 32),
        ("sas", "sas", 8),
        ("record", "record", 32),
    ],
)
def test_each_key_is_derived_under_its_name(field, name, size):
    isk = cpace.intermediate_session_key(b"i" * 32, b"K" * 32, b"Y" * 32, b"ADc", b"y" * 32, b"ADt")
    expected = HKDF(SHA512(), size, KEYS.th, b"deskside/hs/1 " + name.encode()).derive(isk)
    assert getattr(KEYS, field) == expected


@pytest.mark.parametrize("field", [field.name for field in fields(Transcript)])
def test_every_part_of_the_transcript_changes_every_key(field):
    other = session_keys(b"K" * 32, replace(TRANSCRIPT, **{field: b"other"}))
    assert all(getattr(other, each.name) != getattr(KEYS, each.name) for each in fields(KEYS))


def test_the_generator_depends_on_relay_mailbox_organisation_and_attempt():
    places = ("https://a", b"m" * 32, b"o" * 32, b"s" * 32)
    base = pin_generator(PIN, *places)
    expected_channel = lv_cat(b"deskside/hs/1", b"customer", b"technician", b"https://a", b"m" * 32, b"o" * 32)
    assert base == cpace.generator(b"deskside/hs/1|pin|49302715", expected_channel, b"s" * 32)
    for index, other in enumerate(("https://b", b"n" * 32, b"p" * 32, b"t" * 32)):
        assert pin_generator(PIN, *places[:index], other, *places[index + 1 :]) != base
    assert attempt_id(b"m", b"c", b"t") != attempt_id(b"m", b"t", b"c")


def test_confirmation_and_binding_tags_differ_by_role_and_by_everything_they_bind():
    assert confirmation_tag(KEYS, Role.CUSTOMER) == hmac.digest(KEYS.mac, b"confirmC" + KEYS.th, "sha256")
    assert confirmation_tag(KEYS, Role.CUSTOMER) != confirmation_tag(KEYS, Role.TECHNICIAN)
    tags = {
        binding_tag(KEYS, role, exporter, offer, answer)
        for role in Role
        for exporter in (b"e" * 32, b"f" * 32)
        for offer in ("o", "p")
        for answer in ("a", "b")
    }
    assert len(tags) == 16
    bound = lv_cat(b"bind", b"T", b"e" * 32, hashlib.sha256(b"o").digest(), hashlib.sha256(b"a").digest(), KEYS.th)
    assert binding_tag(KEYS, Role.TECHNICIAN, b"e" * 32, "o", "a") == hmac.digest(KEYS.bind, bound, "sha256")


def test_the_short_string_has_seven_digits_even_when_it_begins_with_zeros():
    assert len(sas_digits(KEYS)) == 7
    assert sas_digits(replace(KEYS, sas=bytes(7) + b"\x2a")) == "0000042"


def test_the_repr_of_keys_shows_none_of_them():
    for field in fields(KEYS):
        if field.name != "th":
            assert f"{field.name}=" not in repr(KEYS)
            assert repr(getattr(KEYS, field.name)) not in repr(KEYS)
