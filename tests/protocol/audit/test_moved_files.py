"""A file counts as moved only when it is: what began and was given up says how far it came."""

import pytest

from protocol.audit.events import EventType
from protocol.audit.moved_files import FileStory, amount_words, file_stories
from protocol.audit.timeline import in_words
from tests.support.recorded_session import TwoParties

MIB = 1024 * 1024
FILE = {"name": "plan.pdf", "size_bytes": 8 * MIB, "sha256": "ab" * 32}
CANCELLED = FILE | {"moved_bytes": 2 * MIB, "reason": "cancelled"}


@pytest.fixture
def parties() -> TwoParties:
    begun = TwoParties()
    begun.open()
    begun.ask_and_grant("files_to_customer")
    return begun


def begin(parties: TwoParties) -> int:
    """The technician offers a file, the customer takes it, the first byte is about to leave; return the offer's seq."""
    parties.write("T", EventType.FILE_OFFERED, FILE)
    parties.deliver()
    offer = parties.records["C"].count("T") - 1
    parties.write("C", EventType.FILE_ACCEPTED, FILE, answers=offer)
    parties.deliver()
    parties.write("T", EventType.FILE_SENT, FILE, answers=parties.records["T"].count("C") - 1)
    parties.deliver()
    return offer


def stories(parties: TwoParties, lanes: str = "CT") -> list[FileStory]:
    return list(file_stories([held for lane in lanes for held in parties.records[lane].own_events]))


def test_what_has_begun_is_not_said_to_have_come(parties: TwoParties) -> None:
    offer = begin(parties)
    assert [story.outcome for story in stories(parties)] == ["began to move; no end is recorded"]
    parties.write("C", EventType.FILE_RECEIVED, FILE, answers=offer)
    (story,) = stories(parties)
    assert (story.outcome, story.is_whole, story.offered_by) == ("received and checked", True, "T")
    assert [story.is_whole for story in stories(parties, "C")] == [True]
    assert [story.is_whole for story in stories(parties, "T")] == [True]


def test_a_file_that_came_is_told_where_its_offer_and_its_acceptance_are_withheld(parties: TwoParties) -> None:
    offer = begin(parties)
    parties.write("C", EventType.FILE_RECEIVED, FILE, answers=offer)
    received = parties.records["C"].own_events[-1]
    (story,) = file_stories([received])
    assert (story.name, story.offered_by, story.outcome) == ("plan.pdf", "T", "received and checked")


def test_what_was_given_up_says_how_far_it_came_and_a_second_try_is_a_story_of_its_own(parties: TwoParties) -> None:
    begin(parties)
    for lane in "CT":
        parties.write(lane, EventType.FILE_CANCELLED, CANCELLED)
    parties.deliver()
    for lanes in ("C", "T", "CT", "TC"):
        (story,) = stories(parties, lanes)
        assert (story.outcome, story.is_whole) == ("cancelled after 2 of 8 MB", False)
    offer = begin(parties)
    parties.write("C", EventType.FILE_RECEIVED, FILE, answers=offer)
    parties.deliver()
    assert [story.is_whole for story in stories(parties)] == [False, True]
    parties.write("C", EventType.FILE_CANCELLED, FILE | {"moved_bytes": 8 * MIB, "reason": "cancelled"})
    assert stories(parties)[-1].outcome == "cancelled after 8 of 8 MB"


def test_the_receiver_knows_better_than_a_sender_that_gave_up_too_late(parties: TwoParties) -> None:
    offer = begin(parties)
    parties.write("C", EventType.FILE_RECEIVED, FILE, answers=offer)
    parties.write("T", EventType.FILE_CANCELLED, CANCELLED)
    for lanes in ("CT", "TC"):
        assert [story.outcome for story in stories(parties, lanes)] == ["received and checked"]


def test_the_timeline_says_how_far_a_cancelled_file_came() -> None:
    told = in_words("T", EventType.FILE_CANCELLED, CANCELLED)
    assert told.startswith("Technician noted that a file was cancelled after 2 of 8 MB (")
    old = {"sha256": "ab" * 32, "moved_bytes": 5, "reason": "cancelled"}
    assert in_words("C", EventType.FILE_CANCELLED, old).startswith("Customer noted that a file was cancelled (")
    assert (
        in_words("C", EventType.FILE_CANCELLED, None) == "Customer noted that a file was cancelled (details withheld)"
    )


@pytest.mark.parametrize(
    ("moved", "size", "words"),
    [(0, 0, "0 of 0 bytes"), (3, 700, "3 of 700 bytes"), (512, 2048, "0.5 of 2 KB"), (0, 8 * MIB, "0 of 8 MB")],
)
def test_amounts_are_said_in_the_unit_of_the_whole(moved: int, size: int, words: str) -> None:
    assert amount_words(moved, size) == words
