import hashlib
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.audit.canonical import decode_canonical, encode_canonical
from protocol.audit.events import (
    MAX_BODY_BYTES,
    NO_HASH,
    Event,
    EventType,
    PeerLink,
    check_body,
    check_signed_event,
    commit_body,
    encode_event,
    log_name,
    parse_event,
    sign_event,
    verify_signature,
)
from protocol.encoding import sha256_lv
from protocol.errors import LocalError, PeerError
from tests.support.recorded_session import KEYS, LOG, ROOT_ID, SESSION, SIGNERS, smallest_session

SALT = bytes(range(32))
OPEN, NOTE = (smallest_session().records["C"].own_events[seq].event for seq in (0, 1))


def changed(event: Event, **fields: object) -> bytes:
    """The bytes of `event` with some of its fields replaced, whatever the rules say."""
    return encode_canonical(msgspec.to_builtins(event) | fields)


def test_an_event_survives_its_encoding():
    assert parse_event(encode_event(NOTE)) == NOTE


def test_an_event_has_exactly_the_specified_fields():
    fields = decode_canonical(encode_event(OPEN), 4096)
    names = {"v", "log", "sid", "lane", "seq", "t_ms", "mono_ms", "type", "actor", "prev", "peer", "body", "req"}
    assert set(fields) == names
    assert set(fields["peer"]) == {"seq", "hash"}
    assert set(fields["body"]) == {"alg", "commit", "len_class"}
    assert fields["body"]["alg"] == "sha256-salted-v1"
    assert fields["prev"] == "0" * 64
    assert fields["actor"] == hashlib.sha256(SIGNERS["C"]).hexdigest()


def test_the_log_is_named_after_root_and_year():
    assert log_name(ROOT_ID, 2026) == LOG == ROOT_ID.hex()[:16] + "/2026"


@pytest.mark.parametrize(
    "fields",
    [
        {"v": 2},
        {"v": True},
        {"extra": 1},
        {"log": "0123456789abcdef/26"},
        {"log": LOG + "\n"},
        {"sid": "0" * 31},
        {"sid": "A" * 32},
        {"lane": "X"},
        {"seq": -1},
        {"seq": "1"},
        {"t_ms": 253_402_300_800_000},
        {"mono_ms": -1},
        {"type": "session.unknown"},
        {"type": "session.open"},
        {"actor": "0" * 63},
        {"actor": "0" * 64 + "\n"},
        {"prev": NO_HASH},
        {"peer": {"seq": -1, "hash": "1" * 64}},
        {"peer": {"seq": 0, "hash": NO_HASH}},
        {"peer": {"seq": 0}},
        {"req": -2},
        {"req": 5},
        {"type": "consent.ask"},
        {"type": "diag.received"},
        {"body": {"alg": "sha256", "commit": "1" * 64, "len_class": 64}},
        {"body": {"alg": "sha256-salted-v1", "commit": "1" * 64, "len_class": 96}},
        {"body": {"alg": "sha256-salted-v1", "commit": "1" * 64, "len_class": 32}},
        {"body": {"alg": "sha256-salted-v1", "commit": "1" * 64, "len_class": 16384}},
    ],
)
def test_a_field_out_of_range_is_refused(fields):
    with pytest.raises(PeerError) as caught:
        parse_event(changed(NOTE, **fields))
    assert caught.value.code == "event_invalid"


def test_a_missing_field_is_refused():
    fields = msgspec.to_builtins(NOTE)
    for name in list(fields):
        with pytest.raises(PeerError):
            parse_event(encode_canonical({key: value for key, value in fields.items() if key != name}))


def test_the_first_event_of_a_lane_must_open_the_session():
    with pytest.raises(PeerError):
        parse_event(changed(OPEN, type="note"))


def test_only_the_customer_can_grant():
    technicians = msgspec.structs.replace(NOTE, lane="T", type=EventType.CONSENT_GRANT)
    with pytest.raises(LocalError):
        encode_event(technicians)


def test_an_event_answering_what_its_writer_has_not_seen_is_our_bug():
    with pytest.raises(LocalError):
        encode_event(msgspec.structs.replace(NOTE, peer=PeerLink(0, "1" * 64), req=1))


@given(st.binary(max_size=400))
def test_arbitrary_bytes_raise_only_peer_error(data):
    with suppress(PeerError):
        parse_event(data)


@given(st.dictionaries(st.sampled_from([*msgspec.to_builtins(NOTE), "x"]), st.none() | st.integers() | st.text()))
def test_arbitrary_fields_raise_only_peer_error(fields):
    with suppress(PeerError, LocalError):
        parse_event(changed(NOTE, **fields))


def test_the_signature_is_over_the_domain_and_the_exact_bytes():
    data = encode_event(NOTE)
    signed = sign_event(KEYS["C"], data)
    KEYS["C"].public_key().verify(signed.signature, b"deskside/audit/1 event\0" + data)
    verify_signature(data, signed.signature, SIGNERS["C"])


@pytest.mark.parametrize("signer", [SIGNERS["T"], bytes(32), b"\xff" * 32, b"short"])
def test_a_signature_under_another_key_is_refused(signer):
    data = encode_event(NOTE)
    with pytest.raises(PeerError):
        verify_signature(data, sign_event(KEYS["C"], data).signature, signer)


@pytest.mark.parametrize(("session", "lane"), [("f" * 32, "C"), (SESSION, "T")])
def test_an_event_of_another_session_or_lane_is_refused(session, lane):
    signed = sign_event(KEYS["C"], encode_event(NOTE))
    assert check_signed_event(signed.event, signed.signature, SIGNERS["C"], session=SESSION, lane="C") == NOTE
    with pytest.raises(PeerError):
        check_signed_event(signed.event, signed.signature, SIGNERS["C"], session=session, lane=lane)


def test_the_actor_must_be_the_signer():
    signed = sign_event(KEYS["T"], encode_event(NOTE))
    with pytest.raises(PeerError, match="actor"):
        check_signed_event(signed.event, signed.signature, SIGNERS["T"], session=SESSION, lane="C")


def test_the_commitment_is_the_specified_hash():
    body = b'{"a":1}'
    padded = (b"\0\0\0\x07" + body).ljust(64, b"\0")
    commitment = commit_body(salt=SALT, session=SESSION, lane="C", seq=12, body=body)
    assert commitment.commit == sha256_lv(b"deskside/audit/1 body", SALT, SESSION.encode(), b"C", b"12", padded).hex()
    assert commitment.len_class == 64


@pytest.mark.parametrize(
    ("length", "len_class"), [(0, 64), (60, 64), (61, 128), (124, 128), (125, 256), (MAX_BODY_BYTES, 8192)]
)
def test_the_length_class_is_the_smallest_power_of_two_that_holds_the_body(length, len_class):
    assert commit_body(salt=SALT, session=SESSION, lane="C", seq=1, body=bytes(length)).len_class == len_class


@pytest.mark.parametrize(("salt", "length"), [(SALT, MAX_BODY_BYTES + 1), (SALT[:31], 2)])
def test_a_body_or_salt_of_the_wrong_length_cannot_be_committed_to(salt, length):
    with pytest.raises(LocalError):
        commit_body(salt=salt, session=SESSION, lane="C", seq=1, body=bytes(length))
    with pytest.raises(PeerError):
        check_body(NOTE, salt, bytes(length))


def committed(body: bytes) -> Event:
    return msgspec.structs.replace(
        NOTE, body=commit_body(salt=SALT, session=SESSION, lane="C", seq=NOTE.seq, body=body)
    )


def test_the_body_that_was_committed_to_opens():
    body = encode_canonical({"text": "héllo"})
    assert check_body(committed(body), SALT, body) == {"text": "héllo"}


@given(st.binary(max_size=200), st.binary(min_size=32, max_size=32))
def test_no_other_body_or_salt_opens(body, salt):
    right = b'{"a":1}'
    with pytest.raises(PeerError) as caught:
        check_body(committed(right), salt, body)
    assert caught.value.code == "body_mismatch"


def test_padding_is_not_part_of_the_body():
    body = b'{"a":1}'
    with pytest.raises(PeerError):
        check_body(committed(body), SALT, body + b"\0")


def test_a_body_that_is_not_canonical_is_refused_even_when_committed_to():
    for body in (b'{"a": 1}', b"[]", b"", b"\xff"):
        with pytest.raises(PeerError):
            check_body(committed(body), SALT, body)
