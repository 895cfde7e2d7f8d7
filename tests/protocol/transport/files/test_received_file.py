import hashlib
import os
import stat
from pathlib import Path

import pytest

from protocol.errors import EnvironmentFault
from protocol.transport.files import received_file
from protocol.transport.files.received_file import ReceivedFile, free_bytes


def received(folder: Path, name: str = "report.pdf", data: bytes = b"all of it") -> Path:
    file = ReceivedFile.create(folder, name)
    file.write(data)
    assert file.is_right(hashlib.sha256(data).digest())
    return file.keep()


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_it_is_a_part_until_it_is_kept(tmp_path: Path) -> None:
    file = ReceivedFile.create(tmp_path / "new" / "folder", "report.pdf")
    file.write(b"half")
    assert names(tmp_path / "new" / "folder") == ["report.pdf.part"]
    assert file.prefix_sha256 == hashlib.sha256(b"half").digest()
    assert not file.is_right(hashlib.sha256(b"whole").digest())
    kept = file.keep()
    assert names(kept.parent) == ["report.pdf"]


def test_nothing_is_overwritten_and_names_that_look_the_same_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "Report.PDF").write_bytes(b"mine")
    assert received(tmp_path).name == "report (2).pdf"
    assert received(tmp_path).name == "report (3).pdf"
    assert (tmp_path / "Report.PDF").read_bytes() == b"mine"


def test_a_name_taken_meanwhile_is_left_alone(tmp_path: Path) -> None:
    file = ReceivedFile.create(tmp_path, "report.pdf")
    file.write(b"theirs")
    (tmp_path / "report.pdf").write_bytes(b"mine")
    assert file.keep().name == "report (2).pdf"
    assert (tmp_path / "report.pdf").read_bytes() == b"mine"


def test_a_link_in_the_place_of_the_part_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_bytes(b"precious")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "report.pdf.part").symlink_to(target)
    (folder / "report.pdf").symlink_to(target)
    assert received(folder).read_bytes() == b"all of it"
    assert target.read_bytes() == b"precious"


def test_another_folder_put_in_its_place_gets_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    file = ReceivedFile.create(folder, "report.pdf")
    file.write(b"all of it")
    folder.rename(tmp_path / "moved")
    folder.mkdir()
    file.keep()
    assert names(folder) == []
    assert names(tmp_path / "moved") == ["report.pdf"]


def test_it_cannot_be_run_and_says_where_it_came_from(tmp_path: Path) -> None:
    path = received(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    try:
        os.setxattr(tmp_path, "user.probe", b"")
    except OSError:
        pytest.skip("this file system holds no marks")
    assert os.getxattr(path, "user.xdg.origin.url") == b"deskside:session"


def test_without_hard_links_it_still_overwrites_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_arguments: object, **_more: object) -> None:
        raise PermissionError(1, "not on this file system")

    monkeypatch.setattr(received_file.os, "link", no_links)
    (tmp_path / "report.pdf").write_bytes(b"mine")
    assert received(tmp_path).name == "report (2).pdf"
    assert names(tmp_path) == ["report (2).pdf", "report.pdf"]


def test_discarding_leaves_nothing_and_may_be_repeated(tmp_path: Path) -> None:
    file = ReceivedFile.create(tmp_path, "report.pdf")
    file.write(b"half")
    file.discard()
    file.discard()
    assert names(tmp_path) == []


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").write_bytes(b"")
    with pytest.raises(EnvironmentFault) as raised:
        ReceivedFile.create(tmp_path / "folder", "report.pdf")
    assert raised.value.code == "folder_refused"


def test_free_room_is_known_before_the_folder_is_made(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "not" / "yet") == pytest.approx(free_bytes(tmp_path), rel=0.01)
