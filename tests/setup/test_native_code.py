"""What compiling the picture's inner loops does on machines with and without a compiler."""

import shutil
from pathlib import Path

import pytest

from protocol.picture.native.library import LIBRARY_PATH, loaded
from setup import native_code
from setup.native_code import FOLDER, LIBRARY, compile_library, compiler, compiler_needs, has_headers, main
from setup.system_packages import unmet

needs_compiler = pytest.mark.skipif(compiler() is None or not has_headers(), reason="no C compiler here")


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A folder with a copy of the sources and nothing else."""
    for path in (*FOLDER.glob("*.c"), *FOLDER.glob("*.h")):
        shutil.copy(path, tmp_path)
    return tmp_path


def test_the_compiler_writes_where_the_loader_looks() -> None:
    assert FOLDER / LIBRARY == LIBRARY_PATH


@needs_compiler
def test_what_is_compiled_can_be_loaded_and_nothing_else_is_left(sources: Path) -> None:
    before = {path.name for path in sources.iterdir()}
    assert compile_library(sources) is None
    assert loaded(sources / LIBRARY) is not None
    assert {path.name for path in sources.iterdir()} == before | {LIBRARY}


@needs_compiler
def test_a_failed_build_is_one_line_and_leaves_the_old_library(sources: Path) -> None:
    (sources / LIBRARY).write_bytes(b"old")
    (sources / "movement.c").write_text("this is no C\n", encoding="utf-8")
    problem = compile_library(sources)
    assert problem is not None
    assert "movement.c:1" in problem
    assert "\n" not in problem
    assert (sources / LIBRARY).read_bytes() == b"old"


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    assert compile_library(tmp_path / "nowhere") is not None


def test_without_a_compiler_one_line_says_so_and_nothing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [need.package for need in unmet(compiler_needs())] == ["gcc"]
    assert main() == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1
    assert "works" in said[0]
    assert "gcc" in said[0]


def test_a_failed_build_does_not_fail_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(native_code, "compiler_needs", lambda: [])
    monkeypatch.setattr(native_code, "compile_library", lambda: "a.c:1: error")
    assert main() == 0
    assert "a.c:1: error" in capsys.readouterr().out
