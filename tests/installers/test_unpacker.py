"""The unpacker as a real program, around a tiny tree instead of the real one: the full build is `make client`."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from customer_client.unpacked import remove_unpacked
from installers.archive import pack
from installers.linux import compiled_unpacker, write_tarball
from setup.system_packages import client_needs, unmet

PROGRAM = """#!/bin/sh
echo "$DESKSIDE_FILE|$TCL_LIBRARY|${PYTHONPATH-none}|$*"
"""
SAYS_WHERE_KEYS_ARE_KEPT = """#!/bin/sh
echo "$DESKSIDE_UNPACKED|$XCOMPOSECACHE"
"""


@pytest.fixture(scope="module")
def unpacker(tmp_path_factory) -> bytes:
    lacking = unmet(client_needs())
    if lacking:
        pytest.skip(f"building needs {', '.join(need.name for need in lacking)}")
    return compiled_unpacker(tmp_path_factory.mktemp("unpacker"))


@pytest.fixture
def tree(tmp_path) -> Path:
    folder = tmp_path / "tree"
    (folder / "bin").mkdir(parents=True)
    (folder / "lib" / "deep").mkdir(parents=True)
    (folder / "bin" / "deskside").write_text(PROGRAM)
    (folder / "bin" / "deskside").chmod(0o755)
    (folder / "lib" / "deep" / "большой.bin").write_bytes(bytes(range(256)) * 4000)
    (folder / "lib" / "deep" / "noise.bin").write_bytes(Random(6).randbytes(400_000))
    (folder / "lib" / "empty").write_bytes(b"")
    return folder


@pytest.fixture
def file(tree, unpacker, tmp_path) -> Path:
    made = tmp_path / "Deskside K7QF-2MXP-PBW5 (1)"
    pack(tree, unpacker, made)
    return made


def start(file: Path, home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    settings = {"HOME": str(home), "PATH": "/usr/bin:/bin", **environment}
    return subprocess.run([file, *arguments], env=settings, capture_output=True, text=True, timeout=30, check=False)


def release_in(parent: Path) -> Path:
    (release,) = [path for path in parent.iterdir() if not path.name.startswith(".")]
    return release


@pytest.fixture
def home(tmp_path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_it_becomes_the_program_and_says_where_its_own_file_lies(file, tree, home):
    done = start(file, home, "K7QF-2MXP-PBW5", "two words", PYTHONPATH="/somewhere", PYTHONHOME="/elsewhere")
    release = release_in(home / ".cache" / "deskside")
    expected = f"{file}|{release}/lib/tcl8.6|none|-I -m customer_client.app K7QF-2MXP-PBW5 two words\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, "")
    for path in tree.rglob("*"):
        assert path.is_dir() or (release / path.relative_to(tree)).read_bytes() == path.read_bytes()


def test_nobody_else_may_read_or_write_what_it_unpacked(file, home):
    start(file, home)
    made = list((home / ".cache" / "deskside").rglob("*"))
    assert len(made) >= 6
    assert {path.stat().st_mode & 0o077 for path in made} == {0}


def test_the_second_start_writes_nothing(file, home):
    start(file, home)
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*")}
    assert start(file, home).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in home.rglob("*")} == before


@pytest.mark.parametrize("harm", ["missing", "shorter", "a link"])
def test_a_damaged_folder_is_unpacked_again(file, home, harm):
    start(file, home)
    victim = release_in(home / ".cache" / "deskside") / "lib" / "deep" / "большой.bin"
    whole = victim.read_bytes()
    victim.unlink()
    if harm == "shorter":
        victim.write_bytes(whole[:-1])
    elif harm == "a link":
        victim.symlink_to("/etc/hostname")
    assert start(file, home).returncode == 0
    assert victim.read_bytes() == whole
    assert not victim.is_symlink()


def test_what_an_interrupted_start_left_is_removed(file, home):
    half = home / ".cache" / "deskside" / ".new-abcdef" / "lib"
    half.mkdir(parents=True)
    (half / "half").write_bytes(b"half")
    (home / ".cache" / "deskside").chmod(0o700)
    assert start(file, home).returncode == 0
    assert not half.parent.exists()


def test_many_starts_at_once_all_become_the_program(file, home):
    settings = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    started = [subprocess.Popen([file], env=settings, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    said = [process.communicate(timeout=30)[0] for process in started]
    assert all(process.returncode == 0 for process in started)
    assert len(set(said)) == 1
    assert "customer_client.app" in said[0]
    assert [path.name for path in (home / ".cache" / "deskside").glob(".new-*")] == []


@pytest.mark.parametrize("harm", ["others may write", "a link"])
def test_a_folder_that_others_could_change_is_not_used(file, home, tmp_path, harm):
    cache = tmp_path / "cache"
    cache.mkdir()
    strange = cache / "deskside"
    if harm == "a link":
        (tmp_path / "elsewhere").mkdir()
        strange.symlink_to(tmp_path / "elsewhere")
    else:
        strange.mkdir()
        strange.chmod(0o777)
    done = start(file, home, XDG_CACHE_HOME=str(cache))
    assert done.returncode == 0
    assert list(strange.iterdir()) == []
    assert str(release_in(home / ".cache" / "deskside")) in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_folder_of_another_user_is_not_used(file, home, tmp_path):
    cache = tmp_path / "cache"
    (cache / "deskside").mkdir(parents=True, mode=0o700)
    os.chown(cache / "deskside", 65534, 65534)
    assert start(file, home, XDG_CACHE_HOME=str(cache)).returncode == 0
    assert list((cache / "deskside").iterdir()) == []


@pytest.mark.parametrize("place", ["table", "contents", "trailer", "end"])
def test_a_broken_download_says_so_and_starts_nothing(file, home, unpacker, place):
    data = bytearray(file.read_bytes())
    if place == "end":
        del data[-20:]
    else:
        # The table begins right after the unpacker; trailer and contents are counted from the end.
        data[{"table": len(unpacker) + 15, "contents": -100, "trailer": -70}[place]] ^= 0xFF
    file.write_bytes(data)
    done = start(file, home)
    assert (done.returncode, done.stdout) == (1, "")
    assert "download it again" in done.stderr
    left = [path for path in home.rglob("*") if path.is_file()]
    assert [path.name for path in left] in ([], [".lock"]), "files are written while the sum over them is not known yet"


def test_the_same_tree_elsewhere_gives_the_same_bytes(tree, unpacker, tmp_path):
    copied = tmp_path / "another" / "place"
    shutil.copytree(tree, copied)
    for path in copied.rglob("*"):
        os.utime(path, (1, 1))
    first, second = tmp_path / "one" / "Deskside", tmp_path / "two" / "Deskside"
    for folder, made in ((tree, first), (copied, second)):
        made.parent.mkdir()
        pack(folder, unpacker, made)
        write_tarball(made)
    assert first.read_bytes() == second.read_bytes()
    names = [path.with_name("Deskside.tar.gz") for path in (first, second)]
    assert names[0].read_bytes() == names[1].read_bytes()
    listed = subprocess.run(["tar", "-tvzf", names[0]], capture_output=True, text=True, check=True).stdout
    assert listed.startswith("-rwxr-xr-x 0/0")


def test_what_the_x_library_keeps_goes_with_the_unpacked_program(tree, unpacker, tmp_path, home):
    (tree / "bin" / "deskside").write_text(SAYS_WHERE_KEYS_ARE_KEPT)
    pack(tree, unpacker, tmp_path / "made")
    release, _, kept = start(tmp_path / "made", home).stdout.strip().partition("|")
    assert kept == f"{release}/compose"
    assert Path(kept).stat().st_mode & 0o777 == 0o700
    own = start(tmp_path / "made", home, XCOMPOSECACHE="/somewhere/of/their/own").stdout.strip()
    assert own == f"{release}|/somewhere/of/their/own"


def test_another_content_is_another_release(tree, unpacker, tmp_path):
    first = pack(tree, unpacker, tmp_path / "first")
    (tree / "lib" / "empty").write_bytes(b"no more")
    assert pack(tree, unpacker, tmp_path / "second").release != first.release


WAITING = """#!/bin/sh
echo "$DESKSIDE_UNPACKED|$DESKSIDE_UNPACKED_LOCK"
read line
"""


@pytest.fixture
def waiting(tree, unpacker, tmp_path, home) -> Iterator[tuple[subprocess.Popen[str], Path, int]]:
    """An older release that runs, its folder, and the number of its lock."""
    (tree / "bin" / "deskside").write_text(WAITING)
    pack(tree, unpacker, tmp_path / "older")
    settings = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([tmp_path / "older"], env=settings, **pipes) as process:
        folder, _, number = process.stdout.readline().strip().partition("|")
        yield process, Path(folder), int(number)


def test_another_release_goes_unless_somebody_runs_it(tree, unpacker, tmp_path, home, waiting):
    process, older, _ = waiting
    (tree / "bin" / "deskside").write_text(PROGRAM)
    pack(tree, unpacker, tmp_path / "newer")
    mine = older.with_name("notes")
    mine.mkdir()
    assert start(tmp_path / "newer", home).returncode == 0
    assert older.is_dir(), "it runs"
    process.communicate("go\n", timeout=30)
    newer = next(path for path in older.parent.iterdir() if path not in (older, mine) and path.name[0] != ".")
    shutil.rmtree(newer)
    assert start(tmp_path / "newer", home).returncode == 0
    assert sorted(path.name for path in older.parent.iterdir()) == sorted([".lock", newer.name, "notes"])


def test_the_program_removes_its_own_folder_unless_another_copy_runs_from_it(home, waiting):
    process, folder, number = waiting
    handle = os.open(folder, os.O_RDONLY)
    environment = {"DESKSIDE_UNPACKED": str(folder), "DESKSIDE_UNPACKED_LOCK": str(handle)}
    try:
        assert number > 2
        assert not remove_unpacked({**environment, "DESKSIDE_UNPACKED": str(home)}), "no release"
        assert not remove_unpacked(environment), "another copy runs from it"
        process.communicate("go\n", timeout=30)
        assert remove_unpacked(environment)
    finally:
        os.close(handle)
    assert list((home / ".cache").iterdir()) == []


def test_a_link_is_never_packed(tree, unpacker, tmp_path):
    (tree / "lib" / "link").symlink_to("/etc/passwd")
    with pytest.raises(ValueError, match="is a link"):
        pack(tree, unpacker, tmp_path / "made")
