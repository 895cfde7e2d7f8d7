"""How long, what and which files: read from the customer's own lane."""

import pytest

from customer_client.session.session_account import duration_words, what_it_was_like
from protocol.audit.events import EventType
from tests.support.recorded_session import TwoParties

FILE = {"name": "driver.zip", "size_bytes": 1_258_291, "sha256": "ab" * 32}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (59.4, "59 seconds"),
        (60, "1 minute"),
        (7500, "2 hours 5 minutes"),
        (3600, "1 hour"),
    ],
)
def test_durations_have_words(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_nothing_is_said_of_no_session() -> None:
    assert what_it_was_like(()) == ()


def test_times_control_pauses_files_and_hiding_are_told() -> None:
    parties = TwoParties()
    parties.open()
    parties.ask_and_grant("see")
    parties.ask_and_grant("control")
    parties.mono_ms += 360_000
    parties.write("C", EventType.CONSENT_REVOKE, {"capability": "control", "reason": "taken_back"})
    parties.write("C", EventType.SHARING_PAUSE, {})
    parties.mono_ms += 60_000
    parties.write("C", EventType.SHARING_RESUME, {})
    parties.write("C", EventType.AREAS_HIDDEN, {"password_managers": 1, "notifications": 0, "windows": 0, "areas": 0})
    parties.write("T", EventType.FILE_OFFERED, FILE)
    parties.deliver()
    newest = parties.records["C"].count("T") - 1
    parties.write("C", EventType.FILE_RECEIVED, FILE, answers=newest)
    lines = what_it_was_like(parties.records["C"].own_events)
    assert lines[0].startswith("It lasted 7 minutes, from ")
    assert lines[1:] == (
        "They could use your mouse and keyboard for 6 minutes.",
        "Sharing was paused once, for 1 minute together.",
        "Files you got: driver.zip (1.2 MB).",
        "Parts of your screen were hidden from them.",
    )
