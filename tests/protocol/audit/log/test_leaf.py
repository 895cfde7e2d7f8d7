import hashlib

import pytest

from protocol.audit.log.leaf import ActLeaf, BatchLeaf, act_leaf, batch_leaf, encode_leaf, parse_leaf
from protocol.errors import LocalError, PeerError
from tests.support.log_world import SESSION

HASH = "ab" * 32
BATCH = encode_leaf(batch_leaf(SESSION, "C", 3, 7, HASH))
ACT = encode_leaf(act_leaf("erasure", sid=SESSION, at_ms=5, actor=HASH, document=b"why"))


def test_a_batch_is_spelled_in_one_way() -> None:
    expected = f'{{"from":3,"head":"{HASH}","kind":"batch","lane":"C","sid":"{SESSION}","to":7,"v":1}}'
    assert BATCH.decode() == expected
    leaf = parse_leaf(BATCH)
    assert isinstance(leaf, BatchLeaf)
    assert (leaf.first, leaf.end) == (3, 7)


def test_an_act_names_nobody_and_fixes_its_document() -> None:
    leaf = parse_leaf(ACT)
    assert isinstance(leaf, ActLeaf)
    assert leaf.document == hashlib.sha256(b"why").hexdigest()
    assert b"why" not in ACT


@pytest.mark.parametrize(
    "changed",
    [
        BATCH + b"\n",
        BATCH.replace(b'"from":3', b'"from":7'),
        BATCH.replace(b'"v":1', b'"v":2'),
        BATCH.replace(b'"lane":"C"', b'"lane":"X"'),
        BATCH.replace(b"batch", b"party"),
        BATCH.replace(b'"from":3', b'"from": 3'),
        BATCH.replace(b'"kind"', b'"extra":1,"kind"'),
        ACT.replace(b"erasure", b"config"),
        ACT.replace(SESSION.encode(), b""),
        b"{}",
        b"[]",
    ],
)
def test_what_is_no_leaf_is_refused(changed: bytes) -> None:
    with pytest.raises(PeerError) as refused:
        parse_leaf(changed)
    assert refused.value.code == "leaf_invalid"


def test_a_leaf_that_would_be_refused_is_not_written() -> None:
    with pytest.raises(LocalError):
        encode_leaf(batch_leaf(SESSION, "C", 7, 7, HASH))
