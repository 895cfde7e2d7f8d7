import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import PeerError
from protocol.picture.geometry import Rect
from technician_app.picture.decoder_messages import (
    MAX_REPLY_BYTES,
    REPLY_HEAD,
    Applied,
    Reply,
    applied_reply,
    read_applied,
    reply_head,
    text_reply,
)

APPLIED = Applied(7, 640, 480, 1.5, (Rect(0, 0, 640, 480), Rect(10, 20, 30, 40)))
CONTENT = applied_reply(APPLIED)[REPLY_HEAD.size :]


def test_what_was_applied_arrives():
    data = applied_reply(APPLIED)
    assert reply_head(data[: REPLY_HEAD.size]) == (Reply.APPLIED, len(CONTENT))
    assert read_applied(CONTENT, 640 * 480) == APPLIED


@given(st.binary(max_size=MAX_REPLY_BYTES))
def test_arbitrary_replies_raise_only_peer_error(content):
    try:
        applied = read_applied(content, 1000)
    except PeerError:
        return
    assert applied.width * applied.height <= 1000


@pytest.mark.parametrize(
    "lie",
    [
        Applied(7, 640, 481, 1.5, ()),
        Applied(7, 0, 480, 1.5, ()),
        Applied(7, 640, 480, 1.5, (Rect(1, 0, 640, 480),)),
        Applied(7, 640, 480, 1.5, (Rect(0, 0xFFFFFFFF, 1, 1),)),
    ],
)
def test_a_lie_of_the_process_is_refused(lie):
    with pytest.raises(PeerError):
        read_applied(applied_reply(lie)[REPLY_HEAD.size :], 640 * 480)


@pytest.mark.parametrize("head", [(0, 0), (99, 0), (Reply.APPLIED, MAX_REPLY_BYTES + 1)])
def test_an_unknown_or_too_long_reply_is_refused_before_it_is_read(head):
    with pytest.raises(PeerError):
        reply_head(REPLY_HEAD.pack(*head))


def test_what_python_said_is_cut():
    assert len(text_reply(Reply.FAILED, "ä" * 5000)) <= 400 + REPLY_HEAD.size
