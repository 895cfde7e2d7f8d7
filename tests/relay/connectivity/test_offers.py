import logging

import pytest

from protocol.messages.signaling import ConnectivityOffered, decode_from_relay, encode_frame
from relay.connectivity.offers import MAX_ISSUED, ConnectivityDesk, Ways
from relay.connectivity.turn import LIVES_S
from relay.signaling.mailbox import Side

STUN, TURN = "stun:relay.example.com:3478", "turn:turn.example.com:3478?transport=udp"
FULL = Ways(stun=(STUN,), turn=(TURN,), turn_secret="s" * 40)


def desk(ways: Ways = FULL) -> ConnectivityDesk:
    numbers = iter(range(1000))
    return ConnectivityDesk(ways, entropy=lambda size: next(numbers).to_bytes(size, "big"))


def test_an_offer_fits_its_message_and_every_one_has_credentials_of_its_own() -> None:
    one_desk = desk()
    one, other = (one_desk.offer("0" * 32, side, 1_000) for side in Side)
    assert decode_from_relay(encode_frame(one)) == one
    assert one.turn_lives_s == LIVES_S
    assert one.turn_username != other.turn_username


def test_a_relay_without_turn_offers_what_it_has() -> None:
    assert desk(Ways()).offer("0" * 32, Side.CUSTOMER, 0) == ConnectivityOffered(tunnel=True)
    without = Ways(stun=(STUN,), tunnel=False)
    assert desk(without).offer("0" * 32, Side.CUSTOMER, 0) == ConnectivityOffered(stun=(STUN,))


def test_issuing_is_logged_without_the_password_and_has_an_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    one_desk = desk()
    offers = [one_desk.offer("a" * 32, Side.TECHNICIAN, 0) for _ in range(MAX_ISSUED + 5)]
    assert sum(bool(offer.turn) for offer in offers) == MAX_ISSUED
    assert offers[-1] == ConnectivityOffered(stun=(STUN,), tunnel=True)
    assert one_desk.offer("b" * 32, Side.TECHNICIAN, 0).turn == (TURN,), "other sessions are not concerned"
    issued = [record for record in caplog.records if record.message == "turn credentials issued"]
    assert len(issued) == MAX_ISSUED + 1
    first = vars(issued[0])
    assert (first["session"], first["side"], first["username"]) == ("a" * 32, "T", offers[0].turn_username)
    assert not any(offers[0].turn_password in str(vars(record)) for record in caplog.records)
