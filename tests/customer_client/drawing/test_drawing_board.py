"""What is drawn stays within limits and goes away by itself, whatever comes."""

from hypothesis import given
from hypothesis import strategies as st

from customer_client.drawing.board import (
    MAX_STROKE_PLACES,
    MAX_STROKES,
    PLACES_PER_S,
    RIPPLE_FOR_S,
    SHOWN_FOR_S,
    DrawingBoard,
)
from protocol.messages.drawing import DrawingCleared, DrawingStroke, Place, PointerShown, StrokeColour, StrokeKind


def stroke(number: int, *points: tuple[int, int], kind: StrokeKind = StrokeKind.FREEHAND) -> DrawingStroke:
    return DrawingStroke(number, kind, StrokeColour.RED, tuple(Place(*point) for point in points))


def test_a_freehand_line_grows_and_a_box_follows_the_mouse():
    board = DrawingBoard()
    board.draw(stroke(1, (0, 0), (1, 1)), 10.0)
    board.draw(stroke(1, (2, 2)), 10.1)
    board.draw(stroke(2, (0, 0), (5, 5), kind=StrokeKind.BOX), 10.2)
    board.draw(stroke(2, (0, 0), (9, 9), kind=StrokeKind.BOX), 10.3)
    assert [each.places for each in board.strokes] == [((0, 0), (1, 1), (2, 2)), ((0, 0), (9, 9))]


def test_strokes_fade_four_seconds_after_their_last_place_and_rings_sooner():
    board = DrawingBoard()
    board.draw(stroke(1, (0, 0)), 10.0)
    board.draw(stroke(1, (1, 1)), 12.0)
    board.draw(stroke(2, (1, 1), kind=StrokeKind.RIPPLE), 12.0)
    assert board.next_at() == 12.0 + RIPPLE_FOR_S
    board.fade(12.0 + RIPPLE_FOR_S)
    assert [each.number for each in board.strokes] == [1]
    board.fade(12.0 + SHOWN_FOR_S)
    assert board.strokes == ()
    assert board.next_at() is None


def test_a_resting_pointer_goes_away_and_an_overtaken_move_changes_nothing():
    board = DrawingBoard()
    board.point(PointerShown(5, 1, 1, True), 10.0)
    board.point(PointerShown(4, 2, 2, True), 10.1)
    assert board.pointer == (1, 1)
    board.point(PointerShown(6, 0, 0, False), 10.2)
    assert board.pointer is None
    board.point(PointerShown(7, 3, 3, True), 10.3)
    board.fade(10.3 + SHOWN_FOR_S)
    assert board.pointer is None


def test_clearing_takes_strokes_but_not_the_pointer():
    board = DrawingBoard()
    board.draw(stroke(1, (0, 0)), 10.0)
    board.point(PointerShown(1, 1, 1, True), 10.0)
    board.draw(DrawingCleared(), 10.1)
    assert (board.strokes, board.pointer) == ((), (1, 1))
    board.clear()
    assert board.pointer is None


messages = st.lists(
    st.tuples(
        st.floats(0, 0.1),
        st.one_of(
            st.just(DrawingCleared()),
            st.builds(
                lambda number, kind, count: stroke(
                    number, *((7, 7),) * {StrokeKind.ARROW: 2, StrokeKind.BOX: 2, StrokeKind.RIPPLE: 1}.get(kind, count)
                ),
                st.integers(0, 200),
                st.sampled_from(StrokeKind),
                st.integers(1, 128),
            ),
        ),
    ),
    max_size=300,
)


@given(messages)
def test_no_flood_holds_more_than_the_limits(flood):
    board, now, begun = DrawingBoard(), 10.0, 10.0
    for pause, message in flood:
        now += pause
        board.draw(message, now)
        assert len(board.strokes) <= MAX_STROKES
        assert all(len(each.places) <= MAX_STROKE_PLACES for each in board.strokes)
        assert sum(len(each.places) for each in board.strokes) <= PLACES_PER_S * (1 + now - begun) + 1
    board.fade(now + SHOWN_FOR_S)
    assert board.strokes == ()
