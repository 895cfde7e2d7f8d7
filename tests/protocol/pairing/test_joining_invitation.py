"""The invitation: opened by the invited device, vouched for by a colleague of the organisation, and by nobody else."""

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import PeerError
from protocol.messages.colleague import ColleaguePurpose
from protocol.pairing.joining_invitation import (
    INVITATION_LIFE_S,
    Invitation,
    endorse_invitation,
    make_invitation,
    open_invitation,
)
from tests.protocol.pairing.paired_machines import (
    CUSTOMER_KEY,
    DEVICE,
    ROOT_ID,
    SEALING,
    UNIX_NOW,
    certificate_bytes,
    entropy_of,
)

INVITER_KEY = Ed25519PrivateKey.from_private_bytes(b"I" * 32)
INVITER = certificate_bytes(
    serial="i1", technician_id="t-1", name="Tess Turner", signing_key=INVITER_KEY.public_key().public_bytes_raw()
)
COLLEAGUE = certificate_bytes()
SESSION = "a" * 32


def made(**changes: Any) -> tuple[bytes, bytes]:
    given: dict[str, Any] = {
        "session": SESSION,
        "ticket": "DS-2026-000001",
        "subject": "Printer",
        "reason": "Look at it",
        "purpose": ColleaguePurpose.HELP,
        "certificate": COLLEAGUE,
        "sealing_key": SEALING.public_key().public_bytes_raw(),
        "customer_key": CUSTOMER_KEY,
        "expires_at": int(UNIX_NOW) + INVITATION_LIFE_S,
        "entropy": entropy_of("customer"),
    }
    return make_invitation(**(given | changes))


def endorsed(invitation: bytes, **changes: Any) -> bytes:
    given: dict[str, Any] = {
        "session": SESSION,
        "customer_key": CUSTOMER_KEY.public_key().public_bytes_raw(),
        "certificate": COLLEAGUE,
        "own": INVITER,
        "device_key": INVITER_KEY,
    }
    return endorse_invitation(invitation, **(given | changes))


def opened(data: bytes, **changes: Any) -> Invitation:
    given: dict[str, Any] = {"root_id": ROOT_ID, "own": COLLEAGUE, "sealing_key": SEALING, "unix_now": UNIX_NOW}
    return open_invitation(data, **(given | changes))


def code_of(act) -> str:
    with pytest.raises(PeerError) as raised:
        act()
    return raised.value.code


def test_the_invited_device_reads_what_the_customer_and_the_colleague_signed():
    invitation, secret = made()
    found = opened(endorsed(invitation))
    assert found.secret == secret
    assert found.inviter.name == "Tess Turner"
    assert found.fields.purpose is ColleaguePurpose.HELP
    assert found.fields.certificate_sha256 == hashlib.sha256(COLLEAGUE).digest()
    assert (found.fields.session, found.fields.ticket) == (SESSION, "DS-2026-000001")
    assert secret not in endorsed(invitation)
    assert secret.hex() not in repr(found)


def test_nobody_else_can_open_it():
    invitation = endorsed(made()[0])
    other = X25519PrivateKey.generate()
    assert code_of(lambda: opened(invitation, sealing_key=other)) == "invitation_rejected"
    stranger = certificate_bytes(serial="z9", sealing_key=other.public_key().public_bytes_raw())
    assert code_of(lambda: opened(invitation, own=stranger, sealing_key=other)) == "invitation_rejected"


def test_it_expires():
    invitation = endorsed(made()[0])
    assert code_of(lambda: opened(invitation, unix_now=UNIX_NOW + INVITATION_LIFE_S + 1)) == "invitation_expired"


def test_the_colleague_who_vouches_must_belong_to_the_organisation():
    invitation, _ = made()
    outsider = certificate_bytes(Ed25519PrivateKey.generate(), signing_key=INVITER_KEY.public_key().public_bytes_raw())
    assert code_of(lambda: opened(endorsed(invitation, own=outsider))) == "certificate_untrusted"
    assert code_of(lambda: opened(endorsed(invitation, device_key=DEVICE))) == "invitation_rejected"


@pytest.mark.parametrize(
    "changes",
    [
        {"session": "b" * 32},
        {"certificate": certificate_bytes(serial="b2")},
        {"customer_key": Ed25519PrivateKey.generate()},
    ],
)
def test_a_technician_does_not_vouch_for_what_they_did_not_ask_for(changes):
    invitation, _ = made(**changes)
    assert code_of(lambda: endorsed(invitation)) == "invitation_rejected"


@given(place=st.integers(min_value=0), bit=st.integers(min_value=0, max_value=7))
@settings(max_examples=60, deadline=None)
def test_a_changed_bit_anywhere_is_noticed(place, bit):
    data = bytearray(endorsed(made()[0]))
    data[place % len(data)] ^= 1 << bit
    with pytest.raises(PeerError):
        opened(bytes(data))


@given(data=st.binary(max_size=400))
@settings(max_examples=40)
def test_arbitrary_bytes_raise_only_peer_error(data):
    with pytest.raises(PeerError):
        opened(data)
    with pytest.raises(PeerError):
        endorsed(data)
