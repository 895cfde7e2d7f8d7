import hashlib
import os
from pathlib import Path

import pytest

from protocol.errors import EnvironmentFault
from protocol.transport.files import offered_file
from protocol.transport.files.offered_file import FileToSend


def test_it_knows_what_it_offers(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"0123456789")
    file = FileToSend(path)
    assert (file.name, file.size_bytes, file.sha256) == ("log.txt", 10, hashlib.sha256(b"0123456789").digest())
    assert file.read(3, 4) == b"3456"
    assert file.begins_with(5, hashlib.sha256(b"01234").digest())
    assert not file.begins_with(5, hashlib.sha256(b"01235").digest())
    file.close()
    file.close()


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"0123456789")
    file = FileToSend(path)
    path.write_bytes(b"012345678")
    with pytest.raises(EnvironmentFault) as raised:
        file.read(0, 4)
    assert raised.value.code == "file_changed"


def test_a_file_put_in_its_place_is_not_read(tmp_path: Path) -> None:
    path, other = tmp_path / "log.txt", tmp_path / "secret.txt"
    path.write_bytes(b"0123456789")
    other.write_bytes(b"secrets!!!")
    file = FileToSend(path)
    other.replace(path)
    assert file.read(0, 10) == b"0123456789"


@pytest.mark.parametrize("name", ["setup.exe", "run.sh", "link.lnk", "macro.docm", "disk.iso"])
def test_programs_are_not_sent(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(EnvironmentFault) as raised:
        FileToSend(tmp_path / name)
    assert raised.value.code == "blocked_type"
    assert name in raised.value.user_text


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "missing"):
        with pytest.raises(EnvironmentFault) as raised:
            FileToSend(path)
        assert raised.value.code == "file_unreadable"


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offered_file, "MAX_FILE_BYTES", 9)
    (tmp_path / "log.txt").write_bytes(b"0123456789")
    with pytest.raises(EnvironmentFault) as raised:
        FileToSend(tmp_path / "log.txt")
    assert raised.value.code == "too_large"
