"""The `deskside-relay` commands as an operator runs them, in processes of their own."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from protocol.pairing.certificates import root_id, verify_certificate
from relay.app import main
from tests.support.relay_process import ORGANISATION, TECHNICIAN_NAME, PreparedRelay, must, relay_command

PASSWORD = "a long password\n"
ADD = ("user", "add", "Tess", "--display-name", "Tess T.", "--role", "technician", "--password-stdin")


def test_accounts_are_added_listed_changed_and_disabled(tmp_path: Path) -> None:
    assert "Added technician tess" in must(relay_command(*ADD, data_dir=tmp_path, stdin=PASSWORD))
    twice = relay_command(*ADD, data_dir=tmp_path, stdin=PASSWORD)
    assert (twice.returncode, twice.stderr) == (1, "deskside-relay: There is already an account named tess.\n")
    must(
        relay_command("user", "set-password", "TESS", "--password-stdin", data_dir=tmp_path, stdin="another one 123\n")
    )
    must(relay_command("user", "disable", "tess", data_dir=tmp_path))
    listed = must(relay_command("user", "list", data_dir=tmp_path)).splitlines()
    assert listed[0].split() == ["NAME", "DISPLAY", "NAME", "ROLE", "CREATED", "STATE"]
    assert "disabled" in listed[1]
    assert relay_command("user", "disable", "nobody", data_dir=tmp_path).returncode == 1


def test_a_short_password_is_refused_and_no_account_made(tmp_path: Path) -> None:
    refused = relay_command(*ADD, data_dir=tmp_path, stdin="short\n")
    assert (refused.returncode, refused.stderr) == (1, "deskside-relay: A password needs at least 10 characters.\n")
    assert "tess" not in must(relay_command("user", "list", data_dir=tmp_path))


@pytest.mark.parametrize("stdin", ["", "the passphrase\n"])
def test_the_private_root_key_is_in_its_file_and_nowhere_else(tmp_path: Path, stdin: str) -> None:
    data, key_file = tmp_path / "data", tmp_path / "root.pem"
    extra = ("--passphrase-stdin",) if stdin else ()
    must(
        relay_command(
            "org", "init", "--name", "Acme IT", "--key-out", str(key_file), *extra, data_dir=data, stdin=stdin
        )
    )
    key = load_pem_private_key(key_file.read_bytes(), stdin.strip().encode() or None)
    assert key_file.stat().st_mode & 0o777 == 0o600
    public = key.public_key().public_bytes_raw()  # type: ignore[union-attr]
    shown = must(relay_command("org", "show", data_dir=data))
    assert "Acme IT" in shown
    assert root_id(public).hex() in shown
    stored = b"".join(path.read_bytes() for path in data.iterdir())
    assert public in stored
    assert key.private_bytes_raw() not in stored  # type: ignore[union-attr]
    again = relay_command("org", "init", "--name", "Other", "--key-out", str(tmp_path / "other.pem"), data_dir=data)
    assert again.returncode == 1
    assert not (tmp_path / "other.pem").exists()


def test_an_existing_key_file_stops_the_making_of_an_organisation(tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_text("dear")
    arguments = ("org", "init", "--name", "Acme", "--key-out", str(tmp_path / "root.pem"))
    assert relay_command(*arguments, data_dir=tmp_path / "data").returncode == 1
    assert (tmp_path / "root.pem").read_text() == "dear"
    assert relay_command("org", "show", data_dir=tmp_path / "data").returncode == 1


def test_devices_are_listed_with_fingerprints_and_certified(shared_relay: PreparedRelay, tmp_path: Path) -> None:
    listed = must(relay_command("org", "devices", data_dir=shared_relay.data_dir))
    assert TECHNICIAN_NAME in listed
    assert "certified" in listed
    with closing(sqlite3.connect(shared_relay.data_dir / "relay.db")) as connection:
        (valid_from_ms,) = connection.execute("SELECT not_before_ms FROM device").fetchone()
    certificate = verify_certificate(
        shared_relay.certificate, root_id=shared_relay.root_id, unix_now=valid_from_ms / 1000
    )
    assert (certificate.name, certificate.organisation) == (TECHNICIAN_NAME, ORGANISATION)
    assert certificate.signing_key == shared_relay.signing_key.public_key().public_bytes_raw()
    assert certificate.technician_id == shared_relay.technician_id
    must(relay_command("org", "init", "--name", "X", "--key-out", str(tmp_path / "x.pem"), data_dir=tmp_path / "x"))
    foreign = relay_command(
        "org", "certify", "--org-key", str(tmp_path / "x.pem"), "--all-pending", data_dir=shared_relay.data_dir
    )
    assert foreign.returncode == 1
    assert f"not the root key of {ORGANISATION}" in foreign.stderr
    unknown = relay_command(
        "org", "certify", "--org-key", str(shared_relay.key_path), "--device", "x", data_dir=shared_relay.data_dir
    )
    assert unknown.returncode == 1


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["serve"],
        ["user"],
        ["user", "add"],
        ["user", "list"],
        ["user", "set-password"],
        ["user", "disable"],
        ["org"],
        ["org", "init"],
        ["org", "show"],
        ["org", "devices"],
        ["org", "certify"],
        ["record"],
        ["record", "export"],
    ],
)
def test_every_command_explains_itself(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*words, "--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith("usage: deskside-relay")
    if words in (["org", "init"], ["org", "certify"]):
        assert "never holds the private key" in text
