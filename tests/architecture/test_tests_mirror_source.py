"""Where a test is found: beside nothing, but under the same path as what it tests."""

import ast
from collections import Counter
from pathlib import Path

from tests.architecture.source_tree import (
    ALL_SOURCE_FOLDERS,
    PACKAGES,
    ROOT,
    imported_modules,
    parsed,
    python_files,
    shown,
)

TESTS = ROOT / "tests"
TOPIC_FOLDERS = {"architecture", "benchmarks", "conformance", "demo", "end_to_end", "installers", "properties", "setup"}
NOT_TESTS = {"support", "data"}


def files_with_tests() -> list[Path]:
    return [path for path in python_files("tests") if path.name.startswith("test_")]


def matches_a_module(path: Path) -> bool:
    """Return whether a module or package beside the tested folder has the file's name, or the end or start of it."""
    subject = path.stem.removeprefix("test_")
    folder = ROOT / path.parent.relative_to(TESTS)
    if not folder.is_dir():
        return False
    names = {folder.name} | {child.stem for child in folder.iterdir()}
    return any(name in subject or subject in name for name in names - {"__init__", "__pycache__"})


def test_every_test_folder_has_a_source_folder() -> None:
    strangers = {
        shown(path.parent)
        for path in files_with_tests()
        if path.relative_to(TESTS).parts[0] not in TOPIC_FOLDERS
        and not (ROOT / path.parent.relative_to(TESTS)).is_dir()
    }
    assert strangers == set()


def test_every_test_file_names_its_module_or_states_its_topic() -> None:
    mirrored = [path for path in files_with_tests() if path.relative_to(TESTS).parts[0] in PACKAGES]
    unclear = [shown(path) for path in mirrored if not matches_a_module(path) and not ast.get_docstring(parsed(path))]
    assert unclear == []


def test_every_program_has_tests() -> None:
    assert [package for package in PACKAGES if not list((TESTS / package).rglob("test_*.py"))] == []


def test_file_names_are_unique_because_test_folders_are_no_packages() -> None:
    counts = Counter(path.name for path in files_with_tests())
    assert [name for name, count in counts.items() if count > 1] == []


def test_python_files_under_tests_are_tests_or_support() -> None:
    others = {
        path.relative_to(TESTS).parts[0]
        for path in python_files("tests")
        if path.name != "conftest.py" and not path.name.startswith("test_")
    }
    assert others <= NOT_TESTS | TOPIC_FOLDERS | set(PACKAGES)


def test_what_several_test_files_use_is_no_test_file() -> None:
    importing = {
        f"{shown(path)}: {module}"
        for path in python_files(*ALL_SOURCE_FOLDERS, "tests")
        for module in imported_modules(parsed(path))
        if module.startswith("tests.") and any(part.startswith("test_") for part in module.split(".")[:-1])
    }
    assert importing == set()
