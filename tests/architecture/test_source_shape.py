"""Small files, small functions, documented modules, names from the domain, nothing unfinished. No exceptions."""

import ast
import re

import pytest

from tests.architecture.source_tree import ALL_SOURCE_FOLDERS, PACKAGES, ROOT, functions, parsed, python_files, shown

LONGEST_FILE_LINES = 400
LONGEST_FUNCTION_LINES = 60
EMPTY_NAMES = {"utils", "util", "misc", "helpers", "common", "stuff"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")


def test_every_module_says_what_it_is() -> None:
    without = [shown(path) for path in python_files(*ALL_SOURCE_FOLDERS) if not ast.get_docstring(parsed(path))]
    assert without == []


def test_no_file_is_longer_than_400_lines() -> None:
    files = python_files(*ALL_SOURCE_FOLDERS, "tests")
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE_LINES} == {}


def test_no_function_is_longer_than_60_lines() -> None:
    too_long = {
        f"{shown(path)}:{function.name}": lines
        for path in python_files(*ALL_SOURCE_FOLDERS, "tests")
        for function in functions(parsed(path))
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION_LINES
    }
    assert too_long == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [shown(path) for path in python_files(*PACKAGES) if EMPTY_NAMES & {path.stem, path.parent.name}] == []


def test_nothing_is_left_unfinished() -> None:
    files = python_files(*ALL_SOURCE_FOLDERS)
    assert [shown(path) for path in files if UNFINISHED.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_type_hints_are_shipped(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()
