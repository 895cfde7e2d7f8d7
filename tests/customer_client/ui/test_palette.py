"""Every text can be read by people with weak eyes, in both palettes."""

import pytest

from customer_client.ui.palette import (
    DARK,
    LIGHT,
    MIN_SHAPE_CONTRAST,
    MIN_TEXT_CONTRAST,
    SHAPE_PAIRS,
    TEXT_PAIRS,
    Palette,
    blend,
    contrast,
)
from customer_client.ui.theme import Look

PALETTES = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@PALETTES
@pytest.mark.parametrize("pair", TEXT_PAIRS, ids="-on-".join)
def test_text_stands_out_from_its_background(palette: Palette, pair: tuple[str, str]) -> None:
    assert contrast(getattr(palette, pair[0]), getattr(palette, pair[1])) >= MIN_TEXT_CONTRAST


@PALETTES
@pytest.mark.parametrize("pair", SHAPE_PAIRS, ids="-on-".join)
def test_shapes_stand_out_from_their_background(palette: Palette, pair: tuple[str, str]) -> None:
    assert contrast(getattr(palette, pair[0]), getattr(palette, pair[1])) >= MIN_SHAPE_CONTRAST


@pytest.mark.parametrize("look", Look)
def test_the_pairs_of_every_button_look_are_among_those_checked(look: Look) -> None:
    face, strong, text, _edge, around, ring = look.value[:6]
    assert (text, face) in TEXT_PAIRS
    assert (text, strong) in TEXT_PAIRS
    assert (ring, around) in SHAPE_PAIRS


def test_blending_goes_from_one_colour_to_the_other() -> None:
    assert blend("#000000", "#ffffff", 0.0) == "#000000"
    assert blend("#000000", "#ffffff", 0.5) == "#808080"
    assert blend("#000000", "#ffffff", 1.5) == "#ffffff"
