"""A command whose packages were not installed says so in a sentence, and shows no traceback."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from protocol.program_start import CANNOT_START, start

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The module `a_program`, which imports what its test writes into it."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "a_program", raising=False)
    return tmp_path / "a_program.py"


@pytest.mark.parametrize(("returned", "status"), [("None", 0), ("3", 3)])
def test_a_program_that_can_start_gives_its_own_status(program: Path, returned: str, status: int) -> None:
    program.write_text(f"def main():\n    return {returned}\n")
    assert start("deskside-x", "a_program", extra="x") == status


def test_what_was_not_installed_is_named_with_the_way_to_get_it(
    program: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program.write_text("import no_such_package.part\n")
    assert start("deskside-x", "a_program", extra="x") == CANNOT_START
    told = capsys.readouterr().err
    assert "deskside-x needs" in told
    assert "no_such_package" in told
    assert "[x]" in told
    assert told.count("\n") == 1


def test_a_library_of_the_system_that_is_missing_is_named(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program.write_text("raise ImportError('libEGL.so.1: cannot open shared object file: No such file or directory')\n")
    assert start("deskside-x", "a_program", extra="x") == CANNOT_START
    assert capsys.readouterr().err == "deskside-x needs a library of the system that is missing here: libEGL.so.1\n"


def test_a_part_of_python_that_is_missing_is_named(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program.write_text("def main():\n    return 0\n")
    assert start("deskside-x", "a_program", extra="x", of_python=("no_such_tk",)) == CANNOT_START
    assert "no_such_tk" in capsys.readouterr().err


def test_a_package_that_is_only_used_later_is_missed_before_the_program_runs(program: Path, capsys) -> None:
    program.write_text("def main():\n    raise AssertionError\n")
    assert start("deskside-x", "a_program", extra="x", later=("sys", "no_such_package")) == CANNOT_START
    assert "such as no_such_package" in capsys.readouterr().err


@pytest.mark.parametrize("mistake", ["import protocol.no_such_module", "from sys import no_such_name"])
def test_our_own_mistakes_keep_their_traceback(program: Path, mistake: str) -> None:
    program.write_text(mistake + "\n")
    with pytest.raises(ImportError):
        start("deskside-x", "a_program", extra="x")


@pytest.mark.parametrize(
    ("command", "blocked", "extra"),
    [
        ("deskside-relay", "litestar", "relay"),
        ("deskside-technician", "PySide6", "technician"),
        ("deskside-customer", "platformdirs", "customer"),
        ("deskside-customer", "aiortc", "customer"),
    ],
)
def test_each_command_of_an_installation_without_its_extra_ends_in_a_sentence(
    command: str, blocked: str, extra: str
) -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    module = scripts[command].partition(":")[0]
    code = (
        "import sys, importlib.abc\n"
        "class Blocked(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name.partition('.')[0] == {blocked!r}: raise ModuleNotFoundError(name=name)\n"
        f"sys.meta_path.insert(0, Blocked())\nfrom {module} import main\nsys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (CANNOT_START, "")
    assert done.stderr.startswith(f"{command} needs packages")
    assert f"whl[{extra}]" in done.stderr
    assert done.stderr.count("\n") == 1
