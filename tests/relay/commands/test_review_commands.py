"""`erase`, `hold`, `retention` and `org review-key` as the operator runs them, beside a running relay."""

import base64
import hashlib
import importlib
import io
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from protocol.errors import EnvironmentFault
from protocol.messages.review_api import DepositedKeys, SealedKey
from protocol.pairing.certificates import read_certificate
from protocol.review_key import (
    open_key_file,
    open_with_review_key,
    record_key_info,
    seal_to_device,
    seal_to_review_key,
    verify_review_certificate,
)
from relay.app import main
from relay.commands.new_file import note_export
from tests.support.relay_process import PreparedRelay, running_relay

PASSPHRASE = "what the auditors know"


@pytest.fixture(scope="module")
def relay() -> Iterator[PreparedRelay]:
    with running_relay() as relay:
        yield relay


@pytest.fixture
def command(
    relay: PreparedRelay, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """Runs a command in this process, beside the relay in its own; returns what it says (when refused: why)."""

    def run(*arguments: str, stdin: str = "", refused: bool = False) -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        assert main([*arguments, "--data", str(relay.data_dir)]) == (1 if refused else 0)
        said = capsys.readouterr()
        return said.err if refused else said.out

    return run


def ended_session(relay: PreparedRelay) -> str:
    """Open a session and close its mailbox."""
    session = relay.open_session().session
    with closing(sqlite3.connect(relay.data_dir / "relay.db", timeout=30)) as connection, connection:
        connection.execute("UPDATE mailbox SET closed_at_ms = 1 WHERE session_id = ?", (session,))
    return session


def test_a_review_key_is_made_and_a_technician_seals_to_it(
    relay: PreparedRelay, command: Callable[..., str], tmp_path: Path
) -> None:
    key_file = tmp_path / "review.key"
    make = ("org", "review-key", "--org-key", str(relay.key_path), "--key-out", str(key_file), "--passphrase-stdin")
    assert "12 characters" in command(*make, stdin="short\n\n", refused=True)
    assert not key_file.exists()
    said = command(*make, stdin=f"{PASSPHRASE}\n\n")
    assert "Made a review key of Acme IT" in said
    assert key_file.stat().st_mode & 0o777 == 0o600
    (certificate,) = relay.request("GET", "/api/v1/review-keys").json()["certificates"]
    review = verify_review_certificate(base64.b64decode(certificate), root_id=relay.root_id, unix_now=time.time())
    session = relay.open_session().session
    info, device = record_key_info(session), read_certificate(relay.certificate)
    deposit = DepositedKeys(
        review=SealedKey(review.serial, seal_to_review_key(review, info, b"k" * 32)),
        device=SealedKey(device.serial, seal_to_device(device, info, b"k" * 32)),
    )
    held = relay.request("PUT", f"/api/v1/sessions/{session}/key", deposit).json()
    key = open_key_file(key_file.read_bytes(), PASSPHRASE.encode())
    assert open_with_review_key(key, info, base64.b64decode(held["review"]["sealed"])) == b"k" * 32
    assert review.serial in command("org", "review-keys")
    assert "already exists" in command(*make, stdin=f"{PASSPHRASE}\n\n", refused=True)


def test_a_session_is_held_let_go_and_erased(relay: PreparedRelay, command: Callable[..., str]) -> None:
    session = ended_session(relay)
    erase = ("erase", "--session", session, "--basis", "GDPR Art. 17")
    assert "on hold" in command("hold", "set", "--session", session, "--reason", "court order 7")
    assert "legal hold" in command(*erase, refused=True)
    assert "court order 7" in command("hold", "show", "--session", session)
    command("hold", "lift", "--session", session, "--reason", "court said so")
    assert f"Erased session {session}" in command(*erase)
    care = relay.request("GET", f"/api/v1/review/sessions/{session}/care", token=relay.administrator_token).json()
    assert [one["basis"] for one in care["erasures"]] == ["GDPR Art. 17"]
    assert [one["held"] for one in care["holds"]] == [True, False]


def test_a_running_session_an_unknown_one_and_no_basis_are_refused(
    relay: PreparedRelay, command: Callable[..., str]
) -> None:
    session = relay.open_session().session
    assert "still be running" in command("erase", "--session", session, "--basis", "asked", refused=True)
    assert "no session" in command("erase", "--session", "0" * 32, "--basis", "asked", refused=True)
    assert "--basis" in command("erase", "--session", session, "--basis", " ", refused=True)


def test_retention_says_what_would_go_and_takes_other_times(relay: PreparedRelay, command: Callable[..., str]) -> None:
    assert "0 would go. Nothing was changed." in command("retention", "--dry-run")
    assert "chat 100 days" in command("retention", "--keep", "chat=100")
    assert "looks like chat=365" in command("retention", "--keep", "chat=0", refused=True)
    assert "0 erased." in command("retention")


@pytest.mark.parametrize(("family", "file_format"), [((), "deskside.audit/1"), (("record",), "deskside.record/1")])
def test_what_the_operator_exports_stands_in_the_log_like_everybody_elses(
    relay: PreparedRelay, command: Callable[..., str], tmp_path: Path, family: tuple[str, ...], file_format: str
) -> None:
    session, out = relay.open_session().session, tmp_path / "out"
    export = (*family, "export", "--session", session, "--out", str(out))
    assert f"Wrote {out}" in command(*export)
    assert "cannot be written" in command(*export, refused=True)
    nowhere = (*family, "export", "--session", "0" * 32, "--out", str(tmp_path / "none"))
    assert "no session" in command(*nowhere, refused=True)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    care = relay.request("GET", f"/api/v1/review/sessions/{session}/care", token=relay.administrator_token).json()
    (act,) = care["acts"]
    sha256 = hashlib.sha256(out.read_bytes()).hexdigest()
    assert (act["by"], act["role"], act["kind"]) == ("The relay's operator", "operator", "export")
    assert act["detail"] == f"{file_format} {sha256}"
    document = hashlib.sha256(base64.b64decode(act["document"])).hexdigest()
    with closing(sqlite3.connect(relay.data_dir / "relay.db", timeout=30)) as connection:
        # Noted for the log, or in it already: the relay moves leaves while this looks.
        leaves = connection.execute("SELECT leaf FROM noted_leaf UNION SELECT leaf FROM log_leaf").fetchall()
    assert any(document.encode() in leaf for (leaf,) in leaves)


@pytest.mark.parametrize("family", [(), ("record",)])
def test_an_export_is_noted_before_there_is_a_file_of_it_and_without_the_note_there_is_none(
    relay: PreparedRelay,
    command: Callable[..., str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    family: tuple[str, ...],
) -> None:
    session, out = relay.open_session().session, tmp_path / "out"
    export = (*family, "export", "--session", session, "--out", str(out))
    module = importlib.import_module("relay.commands.record" if family else "relay.commands.export")
    noted: list[str] = []

    async def disk_is_full(*_: object, **__: object) -> None:
        raise EnvironmentFault("full", code="storage_failed", user_text="The disk is full.")

    async def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    async def note(*arguments: Any, file: BinaryIO, **named: Any) -> None:
        await note_export(*arguments, file=file, **named)
        assert list(tmp_path.iterdir()) == [], "handed out before it was noted"
        file.seek(0)
        noted.append(hashlib.sha256(file.read()).hexdigest())

    monkeypatch.setattr(module, "note_export", disk_is_full)
    assert "The disk is full." in command(*export, refused=True)
    monkeypatch.setattr(module, "note_export", killed)
    with pytest.raises(KeyboardInterrupt):
        command(*export)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(module, "note_export", note)
    command(*export)
    assert noted == [hashlib.sha256(out.read_bytes()).hexdigest()]
