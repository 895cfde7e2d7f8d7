from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import PeerError
from relay.review.searching import Place, fold, parse_cursor, parse_from, parse_kind, parse_to, write_cursor

MARCH_MS = 1_772_323_200_000
"""2026-03-01 00:00 UTC."""


@given(st.integers(0, 10**14), st.integers(0, 2**128 - 1))
def test_a_cursor_leads_back_to_its_place(opened_at_ms: int, number: int) -> None:
    place = Place(opened_at_ms, f"{number:032x}")
    assert parse_cursor(write_cursor(place)) == place


@given(st.text(max_size=80))
def test_strange_cursors_and_dates_raise_only_peer_errors(text: str) -> None:
    for parse in (parse_cursor, parse_from, parse_to, parse_kind):
        with suppress(PeerError):
            parse(text)


def test_a_day_ends_with_its_last_millisecond() -> None:
    assert (parse_from("2026-03-01"), parse_to("2026-03-01")) == (MARCH_MS, MARCH_MS + 86_400_000)
    assert parse_from("2026-03-01T01:00:00+01:00") == MARCH_MS
    assert (parse_from(""), parse_to("")) == (None, None)


def test_only_types_of_events_are_kinds() -> None:
    assert parse_kind("file.offered") == "file.offered"
    with pytest.raises(PeerError):
        parse_kind("file.stolen")


def test_folding_forgives_case_and_width() -> None:
    assert fold("ＳTRASSE Übel") == fold("strasse übel")
