"""The documents a newcomer reads: complete, numbered once, linked to files that exist."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.source_tree import ROOT, shown

ADR_FOLDER = ROOT / "docs" / "adr"
ADR_SECTIONS = ("## Status", "## Context", "## Decision", "## Consequences", "## Measured")
ADR_LONGEST_LINES = 80
README_LONGEST_LINES = 120
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def markdown_files() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def records() -> list[Path]:
    return sorted(path for path in ADR_FOLDER.glob("*.md") if path.name != "README.md")


def configuration() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_decision_records_are_numbered_once_without_a_gap() -> None:
    assert [path.name[:5] for path in records()] == [f"{number:04d}-" for number in range(1, len(records()) + 1)]


@pytest.mark.parametrize("path", records(), ids=lambda path: path.stem)
def test_a_decision_record_has_its_sections_on_one_page(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith(f"# {path.name[:4]}")
    assert tuple(line for line in lines if line.startswith("## ")) == ADR_SECTIONS
    assert len(lines) <= ADR_LONGEST_LINES


def test_the_readme_fits_on_two_screens() -> None:
    assert 0 < len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= README_LONGEST_LINES


def test_every_console_command_is_explained_somewhere() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in markdown_files())
    assert [command for command in configuration()["project"]["scripts"] if command not in text] == []


def test_every_make_target_with_a_description_is_in_contributing() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE)
    assert targets
    assert [target for target in targets if f"make {target}" not in contributing] == []


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{shown(path)}: {target}"
        for path in markdown_files()
        for target in LINK.findall(path.read_text(encoding="utf-8"))
        if "://" not in target and not target.startswith("mailto:") and not (path.parent / target).exists()
    ]
    assert broken == []


def test_change_notes_have_a_known_kind_and_one_sentence() -> None:
    kinds = "|".join(kind["directory"] for kind in configuration()["tool"]["towncrier"]["type"])
    notes = [path for path in (ROOT / "docs" / "changes").iterdir() if path.name != "README.md"]
    assert [note.name for note in notes if not re.fullmatch(rf"\d+\.({kinds})\.md", note.name)] == []
    assert [note.name for note in notes if len(note.read_text(encoding="utf-8").splitlines()) != 1] == []
