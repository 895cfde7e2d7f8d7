"""The parts of the packages that can be judged without making them."""

import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from installers import flatpak
from installers.debian import copyright_text, package, qt
from installers.distributions import Shipped

RELAY, TECHNICIAN = (package.HERE / kind.name for kind in package.KINDS)


def test_the_desktop_entry_and_the_description_are_what_desktops_read() -> None:
    share = TECHNICIAN / "root" / "usr" / "share"
    for command in (
        ["desktop-file-validate", share / "applications" / "deskside-technician.desktop"],
        ["appstreamcli", "validate", "--no-net", share / "metainfo" / "org.deskside.Technician.metainfo.xml"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("flatpak-builder") is None, reason="make packages installs flatpak-builder")
def test_flatpak_builder_understands_the_manifest(tmp_path: Path) -> None:
    command = ["flatpak-builder", "--show-manifest", flatpak.MANIFEST]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert '"id" : "org.deskside.Technician"' in done.stdout, done.stderr


@pytest.mark.parametrize(
    "script", sorted(package.HERE.glob("*/DEBIAN/p*")), ids=lambda path: f"{path.parts[-3]}-{path.name}"
)
def test_the_scripts_dpkg_runs_stop_at_the_first_fault(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert text.startswith("#!/bin/sh\n")
    assert "\nset -e\n" in text
    subprocess.run(["sh", "-n", script], check=True, timeout=30)


def test_a_purge_never_deletes_records() -> None:
    code = [
        line for line in (RELAY / "DEBIAN" / "postrm").read_text(encoding="utf-8").splitlines() if "echo" not in line
    ]
    assert not any("rm -r" in line for line in code)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd")
def test_systemd_finds_the_service_well_confined() -> None:
    unit = RELAY / "root" / "usr" / "lib" / "systemd" / "system" / "deskside-relay.service"
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout[-500:] + done.stderr


def test_terms_name_every_part_and_the_gpl_only_where_its_codecs_are() -> None:
    parts = [Shipped("msgspec", "0.22.0", "BSD-3-Clause")]
    plain = copyright_text.of("deskside-relay", parts)
    assert " msgspec 0.22.0: BSD-3-Clause\n" in plain
    assert "GPL" not in plain
    assert "GPL-3" in copyright_text.of("deskside-technician", [*parts, Shipped("av", "18.1.0", "BSD-3-Clause")])


def test_nothing_of_this_computer_gets_into_what_is_installed_as_it_is() -> None:
    for path in package.HERE.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            assert str(Path.home()) not in path.read_text(encoding="utf-8")
            assert not path.stat().st_mode & stat.S_ISUID


def test_qt_keeps_what_the_program_imports_with_all_it_loads(tmp_path: Path) -> None:
    tree = tmp_path / "PySide6"
    library = Path(shutil.which("true") or "/bin/true").read_bytes()  # any file of machine code that loads libc alone
    kept = ("QtCore.abi3.so", "QtWidgets.abi3.so", "Qt/plugins/platforms/libqxcb.so", "Qt/translations/qtbase_de.qm")
    left = (
        "QtQml.abi3.so",
        "Qt/lib/libQt6Qml.so.6",
        "Qt/plugins/platforms/libqvnc.so",
        "Qt/translations/qtmultimedia_de.qm",
    )
    for name in (*kept, *left, "designer"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(library)
    (tree / "__init__.py").touch()
    qt.trim(tmp_path)
    assert {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()} == {*kept, "__init__.py"}
