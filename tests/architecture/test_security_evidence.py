"""docs/security_evidence.md keeps its word: no guard or requirement is left out, and every test it names exists."""

import re

from tests.architecture.source_tree import ROOT, functions, parsed, python_files

EVIDENCE = ROOT / "docs" / "security_evidence.md"
THREATS = ROOT / "docs" / "threat_model.md"
STUDY = {
    "4": {"W": 7},
    "5": {"R": 24},
    "6": {"I": 7, "C": 5, "F": 7, "P": 7, "V": 4, "D": 6},
}
"""How many ids the study has of each kind, by the section of the document that lists them."""

ROW = re.compile(r"\| ([A-Z]\d+) [^|]*\| (.+) \|")
NAMED = re.compile(r"`(test_\w+)`")
TARGETS = re.compile(r"fuzz targets? ((?:`\w+`(?:, )?)+)")


def rows(section: str) -> dict[str, str]:
    """Return what the table of a section says of each id."""
    text = EVIDENCE.read_text(encoding="utf-8")
    start = text.index(f"\n## {section}. ")
    end = text.find("\n## ", start + 1)
    found = ROW.findall(text[start : len(text) if end < 0 else end])
    assert len({name for name, _ in found}) == len(found), "an id twice"
    return dict(found)


def weaknesses() -> list[str]:
    return re.findall(r"^\*\*(W\d+)\.", THREATS.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_guard_requirement_and_weakness_has_its_row() -> None:
    for section, kinds in STUDY.items():
        assert list(rows(section)) == [f"{kind}{number + 1}" for kind, most in kinds.items() for number in range(most)]
    assert list(rows("7")) == weaknesses()


def test_every_row_names_a_test_or_says_why_there_is_none() -> None:
    sections = [*STUDY, "7"]
    silent = [f"{section}: {name}" for section in sections for name, said in rows(section).items() if not holds(said)]
    assert silent == []


def holds(said: str) -> bool:
    """Return whether a row names tests, or says why not; not both."""
    return bool(NAMED.search(said)) is not bool(re.match(r"No test: \w", said))


def test_every_test_the_two_documents_name_exists() -> None:
    files = [path for path in python_files("tests") if path.name.startswith("test_")]
    known = {path.stem for path in files} | {node.name for path in files for node in functions(parsed(path))}
    for document in (EVIDENCE, THREATS):
        named = set(NAMED.findall(document.read_text(encoding="utf-8")))
        assert named
        assert sorted(named - known) == [], document.name


def test_every_fuzz_target_the_document_names_exists() -> None:
    catalogue = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "fuzz").glob("*_targets.py"))
    lists = TARGETS.findall(EVIDENCE.read_text(encoding="utf-8"))
    named = {name for listed in lists for name in re.findall(r"`(\w+)`", listed)}
    assert len(named) > 5
    assert [name for name in sorted(named) if f'"{name}"' not in catalogue] == []
