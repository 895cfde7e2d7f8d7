"""The key to a record is left at the relay, sealed for auditors the organisation vouches for, once."""

import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from protocol.errors import PeerError
from protocol.messages.review_api import DepositedKeys, ReviewKeys
from protocol.pairing.certificates import issue_certificate
from protocol.review_key import (
    issue_review_certificate,
    open_with_device,
    open_with_review_key,
    record_key_info,
)
from technician_app.controllers.record_deposit import RecordDeposit
from technician_app.controllers.relay_api import RelayApi

SESSION = "0123456789abcdef" * 2
ROOT, STRANGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
KEY, DEVICE = X25519PrivateKey.generate(), X25519PrivateKey.generate()
NOW = int(time.time())


def review_certificate(root: Ed25519PrivateKey, serial: str, *, ended: bool = False) -> bytes:
    return issue_review_certificate(
        root,
        serial=serial,
        organisation="Acme IT",
        sealing_key=KEY.public_key().public_bytes_raw(),
        not_before=NOW - 1000,
        not_after=NOW - 500 if ended else NOW + 3600,
    )


CERTIFICATE = issue_certificate(
    ROOT,
    serial="device-1",
    technician_id="1",
    name="Tess",
    organisation="Acme IT",
    signing_key=bytes(32),
    sealing_key=DEVICE.public_key().public_bytes_raw(),
    roles=("technician",),
    not_before=NOW - 1000,
    not_after=NOW + 3600,
)


class Counter(RelayApi):
    """A relay whose answers the test chooses."""

    def __init__(self, *certificates: bytes) -> None:
        super().__init__("http://127.0.0.1:1")
        self.certificates_held = certificates
        self.deposits: list[DepositedKeys] = []
        self.refuses = False

    async def review_keys(self) -> ReviewKeys:
        return ReviewKeys(self.certificates_held)

    async def deposit_key(self, session: str, keys: DepositedKeys) -> DepositedKeys:
        assert session == SESSION
        if self.refuses:
            raise PeerError("no", code="permission_denied")
        self.deposits.append(keys)
        return keys


@pytest.fixture
def deposit(tmp_path: Path) -> RecordDeposit:
    return RecordDeposit(SESSION, b"k" * 32, ROOT.public_key().public_bytes_raw(), CERTIFICATE, tmp_path)


async def test_the_newest_key_the_organisation_vouches_for_is_sealed_to_and_the_own_device(
    deposit: RecordDeposit,
) -> None:
    api = Counter(
        review_certificate(STRANGER, "strange"),
        review_certificate(ROOT, "over", ended=True),
        review_certificate(ROOT, "good"),
        review_certificate(ROOT, "older"),
    )
    await deposit.deposit(api)
    (keys,) = api.deposits
    assert keys.review is not None
    assert keys.device is not None
    assert (keys.review.recipient, keys.device.recipient) == ("good", "device-1")
    info = record_key_info(SESSION)
    assert open_with_review_key(KEY, info, keys.review.sealed) == b"k" * 32
    assert open_with_device(DEVICE, info, keys.device.sealed) == b"k" * 32
    await deposit.deposit(api)
    assert len(api.deposits) == 1
    await api.close()


async def test_without_auditors_the_own_device_can_still_read(deposit: RecordDeposit) -> None:
    api = Counter()
    await deposit.keep_trying(api)
    assert [(keys.review, keys.device is not None) for keys in api.deposits] == [(None, True)]
    await api.close()


async def test_a_refusal_is_no_reason_to_end_the_session(deposit: RecordDeposit) -> None:
    api = Counter(review_certificate(ROOT, "good"))
    api.refuses = True
    await deposit.keep_trying(api)
    api.refuses = False
    await deposit.deposit(api)
    assert len(api.deposits) == 1
    await api.close()
