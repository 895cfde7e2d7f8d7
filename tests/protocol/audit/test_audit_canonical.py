import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.audit.canonical import decode_canonical, encode_canonical, in_normal_form
from protocol.errors import LocalError, PeerError

LIMIT = 6144

texts = st.text(st.characters(codec="utf-8"), max_size=20)
leaves = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts
inner = st.lists(leaves, max_size=3) | st.dictionaries(texts, leaves, max_size=3)
objects = st.dictionaries(texts, leaves | inner | st.lists(inner, max_size=2), max_size=4).map(in_normal_form)


@given(objects)
def test_what_is_encoded_decodes_to_the_same_value(value):
    assert decode_canonical(encode_canonical(value), 100_000) == value


@given(objects)
def test_any_other_spelling_of_a_value_is_refused(value):
    canonical = encode_canonical(value)
    others = {
        json.dumps(value).encode(),
        json.dumps(value, ensure_ascii=False, indent=1).encode(),
        b" " + canonical,
        canonical + b"\n",
        b"\xef\xbb\xbf" + canonical,
        canonical.decode().encode("utf-16"),
    }
    for other in others - {canonical}:
        with pytest.raises(PeerError):
            decode_canonical(other, 100_000)


@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_arbitrary_bytes_decode_canonically_or_raise_only_peer_error(data):
    with suppress(PeerError):
        assert encode_canonical(decode_canonical(data, LIMIT)) == data


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1.0}',
        b'{"a":1e2}',
        b'{"a":-0}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":01}',
        b'{"a":9007199254740992}',
        b'{"a":-9007199254740992}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b'{"a": 1}',
        b'{"a":"\\u00e9"}',
        b'{"a":"\\/"}',
        b'{"a":"\\ud800"}',
        '{"a":"e\u0301"}'.encode(),
        '{"e\u0301":1}'.encode(),
        b'{"a":"\xff"}',
        b'{"a":[[[[1]]]]}',
        b"[" * 6000,
        b'{"a":' * 1000 + b"1" + b"}" * 1000,
        b"[]",
        b"1",
        b"null",
        b"",
    ],
)
def test_each_known_wrong_spelling_is_refused(data):
    with pytest.raises(PeerError):
        decode_canonical(data, LIMIT)


def test_nothing_longer_than_allowed_is_decoded():
    data = b'{"a":1}'
    assert decode_canonical(data, len(data)) == {"a": 1}
    with pytest.raises(PeerError):
        decode_canonical(data, len(data) - 1)


def test_four_levels_are_allowed_and_five_are_not():
    assert decode_canonical(b'{"a":[[[1]]]}', LIMIT) == {"a": [[[1]]]}
    with pytest.raises(LocalError):
        encode_canonical({"a": [[[[1]]]]})


@pytest.mark.parametrize("value", [1.5, 2**53, -(2**53), b"bytes", "e\u0301", "\ud800", {1: 2}])
def test_a_value_without_canonical_spelling_is_our_bug_and_never_encoded(value):
    with pytest.raises(LocalError):
        encode_canonical({"a": value})


def test_typed_accents_are_brought_to_one_form():
    typed = {"e\u0301": ["e\u0301", {"a": "e\u0301"}, ("e\u0301",)], "n": 1}
    assert in_normal_form(typed) == {"é": ["é", {"a": "é"}, ["é"]], "n": 1}
