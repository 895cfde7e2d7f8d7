"""Carrying a session over to a new connection: who holds the key gets through, anybody and anything else does not."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import LocalError, PeerError
from protocol.messages.base import encode
from protocol.messages.resume import (
    MAX_RESUMES,
    ResumeAnswer,
    ResumeHello,
    ResumeOffer,
    ResumeShare,
    decode_description,
    decode_fence,
    decode_resume,
)
from tests.protocol.pairing.resuming_sides import CustomerSide, TechnicianSide, bind_both, exporter_of, talk


def test_two_sides_with_the_key_exchange_descriptions_and_agree_on_everything():
    customer, technician = CustomerSide(), TechnicianSide()
    talk(customer, technician)
    (answered,), (offered,) = customer.answered, technician.offered
    assert answered.keys == offered.keys
    assert offered.sdp_offer == customer.offers[0]
    assert technician.answers[answered.sdp_answer] == offered.attempt


def test_every_resume_has_its_own_keys_and_after_the_last_there_is_none():
    customer, technician = CustomerSide(), TechnicianSide()
    for _ in range(MAX_RESUMES):
        talk(customer, technician)
        bind_both(customer, technician)
    binds = [offered.keys.bind for offered in technician.offered]
    assert len(set(binds)) == MAX_RESUMES
    with pytest.raises(PeerError) as raised:
        customer.begin()
    assert raised.value.code == "resume_stale"


def test_another_key_gets_no_further_than_the_first_answer():
    customer, technician = CustomerSide(first_key=b"x" * 32), TechnicianSide()
    talk(customer, technician)
    assert customer.failures == ["resume_refused"]
    assert not customer.answered
    assert not technician.offered


def test_the_key_of_another_session_gets_no_further_either():
    customer, technician = CustomerSide(session="6" * 32), TechnicianSide()
    talk(customer, technician)
    assert customer.failures == ["resume_refused"]


def test_an_old_key_is_refused_once_both_hold_its_successor():
    customer, technician = CustomerSide(), TechnicianSide()
    thief = CustomerSide(name="thief")
    talk(customer, technician)
    bind_both(customer, technician)
    talk(thief, technician)
    assert technician.failures == ["resume_stale"]
    assert not thief.answered


def test_a_repeated_hello_is_answered_once():
    customer, technician = CustomerSide(), TechnicianSide()
    (hello,) = customer.begin()
    assert len(technician.receive(hello)) == 1
    assert technician.receive(hello) == []


def test_what_an_earlier_attempt_left_in_the_mailbox_is_passed_over():
    customer, technician = CustomerSide(), TechnicianSide()
    (first,) = customer.begin()
    (late,) = technician.receive(first)
    (second,) = customer.begin()
    assert customer.receive(late) == []
    assert customer.failures == []
    (share,) = technician.receive(second)
    (offer,) = customer.receive(share)
    (answer,) = technician.receive(offer)
    customer.receive(answer)
    assert customer.answered


def test_hellos_of_strangers_do_not_disturb_the_real_attempt():
    customer, technician = CustomerSide(), TechnicianSide()
    (hello,) = customer.begin()
    (share,) = technician.receive(hello)
    for stranger in ("a", "b", "c"):
        technician.receive(*CustomerSide(name=stranger, first_key=b"?" * 32).begin())
    (offer,) = customer.receive(share)
    assert technician.receive(offer)


@pytest.mark.parametrize("customer_verified", [True, False])
@pytest.mark.parametrize("technician_verified", [True, False])
@pytest.mark.parametrize("rounds", [1, 3])
def test_however_the_last_messages_were_lost_the_next_attempt_succeeds(customer_verified, technician_verified, rounds):
    customer, technician = CustomerSide(), TechnicianSide()
    for number in range(rounds):
        talk(customer, technician)
        keys = customer.answered[-1].keys
        if customer_verified is (number % 2 == 0):
            customer.keys.advance(keys.number, exporter_of(keys))
        if technician_verified is (number % 2 == 0):
            technician.keys.advance(keys.number, exporter_of(keys))
    talk(customer, technician)
    assert len(customer.answered) == len(technician.offered) == rounds + 1
    assert customer.answered[-1].keys == technician.offered[-1].keys


def test_an_attempt_that_was_overtaken_cannot_advance_the_keys():
    customer, technician = CustomerSide(), TechnicianSide()
    talk(customer, technician)
    overtaken = technician.offered[-1].keys
    talk(customer, technician)
    bind_both(customer, technician)
    with pytest.raises(PeerError):
        technician.keys.advance(overtaken.number, bytes(32))


def test_keys_die_ten_minutes_after_the_drop_and_not_before():
    customer = CustomerSide()
    customer.keys.connection_dropped(100.0)
    customer.keys.connection_dropped(400.0)
    assert customer.keys.held(699.0) == (0,)
    assert customer.keys.held(700.0) == ()
    assert customer.keys.held(0.0) == ()


def test_a_connection_that_works_again_stops_the_clock():
    customer = CustomerSide()
    customer.keys.connection_dropped(100.0)
    customer.keys.connection_works()
    customer.keys.connection_dropped(5000.0)
    assert customer.keys.held(5599.0) == (0,)


def test_only_who_holds_a_key_can_ask_or_say_good_bye():
    customer, technician, stranger = CustomerSide(), TechnicianSide(), TechnicianSide(first_key=b"?" * 32)
    proofs = technician.keys.proofs(b"label", 0.0)
    assert customer.keys.prove(b"label", proofs, 0.0)
    assert not customer.keys.prove(b"another label", proofs, 0.0)
    assert not customer.keys.prove(b"label", stranger.keys.proofs(b"label", 0.0), 0.0)


def test_a_side_that_is_ahead_still_proves_itself_to_one_that_is_not():
    customer, technician = CustomerSide(), TechnicianSide()
    technician.keys.advance(0, bytes(32))
    assert customer.keys.prove(b"label", technician.keys.proofs(b"label", 0.0), 0.0)


def test_an_offer_is_answered_once():
    customer, technician = CustomerSide(), TechnicianSide()
    talk(customer, technician)
    with pytest.raises(LocalError):
        technician.machine.answer(technician.offered[0].attempt, "again")


@pytest.mark.parametrize("kind", [ResumeShare, ResumeOffer, ResumeAnswer])
@given(bit=st.integers(0, 10_000))
def test_a_changed_bit_convinces_nobody(kind, bit):
    customer, technician = CustomerSide(), TechnicianSide()
    bodies, turn = customer.begin(), 0
    while bodies:
        (body,) = bodies
        if isinstance(decode_resume(body), kind):
            changed = bytearray(body)
            changed[bit // 8 % len(changed)] ^= 1 << bit % 8
            body = bytes(changed)
        try:
            bodies = (technician, customer)[turn % 2].receive(body)
        except PeerError:
            break
        turn += 1
    if kind is ResumeAnswer:
        assert not customer.answered
    elif kind is ResumeOffer:
        assert not technician.offered
    else:
        assert not customer.answered
        assert not technician.offered


def test_a_share_of_low_order_is_refused():
    customer, technician = CustomerSide(), TechnicianSide()
    (hello,) = customer.begin()
    forged = msgspec.structs.replace(decode_resume(hello), share=bytes(32))
    assert isinstance(forged, ResumeHello)
    assert technician.receive(encode(forged)) == []
    assert technician.failures == ["resume_refused"]


@given(st.binary(max_size=600))
def test_arbitrary_bytes_raise_only_peer_error(data):
    for decode in (decode_resume, decode_description, decode_fence):
        with pytest.raises(PeerError):
            decode(data)
