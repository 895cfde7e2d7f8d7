"""Messages about colleagues on `control`: what is sent arrives as it was, what nobody may send is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import PeerError
from protocol.messages.base import encode
from protocol.messages.colleague import (
    MAX_INVITATION_BYTES,
    ColleagueAnswered,
    ColleagueAwaited,
    ColleagueInvited,
    ColleagueJoined,
    ColleagueLeft,
    ColleaguePurpose,
    ColleagueWithdrawn,
    SessionTaken,
)
from protocol.messages.session import decode_control

COUNT = st.integers(min_value=0, max_value=2**53)
SESSION = st.text("0123456789abcdef", min_size=32, max_size=32)
REASON = st.text(max_size=200)

MESSAGES = st.one_of(
    st.builds(ColleagueInvited, st.binary(min_size=1, max_size=300), st.sampled_from(ColleaguePurpose), COUNT),
    st.builds(ColleagueWithdrawn, COUNT),
    st.builds(ColleagueAnswered, COUNT, st.booleans(), REASON, COUNT, st.binary(max_size=300)),
    st.builds(ColleagueAwaited, COUNT, SESSION, st.text(max_size=40)),
    st.builds(ColleagueJoined, COUNT, SESSION, COUNT),
    st.builds(ColleagueLeft, COUNT, REASON, COUNT),
    st.builds(SessionTaken, COUNT),
)


@given(message=MESSAGES)
@settings(max_examples=60)
def test_every_message_arrives_as_it_was_sent(message) -> None:
    assert decode_control(encode(message)) == message


@pytest.mark.parametrize(
    "message",
    [
        ColleagueInvited(b"", ColleaguePurpose.VIEW, 1),
        ColleagueInvited(bytes(2049), ColleaguePurpose.VIEW, 1),
        ColleagueInvited(b"c", ColleaguePurpose.VIEW, -1),
        ColleagueAnswered(1, True, "", 1, bytes(MAX_INVITATION_BYTES + 1)),
        ColleagueAnswered(1, True, "r" * 201, 1, b""),
        ColleagueWithdrawn(-1),
        ColleagueAwaited(1, "A" * 32, "route"),
        ColleagueAwaited(1, "a" * 31, "route"),
        ColleagueAwaited(1, "a" * 32, "r" * 41),
        ColleagueJoined(1, "a" * 32 + "\n", 1),
    ],
)
def test_what_is_too_long_or_malformed_is_refused(message) -> None:
    with pytest.raises(PeerError):
        decode_control(encode(message))
