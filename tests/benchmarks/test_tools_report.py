"""From the tools' figures to their targets, the table and the document; and the benchmark's command."""

import json
from pathlib import Path

import pytest

from benchmarks.tools import bench, report

RESULT: report.Result = {
    "input_latency_ms": {"idle": {"p50": 21.0, "p95": 24.0}, "during_transfer": {"p50": 35.0, "p95": 56.0}},
    "file_mbit_s": {"loopback": 90.0, "emulated_20_mbit": 16.0},
    "resume_s": {"p50": 2.2, "p95": 5.0},
    "panic_stop_ms": {"p50": 4.0, "max": 200.0},
    "counts": {"outages": 20, "presses": 200, "transfers": 3},
}


def changed(part: str, **figures: object) -> report.Result:
    return RESULT | {part: RESULT[part] | figures}


def test_figures_exactly_at_their_targets_meet_them() -> None:
    assert report.all_met(RESULT)
    assert [finding.verdict for finding in report.findings(RESULT)].count("met") == 4


@pytest.mark.parametrize(
    "result",
    [
        changed("input_latency_ms", during_transfer={"p50": 35.0, "p95": 56.1}),
        changed("file_mbit_s", emulated_20_mbit=15.99),
        changed("resume_s", p95=5.01),
        changed("panic_stop_ms", max=200.1),
    ],
)
def test_each_target_can_be_missed_and_the_table_says_so(result: report.Result) -> None:
    assert not report.all_met(result)
    assert report.table(result).count("missed") == 1
    assert report.markdown(result).count("missed") == 1


def test_what_was_not_measured_is_neither_shown_nor_missed() -> None:
    only = {"panic_stop_ms": RESULT["panic_stop_ms"], "counts": RESULT["counts"]}
    assert report.all_met(only)
    assert len(report.table(only).splitlines()) == 2


def test_the_document_keeps_its_text_around_the_table_and_takes_the_newest(tmp_path: Path) -> None:
    document, stored = tmp_path / "benchmarks.md", tmp_path / "tools.json"
    document.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    for result in (changed("resume_s", p50=3.3), RESULT):
        report.store(result, document, stored)
    text = document.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "| back after an outage, p50 | 2.2 s |" in text
    assert "old" not in text
    assert "3.3 s" not in text
    assert json.loads(stored.read_text()) == RESULT


def test_a_document_without_markers_stays_as_it_is_and_no_figures_are_kept(tmp_path: Path) -> None:
    document, stored = tmp_path / "benchmarks.md", tmp_path / "tools.json"
    document.write_text("no markers\n")
    with pytest.raises(ValueError, match="markers"):
        report.store(RESULT, document, stored)
    assert document.read_text() == "no markers\n"
    assert not stored.exists()


def test_the_real_document_has_a_place_for_the_table() -> None:
    text = report.DOCUMENT.read_text(encoding="utf-8")
    assert report.BEGIN in text.partition(report.END)[0]


def test_what_needs_networks_is_refused_with_a_sentence_where_there_can_be_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(bench, "reason_not_possible", lambda: "network namespaces need root")
    out = tmp_path / "tools.json"
    assert bench.main(["--parts", "resume_s", "--out", str(out)]) == 1
    assert "cannot run here: network namespaces need root." in capsys.readouterr().out
    assert not out.exists()


def test_a_real_press_of_the_panic_keys_is_measured() -> None:
    found, failures = bench.measure(("panic_stop_ms",), bench.Counts(outages=0, presses=2, transfers=0))
    assert not failures
    assert 0 < found["panic_stop_ms"]["p50"] <= found["panic_stop_ms"]["max"]
