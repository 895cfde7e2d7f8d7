"""What lies beside the file: sums and their signature, terms, parts, sizes that are announced."""

import json
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from installers import bill_of_materials, checksums, ffmpeg_source, licences, linux, sizes
from installers.__main__ import main
from installers.debian_packages import DebianPackage, owner_of
from installers.distributions import Shipped
from tests.support.client_file import BUILT

PACKAGES = [Shipped("msgspec", "0.20.0", "BSD-3-Clause")]
DEBIAN = [DebianPackage("libx264-164", "2:0.164.3095+gitbaee400-3", Path("/usr/share/doc/libx264-164/copyright"))]


def pem(key: object) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def openssl_verifies(folder: Path) -> bool:
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", checksums.PUBLIC_KEY, "-rawin"]
    command += ["-in", checksums.SUMS, "-sigfile", checksums.SIGNATURE]
    return subprocess.run(command, cwd=folder, capture_output=True, timeout=30, check=False).returncode == 0


@pytest.fixture
def release(tmp_path: Path) -> Path:
    (tmp_path / linux.NAME).write_bytes(b"the program")
    (tmp_path / linux.TARBALL).write_bytes(b"the same, packed")
    checksums.write(tmp_path, [linux.TARBALL, linux.NAME])
    return tmp_path


def test_the_sums_are_those_that_sha256sum_checks(release: Path) -> None:
    command = ["sha256sum", "--check", "--strict", checksums.SUMS]
    assert subprocess.run(command, cwd=release, capture_output=True, timeout=30, check=False).returncode == 0


def test_a_signature_is_valid_and_broken_by_one_changed_byte(release: Path) -> None:
    checksums.sign(release, {checksums.KEY_VARIABLE: pem(Ed25519PrivateKey.generate())})
    assert openssl_verifies(release)
    sums = bytearray((release / checksums.SUMS).read_bytes())
    sums[0] ^= 1
    (release / checksums.SUMS).write_bytes(sums)
    assert not openssl_verifies(release)


@pytest.mark.parametrize("key", ["", "no key", pem(generate_private_key(SECP256R1()))], ids=["none", "text", "other"])
def test_without_the_right_key_nothing_is_signed(release: Path, key: str) -> None:
    with pytest.raises(checksums.NotSigned, match=checksums.KEY_VARIABLE):
        checksums.sign(release, {checksums.KEY_VARIABLE: key})
    assert not (release / checksums.SIGNATURE).exists()


def test_what_is_not_what_was_built_is_not_signed(
    release: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (release / linux.NAME).write_bytes(b"another program")
    monkeypatch.setenv(checksums.KEY_VARIABLE, pem(Ed25519PrivateKey.generate()))
    assert main(["sign", "--out", str(release)]) == 1
    assert f"Not what SHA256SUMS says: {linux.NAME}" in capsys.readouterr().err


def test_new_sums_take_the_old_signature_away(release: Path) -> None:
    checksums.sign(release, {checksums.KEY_VARIABLE: pem(Ed25519PrivateKey.generate())})
    checksums.write(release, [linux.NAME])
    assert not (release / checksums.SIGNATURE).exists()


def test_the_terms_name_every_part_and_say_that_the_whole_is_under_the_gpl() -> None:
    text = licences.overview(PACKAGES, DEBIAN)
    for words in ("General Public License, version 3", "msgspec", "libx264-164", ffmpeg_source.SHA256):
        assert words in text


def test_the_bill_of_materials_is_cyclonedx_and_the_same_each_time(tmp_path: Path) -> None:
    target, again = tmp_path / "one.json", tmp_path / "two.json"
    for file in (target, again):
        bill_of_materials.write(file, version="0.1.0", sha256="a" * 64, packages=PACKAGES, system=DEBIAN)
    assert target.read_bytes() == again.read_bytes()
    told = json.loads(target.read_text())
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    names = [each["purl"] for each in told["components"]]
    assert "pkg:pypi/msgspec@0.20.0" in names
    assert "pkg:deb/debian/libx264-164@2%3A0.164.3095%2Bgitbaee400-3" in names
    assert len({each["bom-ref"] for each in told["components"]}) == len(names) == 4


def test_a_library_is_known_by_the_package_it_came_from(tmp_path: Path) -> None:
    assert owner_of(tmp_path) is None
    if Path("/var/lib/dpkg/status").exists():
        found = owner_of(Path("/bin/sh"))
        assert found is not None
        assert found.terms.is_file()


def test_a_source_that_is_another_file_is_not_used(tmp_path: Path) -> None:
    archive = tmp_path / "ffmpeg.tar.xz"
    assert not ffmpeg_source.is_the_source(archive)
    archive.write_bytes(b"something else")
    assert not ffmpeg_source.is_the_source(archive)


def report(folder: Path, **packed: int) -> Path:
    target = folder / "sizes.json"
    target.write_text(json.dumps({"parts": {part: {"packed": size} for part, size in packed.items()}}))
    return target


def test_a_part_that_grew_by_more_than_five_percent_is_named(tmp_path: Path) -> None:
    announced = tmp_path / "announced.json"
    sizes.announce(report(tmp_path, python=4_000_000, window=10_000), announced)
    assert sizes.unannounced(report(tmp_path, python=4_200_000, window=18_000), announced) == []
    told = sizes.unannounced(report(tmp_path, python=4_210_000, window=10_000, new=9_000), announced)
    assert [line.split()[0] for line in told] == ["python", "new"]


def test_nothing_in_the_built_file_has_grown_unannounced() -> None:
    built = BUILT / "sizes.json"
    if not built.is_file():
        pytest.skip("there is no built file here: make client makes it")
    assert sizes.unannounced(built) == [], "if it is meant: python -m installers build --announce"
