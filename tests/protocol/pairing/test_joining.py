"""A colleague's own session: the invited device with the secret gets through, anybody and anything else does not."""

import secrets
from dataclasses import dataclass, field, replace

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import LocalError, PeerError
from protocol.messages.base import encode
from protocol.messages.colleague import (
    ColleaguePurpose,
    JoinAnswer,
    JoinHello,
    JoinOffer,
    JoinShare,
    decode_joining,
    decode_sealed_joining,
)
from protocol.pairing.commands import Failed, Send
from protocol.pairing.joining import (
    ColleagueJoining,
    ColleagueProven,
    CustomerJoining,
    JoinAnswered,
    JoinOffered,
    JoinTerms,
)
from tests.protocol.pairing.paired_machines import CUSTOMER_KEY, DEVICE, certificate_bytes, entropy_of

TERMS = JoinTerms(
    inviting="1" * 32,
    session="2" * 32,
    mailbox=b"m" * 32,
    certificate=certificate_bytes(),
    customer_key=CUSTOMER_KEY.public_key().public_bytes_raw(),
    purpose=ColleaguePurpose.VIEW,
    secret=b"s" * 32,
)
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"X" * 32)


@dataclass
class Meeting:
    """Both machines, and all they were told and said."""

    customer: CustomerJoining
    colleague: ColleagueJoining
    said: list[bytes] = field(default_factory=list)
    proven: list[ColleagueProven] = field(default_factory=list)
    offered: list[JoinOffered] = field(default_factory=list)
    answered: list[JoinAnswered] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def hold(self) -> None:
        self._do(self.customer.start())

    def _do(self, commands) -> None:
        for command in commands:
            match command:
                case Send(body=body):
                    self.said.append(body)
                    message = decode_joining(body)
                    to_colleague = isinstance(message, JoinHello | JoinOffer)
                    self._do((self.colleague if to_colleague else self.customer).receive(message))
                case ColleagueProven():
                    self.proven.append(command)
                    self._do(self.customer.offer("v=0 offer"))
                case JoinOffered():
                    self.offered.append(command)
                    self._do(self.colleague.answer("v=0 answer"))
                case JoinAnswered():
                    self.answered.append(command)
                case Failed(code=code):
                    self.failed.append(code)


def meeting(*, customers: JoinTerms = TERMS, colleagues: JoinTerms = TERMS, device=DEVICE, customer_key=CUSTOMER_KEY):
    return Meeting(
        CustomerJoining(
            customers,
            signing_key=DEVICE.public_key().public_bytes_raw(),
            customer_key=customer_key,
            entropy=entropy_of("customer"),
        ),
        ColleagueJoining(colleagues, device_key=device, entropy=entropy_of("colleague")),
    )


def test_the_invited_colleague_and_the_customer_agree_on_everything():
    met = meeting()
    met.hold()
    ((proven,), (offered,), (answered,)) = met.proven, met.offered, met.answered
    assert proven.keys == offered.keys
    assert (offered.sdp_offer, answered.sdp_answer) == ("v=0 offer", "v=0 answer")
    assert met.failed == []
    assert not any(TERMS.secret in body for body in met.said)


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": b"t" * 32},
        {"inviting": "3" * 32},
        {"session": "3" * 32},
        {"certificate": certificate_bytes(serial="b2")},
        {"customer_key": OTHER_KEY.public_key().public_bytes_raw()},
        {"purpose": ColleaguePurpose.HELP},
    ],
)
def test_who_means_anything_else_gets_no_further_than_the_first_answer(changes):
    met = meeting(colleagues=replace(TERMS, **changes))
    met.hold()
    assert met.failed == ["join_refused"]
    assert met.proven == met.offered == []


def test_the_secret_without_the_invited_device_is_not_enough():
    met = meeting(device=OTHER_KEY)
    met.hold()
    assert met.failed == ["signature_invalid"]
    assert met.proven == []


def test_the_secret_without_the_customers_key_is_not_enough():
    met = meeting(customer_key=OTHER_KEY)
    met.hold()
    assert met.failed == ["signature_invalid"]
    assert met.offered == []


def test_a_recorded_meeting_played_again_proves_nothing_to_either():
    met = meeting()
    met.hold()
    hello, share, offer, answer = (decode_joining(body) for body in met.said)
    later = meeting()
    later.customer = CustomerJoining(
        TERMS,
        signing_key=DEVICE.public_key().public_bytes_raw(),
        customer_key=CUSTOMER_KEY,
        entropy=secrets.token_bytes,
    )
    (begun,) = later.customer.start()
    assert later.customer.receive(share) == later.customer.receive(answer) == []
    attempt = decode_joining(begun.body).attempt
    renamed = later.customer.receive(msgspec.structs.replace(share, attempt=attempt))
    assert [command.code for command in renamed] == ["join_refused"]
    fresh = ColleagueJoining(TERMS, device_key=DEVICE, entropy=secrets.token_bytes)
    fresh.receive(hello)
    assert [command.code for command in fresh.receive(offer)] == ["join_refused"]


def test_after_the_meeting_nothing_more_is_answered():
    met = meeting()
    met.hold()
    for body in met.said:
        message = decode_joining(body)
        assert met.customer.receive(message) == []
        assert met.colleague.receive(message) == []
    with pytest.raises(LocalError):
        met.colleague.answer("v=0 again")


def test_forged_hellos_do_not_push_out_the_real_one_at_once():
    met = meeting()
    for number in range(3):
        met.colleague.receive(JoinHello(bytes([number]) * 32, OTHER_KEY.public_key().public_bytes_raw()))
    met.hold()
    assert len(met.answered) == 1


@pytest.mark.parametrize("at", [0, 1, 2, 3])
@given(place=st.integers(min_value=0), bit=st.integers(min_value=0, max_value=7))
@settings(max_examples=12, deadline=None)
def test_a_changed_bit_anywhere_brings_nobody_through(at, place, bit):
    met = meeting()
    plain = met._do

    def crooked(commands):
        if any(isinstance(command, Send) for command in commands) and len(met.said) == at:
            body = bytearray(commands[0].body)
            body[place % len(body)] ^= 1 << bit
            met.said.append(bytes(body))
            try:
                message = decode_joining(bytes(body))
            except PeerError:
                return
            to_colleague = isinstance(message, JoinHello | JoinOffer)
            plain((met.colleague if to_colleague else met.customer).receive(message))
            return
        plain(commands)

    met._do = crooked
    met.hold()
    assert met.answered == []


@given(data=st.binary(max_size=300))
@settings(max_examples=40)
def test_arbitrary_bytes_raise_only_peer_error(data):
    for decode in (decode_joining, decode_sealed_joining):
        try:
            decode(data)
        except PeerError:
            continue


@given(
    message=st.one_of(
        st.builds(JoinHello, st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32)),
        st.builds(
            JoinShare,
            st.binary(min_size=32, max_size=32),
            st.binary(min_size=32, max_size=32),
            st.binary(min_size=32, max_size=32),
            st.binary(min_size=16, max_size=64),
        ),
        st.builds(
            JoinOffer,
            st.binary(min_size=32, max_size=32),
            st.binary(min_size=32, max_size=32),
            st.binary(min_size=16, max_size=64),
        ),
        st.builds(JoinAnswer, st.binary(min_size=32, max_size=32), st.binary(min_size=16, max_size=64)),
    )
)
@settings(max_examples=40)
def test_any_message_is_taken_without_raising_and_reads_back_as_it_was(message):
    assert decode_joining(encode(message)) == message
    met = meeting()
    met.customer.start()
    met.customer.receive(message)
    met.colleague.receive(message)
