"""The wheels: whole, for the right computers, the same bytes twice; and (long) what pipx makes of them."""

import os
import shutil
import subprocess
import tomllib
import zipfile
from email.parser import BytesParser
from fnmatch import fnmatch
from pathlib import Path

import pytest

from demo.virtual_display import virtual_display
from installers import wheel
from tests.support.answering_relay import free_port, is_healthy
from tests.support.debian_computer import until
from tests.support.shown_window import shows_window

CODE = {"parcel/__init__.py": b"word = 'kept'\n", "parcel/loops.so": b"\x7fELF"}
TOLD = b"Wheel-Version: 1.0\nGenerator: setuptools\nRoot-Is-Purelib: true\nTag: py3-none-any\n\n"
ENTRIES = CODE | {"parcel-1.0.dist-info/WHEEL": TOLD, "parcel-1.0.dist-info/METADATA": b"Name: parcel\nVersion: 1.0\n"}


def test_every_file_beside_our_modules_is_in_the_wheel() -> None:
    project = tomllib.loads((wheel.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    files = [path for package in wheel.PACKAGES for path in (wheel.ROOT / package).rglob("*") if path.is_file()]
    data = [path for path in files if path.suffix not in (".py", ".pyc")]
    assert [path for path in data if not any(fnmatch(path.name, pattern) for pattern in patterns)] == []
    # Data in folders that are no packages is not looked for.
    assert [path for path in data if not any((up / "__init__.py").exists() for up in path.parents)] == []


def test_a_wheel_says_for_which_computers_it_is_and_lists_what_is_in_it(tmp_path: Path) -> None:
    made = wheel.write(tmp_path, ENTRIES, "manylinux_2_17_x86_64")
    assert made.name == "parcel-1.0-py3-none-manylinux_2_17_x86_64.whl"
    with zipfile.ZipFile(made) as archive:
        told = BytesParser().parsebytes(archive.read("parcel-1.0.dist-info/WHEEL"))
        assert (told["Tag"], told["Root-Is-Purelib"]) == ("py3-none-manylinux_2_17_x86_64", "false")
        listed = [line.split(b",")[0].decode() for line in archive.read("parcel-1.0.dist-info/RECORD").splitlines()]
        assert sorted(listed) == sorted(archive.namelist())
        assert archive.namelist()[-1] == "parcel-1.0.dist-info/RECORD"


def test_the_same_entries_give_the_same_bytes_in_whatever_order(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    first = wheel.write(tmp_path, ENTRIES, "any").read_bytes()
    assert wheel.write(tmp_path / "again", dict(reversed(ENTRIES.items())), "any").read_bytes() == first


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    back = wheel.read(wheel.write(tmp_path, ENTRIES, "any"))
    assert {name: back[name] for name in CODE} == CODE


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return wheel.build(tmp_path_factory.mktemp("wheels"))


def pipx(home: Path, *arguments: str) -> None:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "XDG_", "VIRTUAL"))
    }
    environment |= {"PIPX_HOME": str(home / "pipx"), "PIPX_BIN_DIR": str(home / "bin"), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        ["pipx", *arguments], env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.long
@pytest.mark.skipif(shutil.which("pipx") is None, reason="pipx is missing: make packages installs it")
def test_pipx_installs_all_three_programs_they_run_and_uninstalling_leaves_their_data(
    made: list[Path], tmp_path: Path
) -> None:
    everything = f"{made[-1]}[relay,technician,customer]"
    pipx(tmp_path, "install", everything, f"--pip-args=--constraint {wheel.ROOT / 'constraints.txt'}")
    programs = tmp_path / "bin"
    names = ["deskside-customer", "deskside-relay", "deskside-technician", "deskside-verify"]
    assert sorted(path.name for path in programs.iterdir()) == names
    plain = {"HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"}
    for name in names:
        done = subprocess.run(
            [programs / name, "--help"], env=plain, capture_output=True, text=True, timeout=60, check=True
        )
        assert done.stdout.startswith(f"usage: {name}")
    port = free_port()
    with virtual_display() as display, (tmp_path / "log").open("wb") as log:
        commands = [["deskside-relay", "serve", "--port", str(port)], ["deskside-technician"]]
        started = [
            subprocess.Popen(
                [programs / name, *options],
                env=plain | {"DISPLAY": display},
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
            for name, *options in commands
        ]
        try:
            until(lambda: is_healthy(port), "the relay's answer")
            until(lambda: shows_window(display, "Deskside"), "the technician's window")
        finally:
            for program in started:
                program.terminate()
                program.wait(timeout=60)
    assert "Traceback" not in (tmp_path / "log").read_text()
    pipx(tmp_path, "uninstall", "deskside")
    assert list(programs.iterdir()) == []
    assert list((tmp_path / "pipx" / "venvs").iterdir()) == []
    data = tmp_path / "home" / ".local" / "share"
    assert {path.name for path in data.iterdir()} == {"deskside-relay", "deskside-technician"}


@pytest.mark.long
def test_two_builds_give_the_same_wheels_and_only_one_has_compiled_code(made: list[Path], tmp_path: Path) -> None:
    assert [path.read_bytes() for path in wheel.build(tmp_path)] == [path.read_bytes() for path in made]
    compiled = [[name for name in wheel.read(path) if name.endswith((".so", ".dll"))] for path in made]
    assert compiled == [[], ["protocol/picture/native/libdeskside_pixels.so"]]
