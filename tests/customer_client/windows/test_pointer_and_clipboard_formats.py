"""Pointers and clipboard texts as Windows keeps them become ours; pixels and characters alone, nothing is called."""

from hypothesis import given
from hypothesis import strategies as st

from customer_client.capture.windows_cursor_pixels import coloured_shape, masked_shape
from customer_client.ui.windows_clipboard import as_we_keep_it, as_windows_keeps_it

BLACK, WHITE, CLEAR = b"\0\0\0\xff", b"\xff\xff\xff\xff", b"\0\0\0\0"


def test_a_pointer_of_masks_has_black_white_and_nothing():
    stays = b"\0\0\0\0" * 2 + b"\xff\xff\xff\0" * 2
    over = b"\0\0\0\0" + b"\xff\xff\xff\0" + b"\0\0\0\0" * 2
    assert masked_shape(stays + over, 4) == BLACK + WHITE + CLEAR + CLEAR


def test_the_opposite_of_the_screen_becomes_black_with_a_white_rim():
    stays = b"\xff\xff\xff\0" * 9
    over = b"\0\0\0\0" * 4 + b"\xff\xff\xff\0" + b"\0\0\0\0" * 4
    rows = masked_shape(stays + over, 3)
    assert rows == CLEAR + WHITE + CLEAR + WHITE + BLACK + WHITE + CLEAR + WHITE + CLEAR


def test_a_rim_does_not_go_round_the_edge():
    stays, over = b"\xff\xff\xff\0" * 4, b"\0\0\0\0" + b"\xff\xff\xff\0" + b"\0\0\0\0" * 2
    assert masked_shape(stays + over, 2) == WHITE + BLACK + CLEAR + WHITE


def test_without_opacity_the_mask_counts():
    colour = b"\1\2\3\0\4\5\6\0"
    assert coloured_shape(colour, b"\0\0\0\0\xff\xff\xff\0") == b"\1\2\3\xff" + CLEAR


@given(st.binary(min_size=4, max_size=64).map(lambda data: data[: len(data) // 4 * 4]))
def test_colours_are_never_brighter_than_their_opacity(pixels):
    shape = coloured_shape(pixels, bytes(len(pixels)))
    assert len(shape) == len(pixels)
    assert all(max(shape[at : at + 3]) <= shape[at + 3] for at in range(0, len(shape), 4))


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r")))
def test_every_text_comes_back(text):
    kept = as_windows_keeps_it(text)
    assert as_we_keep_it(kept + b"what lies behind") == text
    assert "\n" not in kept.decode("utf-16-le").replace("\r\n", "")


@given(st.binary(max_size=64))
def test_whatever_another_program_put_there_becomes_a_text(data):
    assert "\0" not in as_we_keep_it(data)


def test_half_a_surrogate_is_replaced():
    assert as_windows_keeps_it("a\ud83d") == "a?\0".encode("utf-16-le")
