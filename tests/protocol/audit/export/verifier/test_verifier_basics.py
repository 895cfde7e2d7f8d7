import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.audit.canonical import decode_canonical, encode_canonical
from protocol.audit.export.verifier.basics import FAULTS, b64, lv, number, parse_json, unpack
from protocol.encoding import lv_cat
from protocol.errors import LocalError, PeerError

texts = st.text(st.characters(codec="utf-8"), max_size=300)
packable = st.recursive(
    st.integers(0, 2**53) | texts | st.binary(max_size=300) | st.booleans(),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(texts, inner, max_size=15),
    max_leaves=20,
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**54), 2**54) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(packable)
def test_messagepack_is_read_as_it_is_written(value):
    data = msgspec.msgpack.encode(value)
    assert unpack(data) == (value, len(data))


@given(st.binary(max_size=60))
def test_messagepack_that_is_read_had_its_shortest_spelling(data):
    try:
        value, end = unpack(data)
    except FAULTS:
        return
    assert msgspec.msgpack.encode(value) == data[:end]


@given(st.dictionaries(texts, values, max_size=4))
def test_both_read_the_same_canonical_json(value):
    try:
        data = encode_canonical(value)
    except LocalError:
        return
    assert parse_json(data, len(data)) == value == decode_canonical(data, len(data))


@given(st.binary(max_size=40) | texts.map(str.encode) | st.from_regex(r'\{"a":[-0-9.e"\\u ,]{0,12}\}').map(str.encode))
def test_both_refuse_the_same_json(data):
    try:
        first = decode_canonical(data, 1000)
    except PeerError:
        with pytest.raises(FAULTS):
            parse_json(data, 1000)
    else:
        assert parse_json(data, 1000) == first


@given(st.lists(st.binary(max_size=400), max_size=4))
def test_lengths_are_written_as_everywhere(parts):
    assert lv(*parts) == lv_cat(*parts)


@pytest.mark.parametrize("text", ["", "00", "01", "+1", " 1", "1 ", "-1", "1e3", "١", "9" * 17])
def test_numbers_have_one_spelling(text):
    with pytest.raises(ValueError):
        number(text)


@pytest.mark.parametrize("text", ["QQ", "QQ=", "QR==", "QQ==\n", " QQ==", "QQ==QQ==", "Q-_="])
def test_base64_has_one_spelling(text):
    with pytest.raises(ValueError):
        b64(text)
