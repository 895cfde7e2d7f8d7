"""The Windows file's signature, made with a certificate of our own: it holds for any name and for no other byte."""

import datetime
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from installers import authenticode, bill_of_materials, checksums, windows
from installers.__main__ import main

NEEDED = ("osslsigncode", "x86_64-w64-mingw32-gcc")

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, NEEDED)),
    reason=f"needs {' and '.join(NEEDED)}: setup/system_packages.py client brings them",
)


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def certificate(key: RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Nobody's test certificate")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
        .sign(key, SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


@pytest.fixture
def environment(key: RSAPrivateKey, certificate: str) -> dict[str, str]:
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {authenticode.CERTIFICATE_VARIABLE: certificate, authenticode.KEY_VARIABLE: text}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder as a build leaves it; the program in it is a small one, which is signed like a large one."""
    folder = tmp_path / "client"
    folder.mkdir()
    command = ["x86_64-w64-mingw32-gcc", "-s", "-x", "c", "-", "-o", str(folder / windows.NAME)]
    subprocess.run(command, input=b"int main(void) { return 0; }", check=True)
    sha256 = checksums.sha256_of(folder / windows.NAME)
    bill_of_materials.write(
        folder / windows.BILL_OF_MATERIALS, version="1.0", sha256=sha256, packages=[], system=[], python="3.11.9"
    )
    checksums.write(folder, [windows.NAME, windows.BILL_OF_MATERIALS])
    return folder


def test_a_signature_holds_under_any_name_and_breaks_with_one_byte(
    out: Path, environment: dict[str, str], certificate: str, tmp_path: Path
) -> None:
    authority = tmp_path / "authority.pem"
    authority.write_text(certificate)
    assert not authenticode.verifies(out / windows.NAME, authority)
    windows.sign(out, environment)
    renamed = Path(shutil.copyfile(out / windows.NAME, tmp_path / "Deskside-K7QF-2MXP-PBW5 (1).exe"))
    assert authenticode.verifies(renamed, authority)
    changed = bytearray(renamed.read_bytes())
    changed[len(changed) // 3] ^= 1
    renamed.write_bytes(changed)
    assert not authenticode.verifies(renamed, authority)


def test_the_sum_and_the_bill_of_materials_follow_the_signature(out: Path, environment: dict[str, str]) -> None:
    windows.sign(out, environment)
    assert checksums.changed(out) == []
    told = json.loads((out / windows.BILL_OF_MATERIALS).read_text())["metadata"]["component"]["hashes"]
    assert told == [{"alg": "SHA-256", "content": checksums.sha256_of(out / windows.NAME)}]


def test_what_was_changed_after_the_build_is_not_signed(out: Path, environment: dict[str, str]) -> None:
    with (out / windows.NAME).open("ab") as program:
        program.write(b"more")
    with pytest.raises(checksums.NotSigned, match=windows.NAME):
        windows.sign(out, environment)


def test_a_key_that_does_not_fit_is_refused_in_words(
    out: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (out / windows.NAME).read_bytes()
    monkeypatch.setenv(authenticode.CERTIFICATE_VARIABLE, environment[authenticode.CERTIFICATE_VARIABLE])
    assert main(["sign", "--out", str(out)]) == 1
    assert authenticode.KEY_VARIABLE in capsys.readouterr().err
    monkeypatch.setenv(authenticode.KEY_VARIABLE, "no key")
    assert main(["sign", "--out", str(out)]) == 1
    assert "was not signed" in capsys.readouterr().err
    assert (out / windows.NAME).read_bytes() == before
