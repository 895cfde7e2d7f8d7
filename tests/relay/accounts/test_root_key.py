from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from protocol.errors import EnvironmentFault, PeerError
from protocol.pairing.certificates import device_fingerprint
from relay.accounts.root_key import public_bytes, read_root_key, write_root_key


@pytest.mark.parametrize("passphrase", [None, b"a long passphrase"])
def test_a_written_key_is_read_again_and_only_its_owner_may_read_it(tmp_path: Path, passphrase: bytes | None) -> None:
    key, path = Ed25519PrivateKey.generate(), tmp_path / "root.pem"
    write_root_key(key, path, passphrase)
    assert path.stat().st_mode & 0o777 == 0o600
    assert public_bytes(read_root_key(path, passphrase).public_key()) == public_bytes(key.public_key())


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "root.pem"
    path.write_bytes(b"something dear")
    with pytest.raises(EnvironmentFault) as caught:
        write_root_key(Ed25519PrivateKey.generate(), path, None)
    assert caught.value.code == "key_file_unusable"
    assert "already exists" in caught.value.user_text
    assert path.read_bytes() == b"something dear"


@pytest.mark.parametrize("passphrase", [None, b"another passphrase"])
def test_a_key_needs_its_passphrase(tmp_path: Path, passphrase: bytes | None) -> None:
    write_root_key(Ed25519PrivateKey.generate(), tmp_path / "root.pem", b"a long passphrase")
    with pytest.raises(PeerError) as caught:
        read_root_key(tmp_path / "root.pem", passphrase)
    assert caught.value.code == "key_file_not_accepted"


def test_other_files_and_other_keys_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x25519.pem").write_bytes(
        X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (tmp_path / "text").write_text("not a key")
    for name in ("x25519.pem", "text"):
        with pytest.raises(PeerError):
            read_root_key(tmp_path / name, None)
    with pytest.raises(EnvironmentFault):
        read_root_key(tmp_path / "missing", None)


def test_a_fingerprint_covers_both_keys() -> None:
    fingerprints = {device_fingerprint(bytes([a]) * 32, bytes([b]) * 32) for a in (1, 2) for b in (1, 2)}
    assert len(fingerprints) == 4
    assert all(len(text) == 39 for text in fingerprints)
