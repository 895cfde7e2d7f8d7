"""The log's certificate: who may say which log and which witnesses to believe."""

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.audit.log.certificate import (
    LogCertificate,
    issue_log_certificate,
    read_log_certificate,
    verify_log_certificate,
)
from protocol.audit.log.checkpoint import LogKeys
from protocol.audit.log.policy import print_policy
from protocol.errors import LocalError, PeerError
from protocol.pairing.certificates import root_id
from tests.support.log_world import NOON_S, MemoryLog, policy_of, three_witnesses

ROOT = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"\x07")
ROOT_ID = root_id(ROOT.public_key().public_bytes_raw())
POLICY = print_policy(policy_of(three_witnesses(), 2))


def certificate(keys: LogKeys | None = None, policy: str = POLICY) -> bytes:
    return issue_log_certificate(
        ROOT,
        keys or MemoryLog().keys,
        serial="1",
        organisation="Acme IT",
        policy=policy,
        require_receipt=True,
        not_before=NOON_S,
        not_after=NOON_S + 100,
    )


def test_a_certificate_tells_the_log_and_its_witnesses() -> None:
    found = verify_log_certificate(certificate(), root_id=ROOT_ID, unix_now=NOON_S)
    assert found.keys == MemoryLog().keys
    assert found.witnesses.fewest == 2
    assert found.require_receipt


@pytest.mark.parametrize(
    ("root", "now", "code"),
    [
        (bytes(32), NOON_S, "log_certificate_untrusted"),
        (ROOT_ID, NOON_S - 1, "log_certificate_expired"),
        (ROOT_ID, NOON_S + 101, "log_certificate_expired"),
    ],
)
def test_it_holds_for_its_organisation_and_its_time(root: bytes, now: int, code: str) -> None:
    with pytest.raises(PeerError) as refused:
        verify_log_certificate(certificate(), root_id=root, unix_now=now)
    assert refused.value.code == code


def test_an_old_receipt_is_checked_with_the_certificate_of_its_time() -> None:
    assert verify_log_certificate(certificate(), root_id=ROOT_ID, unix_now=None).serial == "1"


def test_every_byte_of_it_counts() -> None:
    data = certificate()
    accepted = []
    for at in range(len(data)):
        try:
            verify_log_certificate(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], root_id=ROOT_ID, unix_now=NOON_S)
        except PeerError:
            continue
        accepted.append(at)
    assert accepted == []


def test_the_relay_cannot_loosen_what_the_root_has_signed() -> None:
    signed = read_log_certificate(certificate())
    for change in ({"require_receipt": False}, {"policy": "quorum none\n"}, {"not_after": NOON_S + 10_000}):
        loosened = msgspec.msgpack.encode(msgspec.structs.replace(signed, **change))
        assert isinstance(msgspec.msgpack.decode(loosened, type=LogCertificate), LogCertificate)
        with pytest.raises(PeerError) as refused:
            verify_log_certificate(loosened, root_id=ROOT_ID, unix_now=NOON_S)
        assert refused.value.code == "log_certificate_untrusted"


def test_a_policy_that_cannot_be_read_is_not_certified() -> None:
    with pytest.raises(LocalError):
        certificate(policy="quorum everybody\n")


def test_a_log_without_ml_dsa_is_possible() -> None:
    keys = MemoryLog(post_quantum=False).keys
    assert read_log_certificate(certificate(keys)).keys == keys
