"""A new organisation's relay is certified by itself, an older one with one command, and a copied one gets a new key."""

from collections.abc import Callable
from pathlib import Path

import pytest

from relay.accounts.proof_key import PROOF_FILE, ProofKey, read_proof_key
from relay.app import main

Command = Callable[..., str]


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command on a data folder with an organisation; returns what it says (when refused: why)."""

    def run(*arguments: str, refused: bool = False) -> str:
        assert main([*arguments, "--data", str(tmp_path / "data")]) == (1 if refused else 0)
        said = capsys.readouterr()
        return said.err if refused else said.out

    run("org", "init", "--name", "Acme IT", "--key-out", str(tmp_path / "root.pem"))
    return run


def held(tmp_path: Path) -> ProofKey:
    found = read_proof_key(tmp_path / "data")
    assert found is not None
    return found


def test_a_relay_is_certified_with_its_organisation_and_again_with_its_devices(
    command: Command, tmp_path: Path
) -> None:
    assert "This relay: certified until " in command("org", "show")
    first = held(tmp_path)
    command("org", "certify", "--org-key", str(tmp_path / "root.pem"), "--all-pending", "--valid-hours", "8000")
    second = held(tmp_path)
    assert first.read.key == second.read.key
    assert second.read.not_after - first.read.not_after > (8000 - 91 * 24) * 3600


def test_a_relay_from_before_there_was_a_proof_is_certified_with_one_command(command: Command, tmp_path: Path) -> None:
    (tmp_path / "data" / PROOF_FILE).unlink()
    assert "not certified, so customers are turned away" in command("org", "show")
    certify = ("org", "certify-relay", "--org-key", str(tmp_path / "root.pem"))
    assert command(*certify) == "Certified this relay of Acme IT for 30 days.\n"
    assert "This relay: certified until " in command("org", "show")
    before = held(tmp_path)
    command(*certify, "--new-key", "--valid-days", "1")
    after = held(tmp_path)
    assert before.read.key != after.read.key
    assert after.read.not_after < before.read.not_after


def test_another_organisations_key_certifies_nothing(command: Command, tmp_path: Path) -> None:
    before = held(tmp_path).certificate
    main(["org", "init", "--name", "B", "--key-out", str(tmp_path / "b.pem"), "--data", str(tmp_path / "b")])
    said = command("org", "certify-relay", "--org-key", str(tmp_path / "b.pem"), refused=True)
    assert "is not the root key of Acme IT" in said
    assert held(tmp_path).certificate == before
