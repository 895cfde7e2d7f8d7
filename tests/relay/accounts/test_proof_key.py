"""The relay's proof: made with the root key, kept in one file, taken as it is now."""

import logging
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from protocol.errors import EnvironmentFault, PeerError
from protocol.pairing.certificates import root_id
from protocol.relay_proof import ExpectedRelay, check_proof
from relay.accounts.proof_key import PROOF_FILE, ProofDesk, certify_proof_key, read_proof_key, say_if_uncertified

NOW_S = 1_800_000_000
ORIGIN = "https://support.example.org"
ROOT = Ed25519PrivateKey.from_private_bytes(b"r" * 32)
EXPECTED = ExpectedRelay(ORIGIN, root_id(ROOT.public_key().public_bytes_raw()))
NONCE = b"n" * 32


def desk(folder: Path, now_s: int = NOW_S) -> ProofDesk:
    return ProofDesk(folder, ORIGIN, clock=lambda: now_s * 1000)


def test_a_certified_relay_proves_itself_and_only_its_owner_reads_the_key(tmp_path: Path) -> None:
    certify_proof_key(tmp_path, ROOT, "Acme IT", now_s=NOW_S)
    check_proof(desk(tmp_path).prove(NONCE), EXPECTED, nonce=NONCE, unix_now=NOW_S + 29 * 86_400)
    assert (tmp_path / PROOF_FILE).stat().st_mode & 0o777 == 0o600


def test_a_new_certificate_counts_at_once_and_keeps_the_key_unless_another_is_wanted(tmp_path: Path) -> None:
    first = certify_proof_key(tmp_path, ROOT, "Acme IT", now_s=NOW_S, valid_hours=1)
    running = desk(tmp_path)
    second = certify_proof_key(tmp_path, ROOT, "Acme IT", now_s=NOW_S + 7200)
    check_proof(running.prove(NONCE), EXPECTED, nonce=NONCE, unix_now=NOW_S + 7200)
    third = certify_proof_key(tmp_path, ROOT, "Acme IT", now_s=NOW_S, new_key=True)
    assert first.key == second.key != third.key


def test_a_relay_nobody_certified_says_so_when_it_starts_and_when_it_is_asked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        say_if_uncertified(tmp_path, lambda: NOW_S * 1000)
        assert "org certify-relay" in caplog.text
        with pytest.raises(PeerError) as refused:
            desk(tmp_path).prove(NONCE)
        assert refused.value.code == "relay_uncertified"
        caplog.clear()
        certify_proof_key(tmp_path, ROOT, "Acme IT", now_s=NOW_S)
        say_if_uncertified(tmp_path, lambda: NOW_S * 1000)
    assert caplog.text == ""


@pytest.mark.parametrize(("days", "said"), [(15, ""), (20, "ends soon"), (31, "has ended")])
def test_a_relay_whose_certificate_ends_or_has_ended_says_so_when_it_starts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, days: int, said: str
) -> None:
    certify_proof_key(tmp_path, ROOT, "Acme IT", now_s=NOW_S)
    with caplog.at_level(logging.WARNING):
        say_if_uncertified(tmp_path, lambda: (NOW_S + days * 86_400) * 1000)
    assert caplog.messages == [] if not said else said in caplog.text


def test_the_end_of_the_certificate_is_foretold_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    certify_proof_key(tmp_path, ROOT, "Acme IT", now_s=NOW_S)
    with caplog.at_level(logging.WARNING):
        desk(tmp_path, NOW_S + 15 * 86_400).prove(NONCE)
        assert caplog.text == ""
        late = desk(tmp_path, NOW_S + 17 * 86_400)
        late.prove(NONCE)
        late.prove(NONCE)
    assert caplog.text.count("ends soon") == 1


@pytest.mark.parametrize("content", ["", "{}", '{"key": "AAAA", "certificate": "AAAA"}'])
def test_a_file_that_is_none_is_said_in_words(tmp_path: Path, content: str) -> None:
    (tmp_path / PROOF_FILE).write_text(content)
    with pytest.raises(EnvironmentFault) as fault:
        read_proof_key(tmp_path)
    assert "certify-relay" in fault.value.user_text


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give files away")
def test_what_root_writes_belongs_to_whom_the_data_belongs_to(tmp_path: Path) -> None:
    os.chown(tmp_path, 65_534, 65_534)
    certify_proof_key(tmp_path, ROOT, "Acme IT", now_s=NOW_S)
    owner = (tmp_path / PROOF_FILE).stat()
    assert (owner.st_uid, owner.st_gid) == (65_534, 65_534)
