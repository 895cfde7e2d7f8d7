import hashlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import PeerError
from protocol.pairing.route import (
    ALPHABET,
    new_route,
    new_spoken_route,
    parse_route,
    parse_route_or_spoken,
    route_in_file_name,
    write_route,
)

routes = st.binary(min_size=24, max_size=24).map(lambda data: new_route(lambda size: data[:size]))
BASE = "Deskside-K7QF-2MXP-PBW5"
ROUTE = "K7QF2MXPPBW5"
RENAMINGS = [
    f"{prefix}{name}{mark}{ending}"
    for name in (BASE, BASE.lower(), BASE.replace("-", "_"), "Deskside K7QF 2MXP PBW5", "K7QF2MXPPBW5")
    for prefix in ("", "Copy of ", "Копия ", "DESK-")
    for mark in ("", " (1)", "(12)", " - Copy", "[1]", "_1", " copy 3")
    for ending in (".exe", ".exe.exe", ".dmg", "")
]


@given(routes)
def test_a_written_route_reads_as_itself(route):
    assert parse_route(write_route(route)) == route
    assert parse_route_or_spoken(write_route(route)) == route
    assert len(route) == 12


@given(routes)
def test_every_single_wrong_symbol_is_noticed(route):
    for place, symbol in enumerate(route):
        for other in ALPHABET.replace(symbol, ""):
            with pytest.raises(PeerError) as caught:
                parse_route(route[:place] + other + route[place + 1 :])
            assert caught.value.code == "route_malformed"


@given(routes)
def test_every_swap_of_different_neighbours_is_noticed(route):
    for place in range(11):
        swapped = route[:place] + route[place + 1] + route[place] + route[place + 2 :]
        if swapped != route:
            with pytest.raises(PeerError):
                parse_route(swapped)


def test_typing_is_forgiven_case_spaces_hyphens_and_look_alikes():
    route = new_route(lambda size: bytes(size))
    assert route == "0" * 12
    assert parse_route("oOoO - oooo – 0000") == route
    assert parse_route(" k7qf2mxp-pbw5\n") == ROUTE
    one = next(r for r in (new_route(lambda size, n=n: n.to_bytes(size, "big")) for n in range(2000)) if "1" in r)
    assert parse_route(one.replace("1", "l")) == parse_route(one.replace("1", "I")) == one


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "characters"),
        ("K7QF-2MXP", "8 characters"),
        ("K7QF-2MXP-PBW6", "compare"),
        ("K7QF-2MXP-PBWU", "never contain"),
        ("K7QF-2MXP-PBWŞ", "never contain"),
        ("K" * 65, "too long"),
    ],
)
def test_a_malformed_route_says_what_to_check(text, hint):
    with pytest.raises(PeerError) as caught:
        parse_route_or_spoken(text)
    assert caught.value.code == "route_malformed"
    assert hint in caught.value.user_text


@given(st.binary(min_size=24, max_size=24))
def test_a_spoken_route_has_six_digits_and_reads_as_itself(data):
    spoken = new_spoken_route(lambda size: data[:size])
    assert len(spoken) == 6
    assert spoken.isdigit()
    assert parse_route_or_spoken(write_route(spoken)) == spoken


def test_spoken_routes_spread_evenly_over_the_first_digit():
    counts = [0] * 10
    for number in range(20_000):
        spoken = new_spoken_route(lambda size, n=number: hashlib.shake_256(n.to_bytes(4, "big")).digest(size))
        counts[int(spoken[0])] += 1
    assert all(1800 < count < 2200 for count in counts)


def test_a_route_is_found_in_more_than_a_hundred_renamed_files():
    assert len(RENAMINGS) > 100
    assert [name for name in RENAMINGS if route_in_file_name(name) != ROUTE] == []


@given(routes, st.sampled_from(["", " (1)", " - Copy", "[1]", "_2"]), st.booleans())
def test_any_route_is_found_in_a_renamed_file(route, mark, underscores):
    name = f"Deskside_{write_route(route)}{mark}.exe"
    assert route_in_file_name(name.replace("-", "_").lower() if underscores else name) == route


@pytest.mark.parametrize(
    "name",
    [
        "Deskside.exe",
        "Deskside (1).exe",
        "report 2024-11-21 final.exe",
        "Deskside-K7QF-2MXP.exe",
        "Deskside-K7QF-2MXP-PBW6.exe",
        "Deskside-K7QF-2MXP-PBWU.exe",
        "Deskside-xK7QF-2MXP-PBW5.exe",
        "Deskside-K7QF-2MXP-PBW5x.exe",
        "Deskside-K7QF--2MXP-PBW5.exe",
    ],
)
def test_a_name_without_a_valid_route_gives_none(name):
    assert route_in_file_name(name) is None


def test_two_different_routes_in_one_name_are_no_route_and_the_same_twice_is_one():
    other = write_route(new_route(lambda size: b"\x07" * size))
    assert route_in_file_name(f"{BASE}-{other}.exe") is None
    assert route_in_file_name(f"{BASE} {BASE}.exe") == ROUTE


def test_look_alikes_are_not_corrected_in_a_file_name():
    assert route_in_file_name("Deskside-OOOO-OOOO-OOOO.exe") is None
    assert route_in_file_name("Deskside-0000-0000-0000.exe") == "0" * 12


@given(st.text(max_size=300))
def test_any_text_is_a_route_or_a_peer_error(text):
    for read in (parse_route, parse_route_or_spoken):
        with suppress(PeerError):
            assert len(read(text)) in (6, 12)
    assert route_in_file_name(text) is None or len(route_in_file_name(text)) == 12
