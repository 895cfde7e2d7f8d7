"""What the customer's machine refuses from a technician who knows the PIN and lies about everything else."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.errors import LocalError
from protocol.messages.base import encode
from protocol.messages.consent import Capability
from protocol.messages.pairing import (
    Answer,
    Decision,
    PairingAborted,
    TechnicianConfirmation,
    TechnicianShare,
    decode_pairing,
)
from protocol.pairing.associated_data import TechnicianData
from protocol.pairing.certificates import root_id
from protocol.pairing.commands import Failed, Introduced
from tests.protocol.pairing.paired_machines import (
    ROOT_ID,
    UNIX_NOW,
    Party,
    certificate_bytes,
    new_customer,
    new_technician,
    run,
    stopped_before,
)

SCAMMER_ROOT = Ed25519PrivateKey.from_private_bytes(b"X" * 32)


def outcome(technician: Any) -> str:
    """Return the code the customer's attempt fails with; both must hear it, and the customer is never asked."""
    customer, party = Party(new_customer()), Party(technician)
    run(customer, party)
    assert customer.found(Introduced) == []
    assert party.failure == customer.failure or party.failure == "aborted_by_peer"
    return customer.failure


def lying(technician: Any, **attributes: Any) -> Any:
    for name, value in attributes.items():
        setattr(technician, name, value)
    return technician


def test_a_scammer_who_was_told_the_pin_but_has_no_certificate_of_the_organisation_is_refused():
    scammer = lying(new_technician(certificate=certificate_bytes(SCAMMER_ROOT)), _root_id=ROOT_ID)
    assert outcome(scammer) == "certificate_untrusted"


def test_an_expired_certificate_and_one_of_tomorrow_are_refused():
    for times in ({"not_after": int(UNIX_NOW) - 1}, {"not_before": int(UNIX_NOW) + 1}):
        assert outcome(new_technician(certificate=certificate_bytes(**times))) == "certificate_expired"


def test_a_copied_certificate_without_its_device_key_is_refused():
    thief = lying(new_technician(), _device_key=Ed25519PrivateKey.from_private_bytes(b"T" * 32))
    assert outcome(thief) == "signature_invalid"


def test_another_certificate_than_the_one_promised_is_refused():
    other = certificate_bytes(name="Somebody Else")
    assert outcome(lying(new_technician(), _certificate=other)) == "identity_mismatch"


def test_a_confirmation_that_does_not_fit_is_no_mistyped_pin():
    """Who has mistyped it learns that from M3 and sends no M4."""
    customer, _, body = stopped_before(4)
    honest = decode_pairing(body)
    assert isinstance(honest, TechnicianConfirmation)
    forged = TechnicianConfirmation(bytes([honest.tag_t[0] ^ 1]) + honest.tag_t[1:], honest.sealed)
    customer.receive(encode(forged), 1.0)
    assert customer.failure == "confirmation_invalid"
    assert customer.found(Introduced) == []


@pytest.mark.parametrize("place", range(5))
def test_what_the_customer_reads_is_what_the_technician_signed(place, monkeypatch):
    technician = new_technician()
    honest = technician._introduction

    def changed(th: bytes) -> Any:
        introduction = honest(th)
        names = ("session", "ticket", "subject", "purpose", "capabilities")
        other: Any = (Capability.SEE, Capability.CONTROL) if place == 4 else "other"
        return type(introduction)(
            **{
                name: other if name == names[place] else getattr(introduction, name)
                for name in introduction.__struct_fields__
            }
        )

    monkeypatch.setattr(technician, "_introduction", changed)
    assert outcome(technician) == "signature_invalid"


@pytest.mark.parametrize("plan", [(Capability.CONTROL,), (Capability.SEE, Capability.CONTROL, Capability.SEE)])
def test_a_plan_without_seeing_or_with_something_twice_is_refused(plan):
    technician = new_technician()
    technician._capabilities = plan
    assert outcome(technician) == "introduction_malformed"


def test_something_else_than_an_introduction_inside_m4_is_refused(monkeypatch):
    technician = new_technician()
    monkeypatch.setattr(technician, "_introduction", lambda th: Answer("sdp"))
    assert outcome(technician) == "unexpected_message"


@pytest.mark.parametrize(
    "data", [TechnicianData(b"b", b"h" * 32, b"0"), TechnicianData(b"b", b"h" * 32, suite=b"NULL")]
)
def test_a_downgrade_is_refused_before_m3_leaves(data):
    customer, _, body = stopped_before(2)
    share = decode_pairing(body)
    assert isinstance(share, TechnicianShare)
    (abort,) = customer.receive(encode(TechnicianShare(share.share, data.encoded())), 1.0)
    assert decode_pairing(abort) == PairingAborted("version_unsupported")
    assert customer.machine.pin_burnt


def test_a_technician_of_another_organisation_or_relay_never_gets_past_the_pin():
    elsewhere = new_technician(relay_origin="https://other.example.org")
    abroad = new_technician(certificate=certificate_bytes(SCAMMER_ROOT))
    assert root_id(SCAMMER_ROOT.public_key().public_bytes_raw()) != ROOT_ID
    for technician in (elsewhere, abroad):
        customer, party = Party(new_customer()), Party(technician)
        run(customer, party)
        assert customer.failure == party.failure == "wrong_pin"


@pytest.mark.parametrize(
    ("lie", "code"),
    [(Answer(""), "answer_malformed"), (Decision(b"s" * 64, True, (), 0, "sdp"), "unexpected_message")],
    ids=["empty SDP answer", "a decision"],
)
def test_a_sealed_message_that_does_not_belong_here_is_refused(lie, code, monkeypatch):
    customer, technician = Party(new_customer()), Party(new_technician())
    honest = technician.machine._seal
    monkeypatch.setattr(technician.machine, "_seal", lambda message: honest(lie))
    run(customer, technician)
    assert customer.failure == code


def test_the_device_key_must_be_the_certificates():
    with pytest.raises(LocalError):
        new_technician(certificate=certificate_bytes(signing_key=b"k" * 32))


def test_every_failure_has_a_calm_sentence():
    customer, _, _ = stopped_before(0)
    (_, failed) = customer.machine.receive(b"\xc1", 0.0, UNIX_NOW)
    assert isinstance(failed, Failed)
    assert failed.user_text.endswith(".")
