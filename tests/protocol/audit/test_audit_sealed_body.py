import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from protocol.audit.canonical import encode_canonical
from protocol.audit.events import EventType, check_body
from protocol.audit.sealed_body import open_sealed_body, open_stored_event, seal_body_for_relay, stored_event
from protocol.errors import PeerError
from protocol.messages.signaling import StoreEvents, decode_to_relay, encode_frame
from tests.support.recorded_session import SIGNERS, TwoParties, sealed_session

KEY = bytes(range(32))
HELD = sealed_session().records["T"].own_events


def test_what_the_relay_keeps_opens_to_the_event_as_it_was_recorded():
    for held in HELD:
        stored = stored_event(KEY, held.recorded, SIGNERS["T"])
        assert (stored.lane, stored.event, stored.signer) == ("T", held.recorded.event, SIGNERS["T"])
        assert held.recorded.body not in stored.sealed_body
        opened = open_stored_event(KEY, stored)
        assert opened == held.recorded
        assert check_body(held.event, opened.salt, opened.body) == held.body


def test_a_sealed_body_is_the_specified_construction():
    recorded = HELD[3].recorded
    nonce = b"\0\0\0T" + (3).to_bytes(8, "big")
    expected = ChaCha20Poly1305(KEY).encrypt(nonce, recorded.salt + recorded.body, recorded.event)
    assert seal_body_for_relay(KEY, recorded, "T", 3) == expected


@pytest.mark.parametrize(("lane", "seq", "event"), [("C", 3, 3), ("T", 4, 3), ("T", 3, 4)])
def test_a_sealed_body_opens_at_its_own_place_only(lane, seq, event):
    sealed = seal_body_for_relay(KEY, HELD[3].recorded, "T", 3)
    with pytest.raises(PeerError):
        open_sealed_body(KEY, sealed, HELD[event].recorded.event, lane, seq)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_do_not_open(data):
    with pytest.raises(PeerError) as caught:
        open_sealed_body(KEY, data, HELD[0].recorded.event, "T", 0)
    assert caught.value.code == "sealed_body_invalid"


def test_any_changed_bit_is_noticed():
    sealed = seal_body_for_relay(KEY, HELD[3].recorded, "T", 3)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(PeerError):
            open_sealed_body(KEY, bytes(changed), HELD[3].recorded.event, "T", 3)


def test_the_longest_body_fits_a_frame_to_the_relay():
    parties = TwoParties()
    parties.open()
    body = {"text": "x" * (6144 - len(encode_canonical({"text": ""})))}
    recorded = parties.write("C", EventType.NOTE, body)
    assert len(recorded.body) == 6144
    frame = encode_frame(StoreEvents((stored_event(KEY, recorded, SIGNERS["C"]),)))
    decoded = decode_to_relay(frame)
    assert isinstance(decoded, StoreEvents)
    assert open_stored_event(KEY, decoded.events[0]) == recorded
