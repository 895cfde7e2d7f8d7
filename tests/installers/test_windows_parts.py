"""What goes into the Windows file: which packages and libraries, and what is written about it."""

import json
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installers import bill_of_materials, checksums, licences, windows
from installers.distributions import Shipped
from installers.portable_executable import NotAnImage, imported, rename_imports
from installers.windows_launcher import numbers
from installers.windows_wheels import pinned_versions, wanted_on_windows

ROOT = Path(__file__).resolve().parents[2]
NO_COMPILER = not shutil.which("x86_64-w64-mingw32-gcc")
needs_compiler = pytest.mark.skipif(NO_COMPILER, reason="needs mingw-w64: setup/system_packages.py client brings it")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("image")
    (folder / "codec-1-0123456789.c").write_text("__declspec(dllexport) int answer(void) { return 42; }")
    (folder / "program.c").write_text("__declspec(dllimport) int answer(void); int main(void) { return answer(); }")
    compiler = "x86_64-w64-mingw32-gcc"
    library = "codec-1-0123456789"
    subprocess.run([compiler, "-shared", f"{library}.c", "-o", f"{library}.dll"], cwd=folder, check=True)
    subprocess.run([compiler, "program.c", f"{library}.dll", "-o", "program.exe"], cwd=folder, check=True)
    return folder / "program.exe"


@needs_compiler
def test_a_program_is_led_to_a_library_with_a_shorter_name(image: Path, tmp_path: Path) -> None:
    program = Path(shutil.copyfile(image, tmp_path / "program.exe"))
    assert imported(program) == {"codec-1-0123456789.dll", "kernel32.dll", "msvcrt.dll"}
    with pytest.raises(ValueError, match="longer"):
        rename_imports(program, {"codec-1-0123456789.dll": "a-codec-with-a-long-name.dll"})
    assert rename_imports(program, {"codec-1-0123456789.dll": "codec-1.dll", "other.dll": "o.dll"}) == 1
    assert imported(program) == {"codec-1.dll", "kernel32.dll", "msvcrt.dll"}
    assert program.stat().st_size == image.stat().st_size


@needs_compiler
def test_a_library_nobody_brings_is_named(image: Path, tmp_path: Path) -> None:
    shutil.copyfile(image, tmp_path / "program.exe")
    assert windows.missing_libraries(tmp_path) == {"program.exe": {"codec-1-0123456789.dll"}}
    shutil.copyfile(image.with_name("codec-1-0123456789.dll"), tmp_path / "codec-1-0123456789.dll")
    assert windows.missing_libraries(tmp_path) == {}


@given(st.binary(max_size=200))
def test_whatever_is_no_image_is_said_to_be_none(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "no-image"
    for begin in (b"", b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0"):
        path.write_bytes(begin + data)
        with pytest.raises(NotAnImage):
            imported(path)


def test_requirements_are_read_as_windows_reads_them() -> None:
    wanted = ["a; sys_platform == 'win32'", "b; os_name == 'posix'", "C_c", "d; extra == 'tests'", "pycparser"]
    assert wanted_on_windows(wanted) == {"a", "c-c"}


def test_constraints_name_a_version_for_everything_windows_asks_for_first() -> None:
    pinned = pinned_versions(ROOT)
    assert {"av", "cryptography", "msgspec", "mss", "sounddevice"} <= set(pinned)
    assert pinned["av"].startswith("18.")


def test_a_release_is_named_by_its_contents(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    first = windows.release_of(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert len(first) == 16
    assert windows.release_of(tmp_path) != first


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("DLLs/_ssl.pyd", "extension modules"),
        ("DLLs/libssl-3.dll", "libssl-3"),
        ("DLLs/tk86t.dll", "tcl and tk"),
        ("Lib/av.libs/avcodec-62.dll", "ffmpeg: avcodec"),
        ("Lib/customer_client/data.toml", "customer_client"),
        ("Lib/modules.bin", "standard library"),
        ("deskside.exe", "deskside"),
        ("licences/LICENSE", "licences"),
        ("tcl/tcl8.6/init.tcl", "tcl and tk"),
    ],
)
def test_every_byte_belongs_to_a_part(path: str, part: str) -> None:
    assert windows.part_of(path) == part


def test_windows_gets_the_four_numbers_it_wants() -> None:
    assert (numbers("0.1.0", "."), numbers("1.2.3.dev4", ",")) == ("0.1.0.0", "1,2,3,0")


def test_terms_and_bill_of_materials_name_what_was_compiled(tmp_path: Path) -> None:
    terms, bundle = tmp_path / "terms", tmp_path / "bundle"
    for one in windows.COMPILED:
        (terms / one.name.lower()).mkdir(parents=True)
        (terms / one.name.lower() / "COPYING").write_text(f"terms of {one.name}")
    packages = [Shipped("msgspec", "0.22.0", "BSD-3-Clause")]
    licences.write_for_windows(bundle, ROOT, ROOT / "LICENSE", terms, packages, windows.COMPILED)
    told = licences.all_texts(bundle)
    for words in (
        "General Public License, version 3",
        "terms of x264",
        "msgspec",
        *(one.sha256 for one in windows.COMPILED),
    ):
        assert words in told
    target = tmp_path / "bill.json"
    bill_of_materials.write(
        target, version="1", sha256="ab" * 32, packages=packages, system=[], python="3.11.9", compiled=windows.COMPILED
    )
    parts = {one["name"]: one for one in json.loads(target.read_text())["components"]}
    assert set(parts) == {"cpython", "ffmpeg", "x264", "opus", "libsrtp", "msgspec"}
    assert parts["x264"]["externalReferences"][0]["hashes"][0]["content"] == windows.COMPILED[1].sha256


def test_the_sums_of_one_platform_stay_when_another_is_built(tmp_path: Path) -> None:
    for name in ("Deskside", "Deskside.exe", "gone"):
        (tmp_path / name).write_text(name)
    checksums.write(tmp_path, ["Deskside", "gone"])
    (tmp_path / "gone").unlink()
    checksums.write(tmp_path, ["Deskside.exe"])
    assert [line.split()[1] for line in (tmp_path / checksums.SUMS).read_text().splitlines()] == [
        "Deskside",
        "Deskside.exe",
    ]
