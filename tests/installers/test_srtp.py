"""The encryption of pictures in the customer's file, compiled here. Compiling it is part of `make client`."""

import subprocess
import sys
from pathlib import Path

import pytest

from installers import linux, srtp
from installers.shared_libraries import needed
from installers.source_archives import SourceMissing
from installers.windows_wheels import pinned_versions

MADE = linux.KEPT / "srtp"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    (folder / srtp.MODULE).write_bytes(b"ours")
    (folder / "LICENSE").write_text("Redistribution is permitted")
    return folder


def test_the_module_that_is_compiled_is_of_the_version_that_is_tested():
    assert pinned_versions(linux.ROOT)["pylibsrtp"] == srtp.BINDING_VERSION


def test_another_pylibsrtp_than_the_known_one_is_refused_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(srtp, "version", lambda _: "0.9.1")
    with pytest.raises(SourceMissing, match=r"0\.9\.1"):
        srtp.built(tmp_path)


def test_the_check_passes_with_the_wheel_and_fails_where_there_is_no_module(tmp_path):
    srtp.check(Path(sys.executable))
    without = tmp_path / "python"
    without.write_text("#!/bin/sh\nexit 1\n")
    without.chmod(0o755)
    with pytest.raises(subprocess.CalledProcessError):
        srtp.check(without)


def test_the_wheels_module_makes_place_and_the_terms_come_along(tmp_path, made):
    libraries, licences = tmp_path / "lib", tmp_path / "licences"
    (libraries / "pylibsrtp").mkdir(parents=True)
    (libraries / "pylibsrtp" / srtp.MODULE).write_bytes(b"the wheel's")
    srtp.put_below_pylibsrtp(libraries, licences, made)
    assert (libraries / "pylibsrtp" / srtp.MODULE).read_bytes() == b"ours"
    assert "permitted" in (licences / "libsrtp" / "LICENSE").read_text()


def test_a_wheel_whose_module_has_another_name_is_not_shipped_beside_ours(tmp_path, made):
    (tmp_path / "pylibsrtp").mkdir()
    with pytest.raises(FileNotFoundError):
        srtp.put_below_pylibsrtp(tmp_path, tmp_path / "licences", made)


@pytest.mark.skipif(not list(MADE.glob("*/*.so")), reason="nothing was compiled here yet")
def test_what_was_compiled_shares_the_openssl_of_python_and_names_no_place_of_this_computer():
    module = max(MADE.glob("*/*.so"), key=lambda path: path.stat().st_mtime)
    assert {name.partition(".")[0] for name in needed(module)} == {"libcrypto", "libc"}
    assert str(linux.ROOT).encode() not in module.read_bytes()
    assert module.stat().st_size < 200_000
