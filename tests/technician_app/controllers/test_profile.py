import stat
import sys
from pathlib import Path

import pytest

from protocol.errors import EnvironmentFault, PeerError
from protocol.messages.picture import PicturePreset
from technician_app.controllers.profile import Profile, Remembered, Settings

EMPTY_PEM = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"


def test_keys_are_made_once_and_found_again(tmp_path):
    first = Profile.open(tmp_path / "profile").device_keys()
    again = Profile.open(tmp_path / "profile").device_keys()
    assert first.signing_public == again.signing_public
    assert first.sealing_public == again.sealing_public
    assert len(first.signing_public) == len(first.sealing_public) == 32


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_only_the_owner_can_read_anything(tmp_path):
    profile = Profile.open(tmp_path / "profile")
    profile.device_keys()
    profile.remember(Remembered("https://relay.example", "sam"))
    profile.session_folder("ab" * 16)
    for path in [profile.folder, *profile.folder.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_relay_and_name_are_remembered(tmp_path):
    profile = Profile.open(tmp_path)
    assert profile.remembered() == Remembered()
    profile.remember(Remembered("https://relay.example", "sam"))
    assert Profile.open(tmp_path).remembered() == Remembered("https://relay.example", "sam")


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b'{"relay_url": 5}'])
def test_a_damaged_memory_is_no_memory(tmp_path, content):
    (tmp_path / "remembered.json").write_bytes(content)
    assert Profile.open(tmp_path).remembered() == Remembered()


@pytest.mark.parametrize("content", [b"", b"not a key", EMPTY_PEM])
def test_a_damaged_key_is_said_and_never_replaced(tmp_path, content):
    profile = Profile.open(tmp_path)
    key = tmp_path / "device-signing-key.pem"
    key.write_bytes(content)
    with pytest.raises(EnvironmentFault) as caught:
        profile.device_keys()
    assert caught.value.code == "device_key_unusable"
    assert key.read_bytes() == content


def test_a_key_of_another_kind_is_refused(tmp_path):
    profile = Profile.open(tmp_path)
    profile.device_keys()
    (tmp_path / "device-sealing-key.pem").write_bytes((tmp_path / "device-signing-key.pem").read_bytes())
    with pytest.raises(EnvironmentFault) as caught:
        profile.device_keys()
    assert caught.value.code == "device_key_unusable"


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFault) as caught:
        Profile.open(tmp_path / "file" / "profile")
    assert caught.value.code == "profile_unusable"


def test_a_session_folder_takes_only_session_ids(tmp_path):
    with pytest.raises(PeerError):
        Profile.open(tmp_path).session_folder("../../elsewhere")


def test_the_chosen_picture_is_found_again_beside_the_remembered_name(tmp_path):
    profile = Profile.open(tmp_path)
    assert profile.settings() == Settings()
    profile.keep_settings(Settings(picture=PicturePreset.THRIFTY))
    profile.remember(Remembered("https://relay.example", "sam"))
    assert Profile.open(tmp_path).settings().picture is PicturePreset.THRIFTY


@pytest.mark.parametrize("content", [b"", b"{", b'{"picture": "best"}', b"\xff"])
def test_damaged_settings_are_the_ones_to_start_with(tmp_path, content):
    (tmp_path / "settings.json").write_bytes(content)
    assert Profile.open(tmp_path).settings() == Settings()


def test_sessions_are_counted_on_disk_for_each_device(tmp_path: Path) -> None:
    assert [Profile.open(tmp_path).next_session_number() for _ in range(3)] == [1, 2, 3]
    assert Profile.open(tmp_path / "another").next_session_number() == 1
    (tmp_path / "device-signing-key.pem").unlink()
    assert Profile.open(tmp_path).next_session_number() == 1, "new keys, a new counter"


def test_a_damaged_counter_is_not_begun_anew(tmp_path: Path) -> None:
    profile = Profile.open(tmp_path)
    profile.next_session_number()
    (tmp_path / "session-numbers.json").write_text("{")
    with pytest.raises(EnvironmentFault):
        profile.next_session_number()
