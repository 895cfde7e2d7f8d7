"""What a journal says is on disk is on disk, and a line cut by a crash is not believed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.session import RecordedEvent
from protocol.transport.journal import Journal, JournalEvent, JournalHeader, JournalStored, read_journal

HEADER = JournalHeader("0" * 32, "C", "DS-2026-000001", "0" * 16 + "/2026", "https://relay", b"k", b"o", b"c", b"u")


def event(number: int) -> JournalEvent:
    return JournalEvent("C", RecordedEvent(event=bytes([number]), signature=bytes(64), salt=bytes(32), body=b"{}"))


def test_lines_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "sessions", HEADER)
    journal.append(event(1))
    journal.append(JournalStored("C", 1))
    journal.close()
    assert read_journal(journal.path) == [HEADER, event(1), JournalStored("C", 1)]
    assert journal.path.stat().st_mode & 0o777 == 0o600


@given(st.integers(1, 200))
def test_a_line_cut_short_by_a_crash_is_left_out(tmp_path_factory, cut: int) -> None:
    journal = Journal(tmp_path_factory.mktemp("journal"), HEADER)
    journal.append(event(1))
    journal.append(event(2))
    journal.close()
    whole = journal.path.read_bytes()
    last_line = len(whole.split(b"\n")[-2]) + 1
    journal.path.write_bytes(whole[: -min(cut, last_line)])
    assert read_journal(journal.path) == [HEADER, event(1)]


def test_a_journal_is_never_written_over(tmp_path: Path) -> None:
    Journal(tmp_path, HEADER).close()
    with pytest.raises(EnvironmentFault) as raised:
        Journal(tmp_path, HEADER)
    assert raised.value.code == "journal_failed"


@pytest.mark.parametrize("content", [b"", b"\n", b"{}\n", b"not json\n", b'{"type":"stored","lane":"C","count":1}\n'])
def test_a_file_that_is_no_journal_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.journal"
    path.write_bytes(content)
    with pytest.raises(PeerError) as raised:
        read_journal(path)
    assert raised.value.code == "journal_damaged"


def test_a_disk_that_refuses_stops_the_act(tmp_path: Path) -> None:
    journal = Journal(tmp_path, HEADER)
    journal.close()
    with pytest.raises(EnvironmentFault) as raised:
        journal.append(event(1))
    assert raised.value.code == "journal_failed"
