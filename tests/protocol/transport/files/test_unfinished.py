"""What a killed program left of files that were coming is deleted at its next start, and nothing else ever is."""

import subprocess
import sys
from pathlib import Path

import pytest

from protocol.errors import EnvironmentFault
from protocol.transport.files.received_file import ReceivedFile
from protocol.transport.files.unfinished import SUFFIX, UnfinishedFiles, sweep_unfinished

KILLED = """
import os, pathlib, sys
from protocol.transport.files.received_file import ReceivedFile
from protocol.transport.files.unfinished import UnfinishedFiles
downloads, notes = map(pathlib.Path, sys.argv[1:])
file = ReceivedFile.create(downloads, "report.pdf", UnfinishedFiles(notes))
file.write(b"half of it")
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "state" / "sessions" / "ab"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    folder = tmp_path / "downloads"
    folder.mkdir()
    return folder


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def killed(downloads: Path, notes: Path) -> Path:
    """Let a program be killed while a file is coming; return what it left."""
    subprocess.run([sys.executable, "-c", KILLED, str(downloads), str(notes)], check=False)
    (left,) = downloads.glob("*.part")
    return left


@pytest.mark.parametrize("above", [0, 1], ids=["the customer's notes", "the technician's, one folder for a session"])
def test_what_a_killed_program_left_goes_and_what_only_looks_like_it_stays(
    downloads: Path, notes: Path, above: int
) -> None:
    killed(downloads, notes)
    (downloads / "mine.pdf.part").write_bytes(b"another program's")
    assert sweep_unfinished([notes, notes.parent][above]) == 1
    assert names(downloads) == ["mine.pdf.part"]
    assert names(notes) == []


@pytest.mark.parametrize("link", [False, True], ids=["a file", "a link"])
def test_what_was_put_in_its_place_stays(downloads: Path, notes: Path, link: bool) -> None:
    left = killed(downloads, notes)
    (downloads / "precious").hardlink_to(left)  # the very same file, under another name
    left.unlink()
    if link:
        left.symlink_to(downloads / "precious")
    else:
        left.write_bytes(b"somebody else's")
    sweep_unfinished(notes)
    assert sweep_unfinished(notes) == 0
    assert names(downloads) == ["precious", "report.pdf.part"]


def test_what_another_running_program_is_writing_is_left_alone(downloads: Path, notes: Path) -> None:
    file = ReceivedFile.create(downloads, "report.pdf", UnfinishedFiles(notes))
    file.write(b"all of it")
    assert sweep_unfinished(notes) == 0
    assert len(names(notes)) == 1
    kept = file.keep()
    assert names(notes) == []
    assert sweep_unfinished(notes) == 0
    assert kept.read_bytes() == b"all of it"


def test_what_is_given_up_leaves_no_note(downloads: Path, notes: Path) -> None:
    ReceivedFile.create(downloads, "report.pdf", UnfinishedFiles(notes)).discard()
    assert names(downloads) == names(notes) == []


def test_a_folder_that_is_not_there_now_is_looked_at_again_and_a_broken_note_is_forgotten(
    downloads: Path, notes: Path
) -> None:
    killed(downloads, notes)
    away = downloads.rename(downloads.with_name("unplugged"))
    (notes / f"broken{SUFFIX}").write_bytes(b"{}")
    assert sweep_unfinished(notes) == 0
    assert len(names(notes)) == 1
    away.rename(downloads)
    assert sweep_unfinished(notes) == 1


def test_a_file_that_cannot_be_noted_is_not_begun(downloads: Path, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault) as raised:
        ReceivedFile.create(downloads, "report.pdf", UnfinishedFiles(tmp_path / "missing"))
    assert raised.value.code == "folder_refused"
    assert names(downloads) == []
