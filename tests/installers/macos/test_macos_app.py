"""The parts of the macOS recipe that need no Mac: the folder, what macOS reads, the order of signing, the launcher."""

import os
import plistlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from installers.__main__ import main
from installers.checksums import NotSigned
from installers.macos import signing
from installers.macos.app_folder import arrange, compiled_files
from installers.macos.build import compiled_launcher, libraries_from_elsewhere
from installers.macos.info_plist import LANGUAGES, information, questions

MACH_O = b"\xcf\xfa\xed\xfe and code"
KEYS = {
    signing.IDENTITY: "Developer ID Application: Acme (TEAM)",
    signing.API_KEY: "key.p8",
    signing.API_KEY_ID: "ID",
    signing.API_ISSUER: "ISSUER",
}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    bundle = tmp_path / "bundle"
    for name in ("bin/deskside", "lib/libpython3.11.dylib", "lib/python3.11/lib-dynload/_ssl.so"):
        (bundle / name).parent.mkdir(parents=True, exist_ok=True)
        (bundle / name).write_bytes(MACH_O)
    (bundle / "lib" / "python3.11" / "os.py").write_text("")
    (bundle / "licences").mkdir()
    (bundle / "licences" / "README.txt").write_text("terms")
    made = tmp_path / "Deskside.app"
    arrange(bundle, MACH_O, made, version="1.2.3")
    return made


def test_python_finds_its_library_and_everything_is_where_signing_expects_it(app: Path) -> None:
    contents = app / "Contents"
    assert {path.name for path in contents.iterdir()} == {"Info.plist", "PkgInfo", "MacOS", "Resources", "lib"}
    assert {path.name for path in (contents / "MacOS").iterdir()} == {"Deskside", "python3"}
    assert (contents / "MacOS" / "Deskside").stat().st_mode & 0o111 == 0o111
    assert (contents / "MacOS" / ".." / "lib" / "python3.11" / "os.py").is_file()
    assert not (contents / "lib").readlink().is_absolute()
    assert (contents / "Resources" / "licences" / "README.txt").read_text() == "terms"


def test_macos_reads_which_program_it_is_and_why_it_asks(app: Path) -> None:
    told = plistlib.loads((app / "Contents" / "Info.plist").read_bytes())
    assert told == information("1.2.3")
    assert (app / "Contents" / "MacOS" / told["CFBundleExecutable"]).is_file()
    assert told["CFBundleLocalizations"] == list(LANGUAGES)
    for language in LANGUAGES:
        strings = app / "Contents" / "Resources" / f"{language}.lproj" / "InfoPlist.strings"
        assert plistlib.loads(strings.read_bytes()) == questions(language)
    assert len({text for language in LANGUAGES for text in questions(language).values()}) == 2 * len(LANGUAGES)


def test_nothing_of_it_is_registered_beyond_the_session() -> None:
    assert not {"CFBundleURLTypes", "CFBundleDocumentTypes", "UTExportedTypeDeclarations"} & set(information("1"))


def test_what_is_inside_is_signed_before_what_contains_it(app: Path) -> None:
    run = signing.commands(app, app.with_suffix(".zip"), Path("allowed.plist"), KEYS)
    signed = [Path(command[-1]) for command in run if command[:2] == ["codesign", "--force"]]
    assert sorted(signed) == sorted([*compiled_files(app), app])
    for at, path in enumerate(signed):
        assert not any(later.is_relative_to(path) for later in signed[at + 1 :])
    assert all({"--options", "runtime", "--timestamp"} <= set(command) for command in run if "--force" in command)
    steps = [" ".join(command[:3]) for command in run]
    notarized, stapled = steps.index("xcrun notarytool submit"), steps.index("xcrun stapler staple")
    assert notarized < stapled < len(steps) - 1
    assert run[-1][0] == "ditto", "the archive that is given away has the ticket in it"


def test_only_programs_get_rights_and_only_the_microphone(app: Path) -> None:
    run = signing.commands(app, app.with_suffix(".zip"), Path("allowed.plist"), KEYS)
    with_rights = {Path(command[-1]).name for command in run if "--entitlements" in command}
    assert with_rights == {"Deskside", "python3", "Deskside.app"}


@pytest.mark.parametrize("name", list(KEYS))
def test_without_one_of_the_keys_nothing_is_run(app: Path, name: str) -> None:
    with pytest.raises(NotSigned, match=name):
        signing.sign(app, app.with_suffix(".zip"), {**KEYS, name: ""})


def test_a_library_from_a_folder_of_the_builders_computer_is_noticed() -> None:
    told = (
        "_ssl.so:\n\t/usr/lib/libSystem.B.dylib (compatibility version 1.0.0)\n"
        "\t/DLC/pkg/libssl.3.dylib (compatibility version 3.0.0)\n\t@loader_path/libcrypto.3.dylib (compat 3)\n"
    )
    assert libraries_from_elsewhere(told, "_ssl.so") == ["/DLC/pkg/libssl.3.dylib"]
    assert libraries_from_elsewhere(told, "libssl.3.dylib") == []


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_the_launcher_says_where_the_app_lies_and_keeps_other_pythons_out(app: Path, tmp_path: Path) -> None:
    programs = app / "Contents" / "MacOS"
    (programs / "Deskside").write_bytes(compiled_launcher(tmp_path))
    (programs / "python3").write_text('#!/bin/sh\necho "$DESKSIDE_FILE|${PYTHONPATH-none}|${PYTHONHOME-none}|$*"\n')
    (programs / "python3").chmod(0o755)
    link = tmp_path / "link"
    link.symlink_to(programs / "Deskside")
    environment = os.environ | {"PYTHONPATH": "/elsewhere", "PYTHONHOME": "/elsewhere"}
    done = subprocess.run(
        [link, "--help", "a b"], env=environment, capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == f"{app}|none|none|-I -B -m customer_client.app --help a b\n"


@pytest.mark.skipif(sys.platform == "darwin", reason="here the build would begin")
def test_elsewhere_than_on_a_mac_the_build_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", "--target", "macos", "--out", str(tmp_path)]) == 1
    assert "built on a Mac" in capsys.readouterr().err
