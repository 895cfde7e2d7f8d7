"""Whatever bytes or text arrive, the parsers of pairing raise PeerError or nothing, and the machines raise nothing."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import PeerError
from protocol.messages.pairing import decode_pairing, decode_sealed
from protocol.pairing.associated_data import read_customer_data, read_technician_data
from protocol.pairing.certificates import read_certificate, verify_certificate
from protocol.pairing.commands import Failed
from protocol.pairing.pin import Pin, parse_pin
from protocol.pairing.route import parse_route, parse_route_or_spoken, route_in_file_name
from protocol.pairing.sealing import SealedReceiver
from protocol.sealed_attachment import open_attachment
from tests.protocol.pairing.paired_machines import CERTIFICATE, ROOT_ID, SEALING, UNIX_NOW, stopped_before

PLACE = {"ticket": "DS-2026-000123", "kind": "k", "name": "n", "serial": "a1", "sealing_key": SEALING}
READERS: dict[str, Callable[[bytes], Any]] = {
    "pairing message": decode_pairing,
    "sealed message": decode_sealed,
    "customer data": read_customer_data,
    "technician data": read_technician_data,
    "certificate form": read_certificate,
    "certificate": lambda data: verify_certificate(data, root_id=ROOT_ID, unix_now=UNIX_NOW),
    "sealed record": lambda data: SealedReceiver(b"k" * 32, b"m" * 32, b"T").open(data),
    "attachment": lambda data: open_attachment(data, **PLACE),
}

plain_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.binary(max_size=80)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=12,
)
message_pack = st.builds(
    lambda fields, extra: msgspec.msgpack.encode(fields | extra),
    st.sampled_from([*({"type": f"m{number}"} for number in range(5)), {"type": "sealed"}, {"type": "abort"}, {}]),
    st.dictionaries(
        st.sampled_from(
            ["nonce", "commitment", "share", "associated_data", "opening", "tag_c", "tag_t", "sealed", "code"]
        ),
        plain_values | st.binary(min_size=32, max_size=32),
        max_size=5,
    ),
)
near_certificates = st.builds(
    lambda name, value: msgspec.msgpack.encode(msgspec.msgpack.decode(CERTIFICATE) | {name: value}),
    st.sampled_from([*msgspec.msgpack.decode(CERTIFICATE), "unknown"]),
    plain_values,
)
any_bytes = st.binary(max_size=600) | plain_values.map(msgspec.msgpack.encode) | message_pack | near_certificates


@pytest.mark.parametrize("what", READERS)
@given(data=any_bytes)
def test_arbitrary_bytes_raise_only_peer_error(what, data):
    with suppress(PeerError):
        READERS[what](data)


@given(st.text(max_size=100) | st.from_regex(r"\A[0-9A-Za-z \-]{6,20}\Z"))
def test_arbitrary_text_raises_only_peer_error(text):
    route_in_file_name(text)
    for read in (parse_route, parse_route_or_spoken, parse_pin):
        with suppress(PeerError):
            read(text)
    with suppress(PeerError):
        assert isinstance(parse_pin(text), Pin)


@given(st.integers(0, 6), st.lists(any_bytes, min_size=1, max_size=4))
def test_no_machine_raises_or_goes_on_after_a_failure_whatever_arrives(number, bodies):
    customer, technician, _ = stopped_before(number)
    for party in (customer, technician):
        for body in bodies:
            was_over = party.machine.over
            commands = party.machine.receive(body, 1.0, UNIX_NOW)
            assert not (was_over and commands)
            assert party.machine.over or not any(isinstance(command, Failed) for command in commands)


def test_deeply_nested_bytes_raise_only_peer_error():
    for read in READERS.values():
        for opening in (b"\x91", b"\x81\xa1x"):
            with suppress(PeerError):
                read(opening * 2000)
