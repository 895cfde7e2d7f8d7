"""What a Windows file does before its program runs, with a small program in it and in wine: unpack once, hand over."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from installers import windows_launcher
from installers.linux import KEPT
from installers.portable_executable import imported
from installers.wine import Wine, path_in_windows, windows
from setup.system_packages import unmet, windows_client_needs
from tests.support.windows_file import cache, releases, start

LACKING = [need.name for need in unmet(windows_client_needs())]

pytestmark = pytest.mark.skipif(bool(LACKING), reason=f"building for Windows needs {', '.join(LACKING)}")

SMALL_PROGRAM = r"""
#include <windows.h>
#include <stdio.h>
#include <wchar.h>
int wmain(int count, wchar_t **arguments)
{
    wchar_t told[1024], go[1024];
    swprintf(told, 1024, L"%ls.told", arguments[2]);
    swprintf(go, 1024, L"%ls.go", arguments[2]);
    FILE *file = _wfopen(told, L"w, ccs=UTF-8");
    for (int place = 1; place < count; place++)
        fwprintf(file, L"%ls\n", arguments[place]);
    fclose(file);
    if (count > 3 && wcscmp(arguments[3], L"--stay") == 0)
        for (int tenths = 0; tenths < 600 && GetFileAttributesW(go) == INVALID_FILE_ATTRIBUTES; tenths++)
            Sleep(100);
    return 0;
}
"""


@pytest.fixture
def wine() -> Iterator[Wine]:
    with windows(KEPT) as made:
        shutil.rmtree(cache(made), ignore_errors=True)
        yield made


@pytest.fixture(scope="module")
def small_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("small") / windows_launcher.PROGRAM
    command = ["x86_64-w64-mingw32-gcc", "-municode", "-static", "-s", "-x", "c", "-", "-o", made]
    subprocess.run(command, input=SMALL_PROGRAM.encode(), check=True)
    return made


def packed(folder: Path, program: Path, release: str) -> Path:
    bundle = folder / release
    (bundle / "Lib").mkdir(parents=True)
    shutil.copyfile(program, bundle / windows_launcher.PROGRAM)
    (bundle / "Lib" / "contents.txt").write_text(release)
    made = folder / f"Deskside-{release} für Sie (1).exe"
    windows_launcher.pack(bundle, made, release=release, version="1.2.3")
    return made


def told(file: Path) -> list[str]:
    """Return the arguments the program in `file` was started with, once it has said them."""
    noted = file.with_name(file.name + ".told")
    deadline = time.monotonic() + 60
    while not (noted.is_file() and noted.read_bytes().endswith(b"\n")):
        assert time.monotonic() < deadline, "the program did not start"
        time.sleep(0.05)
    lines = noted.read_text("utf-8-sig").splitlines()
    noted.unlink()
    return lines


def test_a_release_is_unpacked_once_told_its_file_and_removed_when_unused(
    wine: Wine, small_program: Path, tmp_path: Path
) -> None:
    first, second, third = (packed(tmp_path, small_program, name * 16) for name in "abc")
    (cache(wine) / "new").mkdir(parents=True)
    (cache(wine) / "new" / "half a file").write_bytes(b"an earlier start was interrupted")
    (cache(wine) / ("e" * 16)).mkdir()  # from which somebody took the program
    beside = cache(wine).parent / "another program's"
    beside.mkdir(exist_ok=True)
    start(wine, first, "--stay", "deskside://join/K7QF-2MXP-PBW5")
    assert told(first) == ["--from", path_in_windows(first), "--stay", "deskside://join/K7QF-2MXP-PBW5"]
    assert releases(wine) == ["a" * 16]
    unpacked = cache(wine) / ("a" * 16)
    assert (unpacked / windows_launcher.PROGRAM).read_bytes() == small_program.read_bytes(), "not restored as it was"
    assert sorted(path.name for path in unpacked.iterdir()) == ["Lib", windows_launcher.PROGRAM]

    contents = cache(wine) / ("a" * 16) / "Lib" / "contents.txt"
    contents.write_text("as it was")
    start(wine, first)
    assert told(first) == ["--from", path_in_windows(first)]
    assert contents.read_text() == "as it was"

    start(wine, second)
    assert told(second) == ["--from", path_in_windows(second)]
    assert releases(wine) == ["a" * 16, "b" * 16], "a release that runs was removed"

    first.with_name(first.name + ".go").touch()
    wine.end()
    start(wine, third)
    told(third)
    assert releases(wine) == ["c" * 16]
    assert beside.is_dir()


def test_names_that_nsis_would_take_for_something_else_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a $name.txt").touch()
    with pytest.raises(ValueError, match="NSIS"):
        windows_launcher.unpacking(tmp_path)


def test_a_file_with_one_changed_byte_does_not_start(wine: Wine, small_program: Path, tmp_path: Path) -> None:
    file = packed(tmp_path, small_program, "f" * 16)
    broken = bytearray(file.read_bytes())
    broken[-200] ^= 1
    file.write_bytes(broken)
    with pytest.raises(subprocess.CalledProcessError):
        start(wine, file)
    assert not cache(wine).exists()


def test_the_program_in_the_file_is_windows_own_kind_and_the_same_each_time(tmp_path: Path) -> None:
    for name in ("one", "another"):
        (tmp_path / name).mkdir()
        windows_launcher.compile_program(tmp_path / name, "1.2.3")
    one, another = (tmp_path / name / windows_launcher.PROGRAM for name in ("one", "another"))
    assert one.read_bytes() == another.read_bytes()
    assert imported(one) <= {"kernel32.dll", "msvcrt.dll", "user32.dll"}
    assert "1.2.3".encode("utf-16-le") in one.read_bytes()


def test_a_file_is_packed_to_the_same_bytes_at_another_place_and_age(small_program: Path, tmp_path: Path) -> None:
    one = packed(tmp_path / "one", small_program, "d" * 16).read_bytes()
    os.utime(small_program, (1_000_000_000, 1_000_000_000))
    assert packed(tmp_path / "another" / "place", small_program, "d" * 16).read_bytes() == one
