"""`deskside-relay log`, `org certify-log` and `witness`, as an operator and a witness use them."""

from pathlib import Path

import pytest

from protocol.audit.log.certificate import read_log_certificate
from relay.app import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run(tmp_path / "relay", "org", "init", "--name", "Acme IT", "--key-out", str(tmp_path / "root.pem"))
    return tmp_path


def run(data: Path, *arguments: str) -> int:
    return main([*arguments, "--data", str(data)])


def certify(folder: Path, *options: str) -> int:
    return run(folder / "relay", "org", "certify-log", "--org-key", str(folder / "root.pem"), *options)


def test_a_witness_is_made_named_in_a_policy_and_told_to_trust(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder / "witness", "witness", "init", "--name", "witness.example.org") == 0
    vkey = capsys.readouterr().out.splitlines()[-2]
    (folder / "policy").write_text(f"witness alpha {vkey} https://witness.example.org\nquorum alpha\n")
    options = ["--witness-policy", str(folder / "policy"), "--out", str(folder / "certificate"), "--require-receipt"]
    assert certify(folder, "--log-name", "support.example.com", *options) == 0
    certificate = read_log_certificate((folder / "certificate").read_bytes())
    assert (certificate.log, certificate.require_receipt) == ("support.example.com", True)
    assert run(folder / "witness", "witness", "trust", "--certificate", str(folder / "certificate")) == 0
    capsys.readouterr()
    assert run(folder / "witness", "witness", "show") == 0
    assert "Cosigns for support.example.com of Acme IT" in capsys.readouterr().out
    assert run(folder / "relay", "log", "show") == 0
    assert "at least 1 of its witnesses must cosign" in capsys.readouterr().out
    assert run(folder / "relay", "log", "check") == 0
    assert "Everything fits." in capsys.readouterr().out


def test_a_log_keeps_its_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert certify(folder, "--log-name", "support.example.com") == 0
    assert certify(folder) == 0
    assert certify(folder, "--log-name", "other.example.com") == 1
    assert "a log keeps its name" in capsys.readouterr().err


def test_mistakes_are_said_in_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "policy").write_text("quorum everybody\n")
    assert certify(folder, "--witness-policy", str(folder / "policy")) == 1
    assert "This is not a witness policy" in capsys.readouterr().err
    assert certify(folder, "--log-name", "Not A Name") == 1
    assert "looks like support.example.com" in capsys.readouterr().err
    assert run(folder / "nothing", "witness", "show") == 1
    assert run(folder / "witness", "witness", "trust", "--certificate", str(folder / "root.pem")) == 1
    assert run(folder / "nobody", "org", "certify-log", "--org-key", str(folder / "root.pem")) == 1
