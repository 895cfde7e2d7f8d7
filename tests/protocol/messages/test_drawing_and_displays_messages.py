"""Messages of pointing, drawing and displays: what is written is read, whatever else comes is the sender's fault."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.channels import CHANNELS, DRAWING, POINTING
from protocol.errors import PeerError
from protocol.messages.base import encode
from protocol.messages.displays import (
    DisplaysListed,
    DisplaysRefused,
    DisplaysWanted,
    DisplayThumbnail,
    ListedDisplay,
    ScreenshotKept,
    ThumbnailsWanted,
    WindowAsked,
    WindowDescribed,
)
from protocol.messages.drawing import (
    MAX_POINTS,
    DrawingCleared,
    DrawingStroke,
    Place,
    PointerShown,
    StrokeColour,
    StrokeKind,
    decode_drawing,
    decode_pointing,
)
from protocol.messages.session import decode_control

places = st.builds(Place, st.integers(0, 65535), st.integers(0, 65535))
counts = st.integers(0, 2**53)
needed = {StrokeKind.ARROW: (2, 2), StrokeKind.BOX: (2, 2), StrokeKind.RIPPLE: (1, 1)}
strokes = st.sampled_from(StrokeKind).flatmap(
    lambda kind: st.builds(
        DrawingStroke,
        counts,
        st.just(kind),
        st.sampled_from(StrokeColour),
        st.lists(places, min_size=needed.get(kind, (1, 1))[0], max_size=needed.get(kind, (1, MAX_POINTS))[1]).map(
            tuple
        ),
    )
)
ids = st.integers(1, 65535)
sides = st.integers(1, 16384)
offsets = st.integers(-65536, 65535)
short = st.text(max_size=200)
listed = st.builds(ListedDisplay, ids, short, offsets, offsets, sides, sides, st.integers(25, 1000), st.booleans())
control = st.one_of(
    st.builds(
        DisplaysListed,
        st.lists(listed, min_size=1, max_size=16).map(tuple),
        st.lists(ids, min_size=1, max_size=16).map(tuple),
    ),
    st.builds(DisplaysWanted, st.lists(ids, min_size=1, max_size=16).map(tuple)),
    st.builds(DisplaysRefused, st.integers(1, 2**20), st.integers(1, 2**20)),
    st.just(ThumbnailsWanted()),
    st.builds(
        DisplayThumbnail, ids, st.integers(1, 128), st.integers(1, 128), st.binary(min_size=3, max_size=16 * 1024)
    ),
    st.builds(WindowAsked, counts, st.integers(0, 65535), st.integers(0, 65535)),
    st.builds(WindowDescribed, counts, short, short, counts),
    st.builds(ScreenshotKept, counts),
)


@given(st.one_of(strokes, st.just(DrawingCleared())))
def test_what_is_drawn_is_read_as_it_was_written(message):
    data = encode(message)
    assert len(data) <= DRAWING.max_bytes
    assert decode_drawing(data) == message


@given(st.builds(PointerShown, counts, st.integers(0, 65535), st.integers(0, 65535), st.booleans()))
def test_a_pointer_fits_its_channel_and_is_read_as_it_was_written(message):
    data = encode(message)
    assert len(data) <= POINTING.max_bytes
    assert decode_pointing(data) == message


@given(control)
def test_messages_about_displays_are_read_as_they_were_written(message):
    assert decode_control(encode(message)) == message


@given(st.binary(max_size=5000))
def test_arbitrary_bytes_raise_only_peer_error_when_drawn_or_pointed(data):
    for decode in (decode_drawing, decode_pointing):
        with suppress(PeerError):
            decode(data)


@pytest.mark.parametrize(
    ("kind", "count"),
    [(StrokeKind.ARROW, 1), (StrokeKind.ARROW, 3), (StrokeKind.BOX, 1), (StrokeKind.RIPPLE, 2)],
)
def test_a_kind_has_as_many_places_as_it_needs(kind, count):
    stroke = DrawingStroke(1, kind, StrokeColour.RED, (Place(1, 2),) * count)
    with pytest.raises(PeerError) as refused:
        decode_drawing(encode(stroke))
    assert refused.value.code == "frame_malformed"


def test_too_many_places_at_once_are_refused():
    stroke = DrawingStroke(1, StrokeKind.FREEHAND, StrokeColour.RED, (Place(1, 2),) * (MAX_POINTS + 1))
    with pytest.raises(PeerError):
        decode_drawing(encode(stroke))


def test_every_channel_has_an_id_of_its_own():
    assert len({channel.id for channel in CHANNELS}) == len(CHANNELS)
