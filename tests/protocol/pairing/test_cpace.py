"""The official vectors of draft-irtf-cfrg-cpace-21, appendix B.1 (data in tests/conformance/cpace_vectors.json)."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import PeerError
from protocol.pairing import cpace

_FILE = Path(__file__).parents[2] / "conformance" / "cpace_vectors.json"
VECTORS = json.loads(_FILE.read_text())
RUN = {name: bytes.fromhex(value) for name, value in VECTORS["G_25519"].items()}
POINTS = {name.removeprefix("Invalid "): bytes.fromhex(v) for name, v in VECTORS["X25519_points"].items()}
PRODUCTS = {name: bytes.fromhex(value) for name, value in VECTORS["X25519_products"].items()}
LOW_ORDER = ("Y0", "Y1", "Y2", "Y3", "Y4", "Y5", "Y7")


def test_the_generator_is_the_drafts():
    assert cpace.generator(RUN["PRS"], RUN["CI"], RUN["sid"]) == RUN["g"]


def test_both_shares_and_the_shared_secret_are_the_drafts():
    assert cpace.share(RUN["ya"], RUN["g"]) == RUN["Ya"]
    assert cpace.share(RUN["yb"], RUN["g"]) == RUN["Yb"]
    assert cpace.shared_secret(RUN["ya"], RUN["Yb"]) == RUN["K"]
    assert cpace.shared_secret(RUN["yb"], RUN["Ya"]) == RUN["K"]


def test_the_session_key_is_the_drafts_in_initiator_responder_order():
    key = cpace.intermediate_session_key(RUN["sid"], RUN["K"], RUN["Ya"], RUN["ADa"], RUN["Yb"], RUN["ADb"])
    assert key == RUN["ISK_IR"]


@pytest.mark.parametrize("name", LOW_ORDER)
def test_a_share_of_low_order_is_refused(name):
    for scalar in (RUN["ya"], RUN["yb"], PRODUCTS["s"]):
        with pytest.raises(PeerError) as caught:
            cpace.shared_secret(scalar, POINTS[name])
        assert caught.value.code == "share_invalid"


@pytest.mark.parametrize("name", sorted(set(POINTS) - set(LOW_ORDER)))
def test_bit_255_of_a_share_is_cleared_as_the_draft_demands(name):
    assert cpace.shared_secret(PRODUCTS["s"], POINTS[name]) == PRODUCTS[name]


@given(st.binary(max_size=300), st.binary(max_size=300), st.binary(max_size=64))
def test_every_password_of_any_length_has_a_generator_both_sides_agree_on(password, channel, sid):
    base = cpace.generator(password, channel, sid)
    assert len(base) == 32
    customer, technician = cpace.share(b"\x11" * 32, base), cpace.share(b"\x22" * 32, base)
    assert cpace.shared_secret(b"\x11" * 32, technician) == cpace.shared_secret(b"\x22" * 32, customer)
    assert cpace.generator(password + b"x", channel, sid) != base


@given(st.binary(min_size=32, max_size=32))
def test_any_share_gives_a_secret_or_a_peer_error(point):
    with suppress(PeerError):
        assert cpace.shared_secret(b"\x42" * 32, point) != bytes(32)
