from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding import lv_cat
from protocol.errors import LocalError, PeerError
from protocol.pairing.associated_data import (
    CustomerData,
    TechnicianData,
    build_bytes,
    read_customer_data,
    read_technician_data,
)

CUSTOMER = CustomerData(b"0.1", b"k" * 32)
TECHNICIAN = TechnicianData(b"0.1", b"h" * 32)


def test_both_sides_data_read_as_they_were_written():
    assert read_customer_data(CUSTOMER.encoded()) == CUSTOMER
    assert read_technician_data(TECHNICIAN.encoded()) == TECHNICIAN


def test_a_customer_who_also_speaks_newer_versions_is_understood():
    newer = replace(CUSTOMER, versions=b"1,2", suites=b"X,CPACE-X25519-SHA512")
    assert read_customer_data(newer.encoded()) == newer


@pytest.mark.parametrize(
    "data",
    [
        replace(CUSTOMER, versions=b"0"),
        replace(CUSTOMER, versions=b"11"),
        replace(CUSTOMER, versions=b""),
        replace(CUSTOMER, suites=b"NULL"),
        replace(CUSTOMER, mode=b"typed-in"),
    ],
    ids=str,
)
def test_a_customer_without_our_version_suite_or_mode_is_refused(data):
    with pytest.raises(PeerError) as caught:
        read_customer_data(data.encoded())
    assert caught.value.code == "version_unsupported"


@pytest.mark.parametrize(
    "data", [replace(TECHNICIAN, version=b"0"), replace(TECHNICIAN, version=b"1,0"), replace(TECHNICIAN, suite=b"NULL")]
)
def test_a_technician_with_another_version_or_suite_is_refused(data):
    with pytest.raises(PeerError) as caught:
        read_technician_data(data.encoded())
    assert caught.value.code == "version_unsupported"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        CUSTOMER.encoded()[:-1],
        CUSTOMER.encoded() + b"\0",
        TECHNICIAN.encoded(),
        replace(CUSTOMER, session_key=b"k" * 31).encoded(),
        replace(CUSTOMER, build=b"b" * 128).encoded(),
        b"\x81\x00C" + CUSTOMER.encoded()[2:],
    ],
    ids=["empty", "cut short", "one field more", "the other role", "short key", "long field", "longer length prefix"],
)
def test_malformed_customer_data_is_refused(data):
    with pytest.raises(PeerError) as caught:
        read_customer_data(data)
    assert caught.value.code == "associated_data_malformed"


def test_a_certificate_hash_of_another_length_is_refused():
    with pytest.raises(PeerError):
        read_technician_data(replace(TECHNICIAN, certificate_hash=b"h" * 20).encoded())


@given(st.lists(st.binary(max_size=127), min_size=4, max_size=4))
def test_what_is_read_has_only_one_encoding(parts):
    data = lv_cat(b"T", b"1", b"CPACE-X25519-SHA512", parts[0], b"h" * 32)
    assert read_technician_data(data).encoded() == data


def test_a_build_name_too_long_to_travel_is_our_own_mistake():
    for build in ("", "b" * 65):
        with pytest.raises(LocalError):
            build_bytes(build)
