"""Only the organisation's own relay, at its own address and now, can answer a customer's program."""

import hashlib
from contextlib import suppress

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import LocalError
from protocol.messages.signaling import RelayProven
from protocol.relay_proof import (
    ExpectedRelay,
    RelayNotProven,
    check_proof,
    issue_relay_certificate,
    prove,
    read_relay_certificate,
    verify_relay_certificate,
)

ROOT, KEY, STRANGER = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2, 3))
ROOT_ID = hashlib.sha256(ROOT.public_key().public_bytes_raw()).digest()
ORIGIN = "https://support.example.org"
EXPECTED = ExpectedRelay(ORIGIN, ROOT_ID)
NONCE = b"n" * 32
NOON = 1_800_000_000


def certificate(root: Ed25519PrivateKey = ROOT, **changed: object) -> bytes:
    fields = {
        "serial": "r-1",
        "organisation": "Acme IT",
        "key": KEY.public_key().public_bytes_raw(),
        "not_before": NOON - 10,
        "not_after": NOON + 10,
    }
    return issue_relay_certificate(root, **(fields | changed))


def refusal(proven: RelayProven, *, expected: ExpectedRelay = EXPECTED, nonce: bytes = NONCE, now: float = NOON) -> str:
    with pytest.raises(RelayNotProven) as refused:
        check_proof(proven, expected, nonce=nonce, unix_now=now)
    return refused.value.code


def test_the_organisations_relay_is_believed_in_every_spelling_of_its_address() -> None:
    for asked, own in (
        (ORIGIN, ORIGIN),
        ("https://Support.Example.org:443", ORIGIN),
        (ORIGIN, "https://support.example.org:443"),
        ("http://127.0.0.1:8460", "http://127.0.0.1:8460"),
    ):
        proven = prove(KEY, certificate(), nonce=NONCE, origin=own)
        check_proof(proven, ExpectedRelay(asked, ROOT_ID), nonce=NONCE, unix_now=NOON)


def test_nobody_else_is_believed() -> None:
    honest = prove(KEY, certificate(), nonce=NONCE, origin=ORIGIN)
    assert refusal(honest, nonce=b"m" * 32) == "relay_unproven", "an answer to another question"
    assert refusal(prove(STRANGER, certificate(), nonce=NONCE, origin=ORIGIN)) == "relay_unproven", "not its key"
    own = certificate(STRANGER, key=STRANGER.public_key().public_bytes_raw())
    assert refusal(prove(STRANGER, own, nonce=NONCE, origin=ORIGIN)) == "organisation_mismatch"
    fields = msgspec.structs.asdict(read_relay_certificate(certificate())) | {
        "key": STRANGER.public_key().public_bytes_raw()
    }
    forged = msgspec.msgpack.encode(type(read_relay_certificate(own))(**fields))
    assert refusal(prove(STRANGER, forged, nonce=NONCE, origin=ORIGIN)) == "relay_unproven"


@pytest.mark.parametrize("asked", ["https://support.example.com", "http://support.example.org", f"{ORIGIN}:8443"])
def test_an_answer_passed_on_from_another_address_is_not_believed(asked: str) -> None:
    proven = prove(KEY, certificate(), nonce=NONCE, origin=ORIGIN)
    assert refusal(proven, expected=ExpectedRelay(asked, ROOT_ID)) == "relay_elsewhere"
    renamed = RelayProven(proven.certificate, asked, proven.signature)
    assert refusal(renamed, expected=ExpectedRelay(asked, ROOT_ID)) == "relay_unproven"


@pytest.mark.parametrize("now", [NOON - 11, NOON + 11])
def test_a_certificate_counts_in_its_time_only(now: int) -> None:
    proven = prove(KEY, certificate(), nonce=NONCE, origin=ORIGIN)
    assert refusal(proven, now=now) == "relay_proof_expired"
    for edge in (NOON - 10, NOON + 10):
        check_proof(proven, EXPECTED, nonce=NONCE, unix_now=edge)


def test_no_flipped_bit_of_the_answer_is_believed() -> None:
    proven = prove(KEY, certificate(), nonce=NONCE, origin=ORIGIN)
    for field in ("certificate", "signature"):
        whole = getattr(proven, field)
        for bit in range(0, 8 * len(whole), 3):
            changed = bytearray(whole)
            changed[bit // 8] ^= 1 << bit % 8
            refusal(msgspec.structs.replace(proven, **{field: bytes(changed)}))


@given(st.binary(max_size=1100))
def test_arbitrary_bytes_are_no_certificate_and_nothing_else_goes_wrong(data: bytes) -> None:
    with suppress(RelayNotProven):
        verify_relay_certificate(data, root_id=ROOT_ID, unix_now=NOON)


@pytest.mark.parametrize("origin", ["https://[::1", "https://host:99999", "", "\x00"])
def test_an_address_that_is_none_is_not_believed(origin: str) -> None:
    assert refusal(prove(KEY, certificate(), nonce=NONCE, origin=origin)) in ("relay_unproven", "relay_elsewhere")


@pytest.mark.parametrize("wrong", [{"organisation": "\x07"}, {"not_after": NOON - 11}, {"key": b"short"}])
def test_what_programs_would_refuse_is_not_issued(wrong: dict[str, object]) -> None:
    with pytest.raises(LocalError):
        certificate(**wrong)
