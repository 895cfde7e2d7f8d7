"""Both machines together: the honest run, every state against every message, wrong PINs, timers, changed bits."""

import pytest

from protocol.errors import LocalError
from protocol.messages.base import encode
from protocol.messages.consent import Capability
from protocol.messages.pairing import (
    CustomerCommitment,
    CustomerReveal,
    PairingAborted,
    SealedBody,
    TechnicianConfirmation,
    TechnicianHello,
    TechnicianShare,
    decode_pairing,
)
from protocol.pairing.commands import Answered, Confirmed, Decided, Failed, FarewellReceived, Introduced, Send
from protocol.pairing.customer_handshake import CustomerHandshake
from protocol.pairing.handshake import Handshake, State
from protocol.pairing.keys import sas_digits
from protocol.pairing.technician_handshake import TechnicianHandshake
from tests.protocol.pairing.paired_machines import (
    ANSWER,
    CERTIFICATE,
    CUSTOMER_KEY,
    OFFER,
    UNIX_NOW,
    WRONG_PIN,
    Party,
    established,
    new_customer,
    new_technician,
    run,
    stopped_before,
)

BODIES = {
    "m0": encode(TechnicianHello(b"n" * 32)),
    "m1": encode(CustomerCommitment(b"n" * 32, b"c" * 32)),
    "m2": encode(TechnicianShare(b"\x09" + bytes(31), b"AD")),
    "m3": encode(CustomerReveal(b"\x09" + bytes(31), b"AD", b"r" * 32, b"t" * 32)),
    "m4": encode(TechnicianConfirmation(b"t" * 32, b"s" * 40)),
    "sealed": encode(SealedBody(b"s" * 40)),
    "abort": encode(PairingAborted("cancelled")),
    "garbage": b"\xc1",
}


def machine_in(state: State) -> Handshake:
    """Return a machine that came to `state` honestly."""
    customer_steps = {State.AWAITING_HELLO: 0, State.AWAITING_CONFIRMATION: 4}
    technician_steps = {State.AWAITING_COMMITMENT: 1, State.AWAITING_REVEAL: 3}
    if state in (State.COMMITTING, State.AWAITING_SHARE):
        customer = new_customer()
        customer.receive(BODIES["m0"], 1.0, UNIX_NOW)
        return customer if state is State.COMMITTING else handled(customer, 1.06)
    if state is State.PIN_WANTED:
        technician = new_technician()
        technician.start(0.0)
        technician.receive(BODIES["m1"], 1.0, UNIX_NOW)
        return technician
    if state is State.READY:
        return new_technician()
    if state in customer_steps:
        return stopped_before(customer_steps[state])[0].machine
    if state in technician_steps:
        return stopped_before(technician_steps[state])[1].machine
    return late_machine_in(state)


def late_machine_in(state: State) -> Handshake:
    """Return a machine after the PIN was right, with a person who hesitates where `state` wants it."""
    customer, technician = Party(new_customer()), Party(new_technician())
    if state is State.ASKING:
        customer._react = lambda command, now: []  # the customer has not decided
        run(customer, technician)
        return customer.machine
    if state is State.ANSWERING:
        run(customer, technician, stop_before=5)
        technician._react = lambda command, now: []
        technician.receive(customer.sent[-1], 1.0)
        return technician.machine
    stop = {State.AWAITING_ANSWER: 6, State.AWAITING_DECISION: 5}[state]
    run(customer, technician, stop_before=stop)
    return (customer if state is State.AWAITING_ANSWER else technician).machine


def handled(machine: Handshake, now: float) -> Handshake:
    machine.handle_timer(now)
    return machine


def codes(commands: list) -> list[str]:
    return [command.code for command in commands if isinstance(command, Failed)]


def test_an_honest_handshake_ends_with_equal_keys_decision_and_descriptions():
    customer, technician = established()
    introduced, decided = customer.found(Introduced)[0], technician.found(Decided)[0]
    assert introduced.keys == decided.keys
    assert sas_digits(introduced.keys) == sas_digits(decided.keys)
    assert introduced.introduction.purpose == "Look at the print queue"
    assert introduced.certificate.name == "Noor Haddad"
    assert introduced.introduction.certificate == CERTIFICATE
    assert decided.decision.accepted
    assert decided.decision.capabilities == (Capability.SEE,)
    assert decided.decision.sdp_offer == OFFER
    assert decided.customer_key == CUSTOMER_KEY.public_key().public_bytes_raw()
    assert customer.found(Answered) == [Answered(ANSWER)]
    assert len(technician.found(Confirmed)) == 1
    bodies = [body for pair in zip(technician.sent, customer.sent, strict=False) for body in pair]
    kinds = [decode_pairing(body).__struct_config__.tag for body in bodies]
    assert kinds == ["m0", "m1", "m2", "m3", "m4", "sealed"]


EXPECTED = {
    # What each message does in each state: the state it leads to, or None when it ends the attempt.
    State.AWAITING_HELLO: {"m0": State.COMMITTING, "garbage": None},
    State.COMMITTING: {"m0": State.COMMITTING},
    State.AWAITING_SHARE: {"m0": State.AWAITING_SHARE},
    State.AWAITING_CONFIRMATION: {},
    State.ASKING: {},
    State.AWAITING_ANSWER: {},
    State.READY: {"garbage": None},
    State.AWAITING_COMMITMENT: {"m1": State.PIN_WANTED, "garbage": None},
    State.PIN_WANTED: {"m1": State.PIN_WANTED},
    State.AWAITING_REVEAL: {},
    State.AWAITING_DECISION: {},
    State.ANSWERING: {},
}
PASSED_OVER = {State.AWAITING_HELLO, State.READY, State.AWAITING_COMMITMENT}


@pytest.mark.parametrize("state", EXPECTED)
@pytest.mark.parametrize("name", BODIES)
def test_every_message_in_every_state_is_taken_passed_over_or_ends_the_attempt(state, name):
    machine = machine_in(state)
    assert machine.state is state
    commands = machine.receive(BODIES[name], 1.02, UNIX_NOW)
    default = state if state in PASSED_OVER else None
    expected = EXPECTED[state].get(name, default)
    if expected is not None:
        assert machine.state is expected
        assert codes(commands) == []
        return
    assert machine.over
    assert len(codes(commands)) == 1
    aborts = [command for command in commands if isinstance(command, Send)]
    assert len(aborts) == (0 if name == "abort" else 1)  # a hint is never answered by a hint
    assert machine.receive(BODIES[name], 2.0, UNIX_NOW) == []
    assert machine.farewell("too late", 2.0) == []
    assert machine.next_timer() is None


@pytest.mark.parametrize("name", BODIES)
def test_an_established_attempt_takes_nothing_but_a_sealed_good_bye(name):
    for party in established():
        assert len(codes(party.machine.receive(BODIES[name], 2.0, UNIX_NOW))) == 1
        assert party.machine.over


def test_a_wrong_pin_burns_it_and_both_people_hear_the_same_truth():
    customer, technician = Party(new_customer()), Party(new_technician(), pin=WRONG_PIN)
    run(customer, technician)
    assert customer.failure == technician.failure == "wrong_pin"
    assert customer.machine.pin_burnt
    assert technician.machine.pin_burnt
    sentences = {party.found(Failed)[0].user_text for party in (customer, technician)}
    assert sentences == {"The code did not match. Either it was mistyped or someone interfered."}


def test_after_a_wrong_pin_a_new_attempt_with_a_new_pin_succeeds():
    run(Party(new_customer()), Party(new_technician(), pin=WRONG_PIN))
    customer, technician = Party(new_customer("C2")), Party(new_technician("T2"))
    run(customer, technician)
    assert technician.machine.state is State.ESTABLISHED


def test_the_pin_is_burnt_before_m3_leaves_and_m2_is_taken_only_once():
    customer, _, share = stopped_before(2)
    assert not customer.machine.pin_burnt
    customer.receive(share, 1.0)
    assert customer.machine.pin_burnt
    assert codes(customer.machine.receive(share, 1.0, UNIX_NOW)) == ["unexpected_message"]
    assert sum(isinstance(decode_pairing(body), CustomerReveal) for body in customer.sent) == 1


def test_the_technicians_pin_is_burnt_even_when_m3_is_nonsense():
    _, technician, _ = stopped_before(3)
    technician.receive(BODIES["m3"], 1.0)
    assert technician.machine.pin_burnt
    assert technician.failure == "commitment_broken"


def test_a_second_pin_in_one_attempt_is_our_own_mistake():
    machine = machine_in(State.AWAITING_REVEAL)
    assert isinstance(machine, TechnicianHandshake)
    with pytest.raises(LocalError):
        machine.enter_pin(WRONG_PIN, 1.0)


def test_m1_leaves_a_fixed_time_after_m0_whatever_the_pin_cost_to_compute():
    customer = new_customer()
    assert customer.receive(BODIES["m0"], 7.0, UNIX_NOW) == []
    assert customer.next_timer() == pytest.approx(7.05)
    assert customer.handle_timer(7.04) == []
    (sent,) = customer.handle_timer(7.05)
    assert isinstance(decode_pairing(sent.body), CustomerCommitment)
    assert customer.next_timer() == 600.0


def test_m0_again_is_answered_once_and_a_technician_who_starts_anew_reaches_the_same_pin():
    customer = Party(new_customer())
    customer.receive(BODIES["m0"], 1.0)
    assert customer.receive(BODIES["m0"], 1.0) == []
    technician = Party(new_technician("restarted"))
    run(customer, technician)
    assert technician.machine.state is State.ESTABLISHED


def test_the_commitment_can_be_replaced_only_before_the_pin_is_typed():
    machine = machine_in(State.PIN_WANTED)
    assert machine.receive(encode(CustomerCommitment(b"x" * 32, b"y" * 32)), 2.0, UNIX_NOW) == []
    assert machine.next_timer() == 601.0
    machine = machine_in(State.AWAITING_REVEAL)
    assert codes(machine.receive(BODIES["m1"], 2.0, UNIX_NOW)) == ["unexpected_message"]


@pytest.mark.parametrize(
    ("state", "at", "code"),
    [
        (State.AWAITING_HELLO, 600.0, "pin_expired"),
        (State.COMMITTING, 600.0, "pin_expired"),
        (State.AWAITING_SHARE, 600.0, "pin_expired"),
        (State.AWAITING_CONFIRMATION, 61.0, "no_reply"),
        (State.ASKING, 91.0, "no_consent"),
        (State.AWAITING_ANSWER, 61.0, "no_reply"),
        (State.PIN_WANTED, 601.0, "pin_expired"),
        (State.AWAITING_REVEAL, 61.0, "no_reply"),
        (State.AWAITING_DECISION, 91.0, "no_consent"),
    ],
)
def test_waiting_ends_in_time_by_the_timer_and_by_a_late_message_alike(state, at, code):
    by_timer, by_message = machine_in(state), machine_in(state)
    if state is not State.COMMITTING:
        assert by_timer.next_timer() == at
        assert by_timer.handle_timer(at - 0.01) == []
    assert codes(by_timer.handle_timer(at)) == [code]
    assert codes(by_message.receive(BODIES["m0"], at, UNIX_NOW)) == [code]


@pytest.mark.parametrize("state", [State.READY, State.AWAITING_COMMITMENT, State.ANSWERING])
def test_a_technician_who_waits_for_a_customer_or_for_their_own_program_has_no_deadline(state):
    assert machine_in(state).next_timer() is None


def test_an_expired_pin_is_not_typed_into_an_old_attempt():
    machine = machine_in(State.PIN_WANTED)
    assert isinstance(machine, TechnicianHandshake)
    assert codes(machine.enter_pin(WRONG_PIN, 601.0)) == ["pin_expired"]
    assert not machine.pin_burnt


def test_no_ends_the_attempt_for_both_and_carries_nothing_else():
    customer, technician = Party(new_customer(), accepts=False), Party(new_technician())
    run(customer, technician)
    (decided,) = technician.found(Decided)
    assert not decided.decision.accepted
    assert decided.decision.sdp_offer == ""
    assert decided.decision.capabilities == ()
    assert customer.machine.over
    assert technician.machine.over


@pytest.mark.parametrize("state", [State.ASKING, State.AWAITING_ANSWER, State.AWAITING_DECISION, State.ANSWERING])
def test_good_bye_travels_under_seal_once_there_are_keys(state):
    (command,) = machine_in(state).farewell("window closed", 2.0)
    assert isinstance(decode_pairing(command.body), SealedBody)


@pytest.mark.parametrize("first", [0, 1])
def test_a_sealed_good_bye_arrives_with_its_reason_and_ends_both(first):
    pair = established()
    leaving, staying = pair[first], pair[1 - first]
    (command,) = leaving.machine.farewell("stopped by the customer", 2.0)
    assert staying.machine.receive(command.body, 2.0, UNIX_NOW) == [FarewellReceived("stopped by the customer")]
    assert leaving.machine.over
    assert staying.machine.over


@pytest.mark.parametrize("state", [State.AWAITING_SHARE, State.AWAITING_CONFIRMATION, State.PIN_WANTED])
def test_before_there_are_keys_leaving_is_a_hint(state):
    (command,) = machine_in(state).farewell("window closed", 2.0)
    assert decode_pairing(command.body) == PairingAborted("cancelled")


@pytest.mark.parametrize(
    ("hint", "code"),
    [
        ("wrong_pin", "wrong_pin"),
        ("certificate_untrusted", "certificate_untrusted"),
        ("pin_expired", "pin_expired"),
        ("Please call +1 555 0100", "aborted_by_peer"),
    ],
)
def test_a_hint_is_mapped_to_our_own_words_and_never_shown(hint, code):
    (failed,) = machine_in(State.AWAITING_CONFIRMATION).receive(encode(PairingAborted(hint)), 1.0, UNIX_NOW)
    assert isinstance(failed, Failed)
    assert failed.code == code
    assert "555" not in failed.user_text


def test_sealed_records_out_of_order_repeated_or_reflected_end_the_attempt():
    for wrong in ("replay", "reflection", "gap"):
        customer, technician = established()
        farewell = technician.machine.farewell("bye", 2.0)[0].body
        body = {"replay": technician.sent[-1], "reflection": customer.sent[-1], "gap": farewell[:-1] + b"\0"}[wrong]
        assert codes(customer.machine.receive(body, 2.0, UNIX_NOW)) == ["sealed_record_rejected"]


@pytest.mark.parametrize("number", range(7))
def test_a_changed_bit_in_any_byte_of_any_message_is_never_accepted(number):
    _, _, body = stopped_before(number)
    for place in range(len(body)):
        flipped = bytearray(body)
        flipped[place] ^= 1 << place % 8
        customer, technician = Party(new_customer()), Party(new_technician())
        run(customer, technician, lambda n, original, changed=bytes(flipped): changed if n == number else original)
        accepted = {4: customer.found(Introduced), 5: technician.found(Decided), 6: customer.found(Answered)}
        assert not accepted.get(number, customer.found(Introduced) + technician.found(Confirmed)), place


def test_wrong_calls_by_our_own_program_are_local_errors():
    technician, customer = new_technician(), new_customer()
    technician.start(0.0)
    with pytest.raises(LocalError):
        technician.start(0.0)
    with pytest.raises(LocalError):
        technician.answer(ANSWER, 0.0)
    with pytest.raises(LocalError):
        customer.decide(True, (Capability.SEE,), 0, OFFER, 0.0)
    asking = machine_in(State.ASKING)
    assert isinstance(asking, CustomerHandshake)
    for capabilities, offer in (((Capability.CONTROL,), OFFER), ((Capability.SEE,), ""), ((), "o" * 20_000)):
        with pytest.raises(LocalError):
            asking.decide(True, capabilities, 0, offer, 1.0)
    assert asking.state is State.ASKING
