"""What the technician's machine refuses from a customer, or a relay that plays one."""

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.errors import LocalError, PeerError
from protocol.messages.base import encode
from protocol.messages.consent import Capability
from protocol.messages.pairing import CustomerReveal, Decision, decode_pairing
from protocol.pairing.associated_data import CustomerData
from protocol.pairing.commands import Confirmed, Decided
from tests.protocol.pairing.paired_machines import (
    CUSTOMER_KEY,
    OFFER,
    Party,
    new_customer,
    new_technician,
    run,
    stopped_before,
)

HONEST = CustomerData(b"customer 0.1", CUSTOMER_KEY.public_key().public_bytes_raw())


def failure_with(customer: Any) -> str:
    technician = Party(new_technician())
    run(Party(customer), technician)
    assert technician.found(Confirmed) == []
    return technician.failure


@pytest.mark.parametrize("data", [replace(HONEST, versions=b"0"), replace(HONEST, suites=b"NULL")])
def test_a_customer_without_our_version_or_suite_is_refused_by_name(data):
    customer = new_customer()
    customer._data = data.encoded()
    assert failure_with(customer) == "version_unsupported"


@pytest.mark.parametrize("field", ["share", "associated_data", "opening"])
def test_m3_must_open_the_commitment_of_m1(field):
    _, technician, body = stopped_before(3)
    reveal = decode_pairing(body)
    assert isinstance(reveal, CustomerReveal)
    values = {name: getattr(reveal, name) for name in reveal.__struct_fields__} | {field: b"z" * 32}
    technician.receive(encode(CustomerReveal(**values)), 1.0)
    assert technician.failure == "commitment_broken"


def test_a_right_commitment_with_a_wrong_tag_is_a_wrong_pin():
    _, technician, body = stopped_before(3)
    reveal = decode_pairing(body)
    assert isinstance(reveal, CustomerReveal)
    forged = CustomerReveal(reveal.share, reveal.associated_data, reveal.opening, b"z" * 32)
    technician.receive(encode(forged), 1.0)
    assert technician.failure == "wrong_pin"


def test_a_decision_not_signed_by_the_key_in_adc_is_refused():
    customer = Party(new_customer())
    customer.machine._session_key = Ed25519PrivateKey.from_private_bytes(b"Z" * 32)
    technician = Party(new_technician())
    run(customer, technician)
    assert technician.failure == "signature_invalid"
    assert technician.found(Decided) == []


@pytest.mark.parametrize(
    ("accepted", "capabilities", "offer"),
    [
        (True, (Capability.CONTROL,), OFFER),
        (True, (Capability.SEE,), ""),
        (False, (), OFFER),
        (False, (Capability.SEE,), ""),
    ],
    ids=["more than asked", "yes without offer", "no with offer", "no with a grant"],
)
def test_a_decision_that_contradicts_itself_or_the_question_is_refused(accepted, capabilities, offer):
    customer = Party(new_customer())
    technician = Party(new_technician())
    run(customer, technician, stop_before=4)
    seal = customer.machine._seal

    def lie(message: Any) -> Any:
        return seal(Decision(message.signature, accepted, capabilities, 0, offer))

    customer.machine._seal = lie
    (body,) = customer.receive(technician.sent[-1], 1.0)
    technician.receive(body, 1.0)
    assert technician.failure == "decision_malformed"


def test_its_own_certificate_must_be_readable_and_texts_must_fit():
    with pytest.raises(PeerError) as caught:
        new_technician(certificate=b"")
    assert caught.value.code == "certificate_malformed"
    with pytest.raises(LocalError):
        new_technician(purpose="p" * 201)
