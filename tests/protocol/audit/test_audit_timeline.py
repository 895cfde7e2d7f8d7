import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.audit.events import EventType
from protocol.audit.timeline import moment, visible
from protocol.audit.verify import verify_record
from tests.support.recorded_session import TwoParties, sealed_session


def told(parties: TwoParties, **how: bool) -> list[str]:
    return [entry.text for entry in verify_record(parties.file(**how)).timeline]


def test_a_session_reads_as_plain_english():
    lines = told(sealed_session())
    assert "Customer allowed control for 15 min" in lines
    assert "Customer allowed seeing the screen until taken back" in lines
    assert 'Technician asked for control (reason "to help")' in lines
    assert "Technician noted that remote control began" in lines
    assert "Customer sent the diagnostics report (facts 17, withheld 2)" in lines
    assert 'Customer ended the session (reason "stopped_by_customer")' in lines


def test_every_type_of_event_has_its_words():
    parties = TwoParties()
    parties.open()
    parties.ask_and_grant()
    for type in (EventType.IDENTITY_SHOWN, EventType.DIAG_PREVIEW, EventType.PEER_LOST, EventType.NOTE):
        parties.write("C", type)
    parties.write("C", EventType.SHARING_PAUSE)
    parties.write("C", EventType.SHARING_RESUME)
    lines = told(parties)
    assert len(lines) == len(set(lines)) == 10


def test_withheld_details_are_said_to_be_withheld():
    lines = told(sealed_session(), with_body=False)
    assert all(line.endswith("(details withheld)") for line in lines)
    assert "Customer allowed a permission (details withheld)" in lines


def test_the_clock_is_utc_time_of_day():
    entry = verify_record(sealed_session().file()).timeline[0]
    assert entry.clock == "14:00:00"
    assert moment(entry.t_ms) == "2026-03-01 14:00:00 UTC"


@pytest.mark.parametrize("t_ms", [0, 253_402_300_799_999])
def test_every_time_an_event_can_have_can_be_shown(t_ms):
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", moment(t_ms))


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("a\x1b[2Jb", "a␛[2Jb"),
        ("a\r\nb", "a␍␊b"),
        ("\x00\x7f", "␀␡"),
        ("\x9b31m", "<U+009B>31m"),
        ("\u202eevil", "<U+202E>evil"),
        ("zero\u200bwidth", "zero<U+200B>width"),
        ("line\u2028break", "line<U+2028>break"),
        ("Grüße 日本 🙂", "Grüße 日本 🙂"),
    ],
)
def test_nothing_from_the_file_can_act_on_a_terminal(hostile, shown):
    assert visible(hostile) == shown
    parties = TwoParties()
    parties.open()
    parties.write("T", EventType.NOTE, {"text": hostile, hostile: 1, "list": [hostile]})
    note = next(line for line in told(parties) if "wrote a note" in line)
    assert not any(unicodedata.category(symbol) in {"Cc", "Cf", "Zl", "Zp"} for symbol in note)


@given(st.text())
def test_shown_text_is_one_visible_line_of_limited_length(text):
    shown = visible(text, 50)
    assert all(unicodedata.category(symbol) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for symbol in shown)
    assert len(shown) <= 50 * len("<U+10FFFF>") + 1
