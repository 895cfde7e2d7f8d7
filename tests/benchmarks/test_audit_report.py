"""From the figures of log, exports and search to their targets, the table and the document."""

import json
from pathlib import Path

import pytest

from benchmarks import audit, audit_report
from benchmarks.audit_export import export_figures

RESULT: audit_report.Result = {
    "log": {
        "events_per_s": 900.0,
        "events_per_s_without_log": 950.0,
        "proof_build_ms": 1.5,
        "append_ms": 0.9,
        "leaves": 1e6,
    },
    "export": {
        "events": 1e5,
        "size_mb": 130.0,
        "made_s": 30.0,
        "deskside_verify_s": 14.0,
        "deskside_verify_cpu_s": 13.9,
        "verify_py_s": 16.0,
        "verify_py_cpu_s": 15.9,
    },
    "search": {"sessions": 1e5, "search_p50_ms": 20.0, "search_p95_ms": 120.0, "search_worst_ms": 150.0},
}


@pytest.mark.parametrize(
    ("part", "figure", "value"),
    [("export", "deskside_verify_s", 20.0), ("export", "verify_py_s", 20.0), ("search", "search_p95_ms", 300.0)],
)
def test_each_target_can_be_missed_and_the_table_says_so(part: str, figure: str, value: float) -> None:
    assert audit_report.all_met(RESULT)
    missed = {**RESULT, part: {**RESULT[part], figure: value}}
    assert not audit_report.all_met(missed)
    assert audit_report.table(missed).count("missed") == 1


def test_the_document_takes_the_figures_between_its_markers(tmp_path: Path) -> None:
    document, stored = tmp_path / "benchmarks.md", tmp_path / "audit.json"
    document.write_text(f"before\n{audit_report.BEGIN}\nold\n{audit_report.END}\nafter\n")
    audit_report.store(RESULT, document, stored)
    assert "| verify.py, an export of 100,000 events | 16 s | under 20 | met |" in document.read_text()
    assert json.loads(stored.read_text()) == RESULT


def test_the_real_document_has_the_markers() -> None:
    text = audit_report.DOCUMENT.read_text(encoding="utf-8")
    assert text.index(audit_report.BEGIN) < text.index(audit_report.END)
    assert set(audit.PARTS) == set(RESULT)


def test_a_small_export_is_made_and_found_valid_by_both_verifiers(tmp_path: Path) -> None:
    figures = export_figures(tmp_path, 60)
    assert figures["events"] == 60
    assert figures["verify_py_cpu_s"] > 0
