import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import LocalError, PeerError
from protocol.pairing.pin import Pin, new_pin, parse_pin

pins = st.integers(0, 10**8 - 1).map(lambda number: Pin(f"{number:08d}"))


@given(pins)
def test_a_shown_pin_reads_as_itself_however_it_is_spaced(pin):
    assert parse_pin(pin.shown) == pin
    assert parse_pin(pin.shown.replace(" ", "")) == pin
    assert parse_pin(f"  {pin.shown.replace(' ', '-')}\n") == pin


def test_the_check_digit_is_damms():
    assert Pin("00000572").shown == "000 005 724"  # 572 gives 4: the usual worked example


@given(pins)
def test_every_wrong_digit_is_noticed_before_a_guess_is_spent(pin):
    nine = pin.shown.replace(" ", "")
    for place in range(9):
        for other in "0123456789".replace(nine[place], ""):
            with pytest.raises(PeerError) as caught:
                parse_pin(nine[:place] + other + nine[place + 1 :])
            assert "One digit is wrong" in caught.value.user_text


@given(pins)
def test_every_swap_of_neighbours_is_noticed(pin):
    nine = pin.shown.replace(" ", "")
    for place in range(8):
        swapped = nine[:place] + nine[place + 1] + nine[place] + nine[place + 2 :]
        if swapped != nine:
            with pytest.raises(PeerError):
                parse_pin(swapped)


@pytest.mark.parametrize("text", ["", "493 027 15", "493 027 1566", "493 027 15O", "٤٩٣٠٢٧١٥٦", "4" * 100])
def test_anything_but_nine_digits_has_its_own_sentence(text):
    with pytest.raises(PeerError) as caught:
        parse_pin(text)
    assert caught.value.code == "pin_malformed"
    assert "nine digits" in caught.value.user_text


def test_neither_repr_nor_errors_show_the_digits():
    assert "4930" not in repr(Pin("49302715"))
    for text in ("493027150", "49302715"):
        with pytest.raises(PeerError) as caught:
            parse_pin(text)
        assert "4930" not in str(caught.value) + caught.value.user_text


@pytest.mark.parametrize("digits", ["", "1234567", "123456789", "1234567a", "١٢٣٤٥٦٧٨"])
def test_a_pin_of_other_than_eight_digits_is_our_own_mistake(digits):
    with pytest.raises(LocalError):
        Pin(digits)


def test_a_new_pin_covers_the_whole_range():
    assert new_pin(lambda size: (10**8 - 1).to_bytes(size, "big")).digits == "99999999"
    assert new_pin(lambda size: (10**8).to_bytes(size, "big")).digits == "00000000"
