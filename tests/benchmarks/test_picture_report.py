"""From logs to figures to the report: medians, the shape of picture.json, the table, the plot, the document."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.picture import bench, figures, plot, report, run
from benchmarks.picture.lines import LINES, LOCAL
from benchmarks.picture.scenes import SCENES
from benchmarks.picture.systems import SYSTEMS

MS = 1_000_000
SIX = ["latency_p50_ms", "latency_p95_ms", "fps", "bytes_per_s", "cpu_sender_pct", "cpu_viewer_pct"]


def measured(value: float) -> dict[str, object]:
    found = dict.fromkeys(figures.FIGURES, value) | {"longest_freeze_ms": 40.0}
    return {"scenes": {scene: dict(found) for scene in SCENES}, "rest": {"typing_exact_p50_ms": None}}


def one_run(value: float) -> report.Result:
    result: report.Result = {"scenes": {}, "lines": {}, "rest": {}}
    for line in (LOCAL, *LINES.values()):
        for system in SYSTEMS:
            report.add(result, measured(value), system, line)
    return result


def result() -> report.Result:
    return {**figures.median_of([one_run(value) for value in (1.0, 9.0, 5.0)]), "runs": 3}


def test_latency_counts_the_first_sight_of_the_frames_that_were_seen() -> None:
    drawn = [(1, 0), (2, 10 * MS), (3, 20 * MS)]
    seen = [(1, 7 * MS), (3, 25 * MS), (3, 90 * MS), (77, 30 * MS)]
    assert figures.latencies_ms(drawn, seen) == [7.0, 5.0]
    assert figures.frames_per_second(drawn, seen, 0, 100 * MS) == 20.0
    assert figures.longest_freeze_ms(drawn, seen, 100 * MS) == 65.0


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50.0), (0.95, 95.0), (1.0, 100.0), (0.001, 1.0)])
def test_percentiles_of_a_hundred_values_are_those_values(share: float, expected: float) -> None:
    assert figures.percentile([float(value) for value in range(100, 0, -1)], share) == expected


def test_without_a_single_frame_seen_there_is_no_latency_and_one_long_freeze() -> None:
    drawn = [(1, 0), (2, 10 * MS)]
    assert figures.percentile(figures.latencies_ms(drawn, []), 0.5) is None
    assert figures.longest_freeze_ms(drawn, [], 500 * MS) == 500.0


def test_the_file_has_exactly_the_agreed_shape(tmp_path: Path) -> None:
    path = tmp_path / "bench" / "picture.json"
    report.write(result(), path)
    read = json.loads(path.read_text())
    assert list(read) == ["scenes", "lines", "rest", "runs"]
    assert list(read["scenes"]) == ["idle", "typing", "scroll", "drag", "switch", "video"]
    assert all(list(systems) == ["ours", "tigervnc", "x11vnc"] for systems in read["scenes"].values())
    assert all(list(found) == SIX for systems in read["scenes"].values() for found in systems.values())
    assert list(read["lines"]) == ["10mbit_40ms", "2mbit_80ms_1loss", "10mbit_40ms_5loss", "300ms"]
    assert set(SIX) < set(read["lines"]["300ms"]["typing"]["ours"])
    assert list(read["rest"]) == ["ours", "tigervnc", "x11vnc"]
    assert read["runs"] == 3
    assert read["scenes"]["typing"]["ours"]["fps"] == 5.0


def test_a_system_that_did_not_start_is_left_out_and_the_rest_stays() -> None:
    broken = one_run(2.0)
    report.add(broken, {}, "ours", LOCAL)
    assert figures.median_of([{"scenes": {}, "lines": {}, "rest": {}}, broken]) == broken


def test_what_was_not_measured_is_named() -> None:
    lines = tuple(LINES.values())
    plan = bench.Plan(tuple(SYSTEMS), tuple(SCENES), lines, runs=1, length=run.QUICK, quick=True)
    whole = one_run(1.0)
    assert plan.missing_in(whole) == []
    del whole["lines"]["300ms"]["scroll"]["ours"], whole["scenes"]["idle"]["x11vnc"]
    assert plan.missing_in(whole) == ["x11vnc on local, idle", "ours on 300ms, scroll"]


def test_the_table_shows_every_figure_and_how_it_compares() -> None:
    shown = report.table(result(), one_run(2.5))
    assert "5 (2.00x)" in shown
    assert shown.count("tigervnc") == len(SCENES) * (1 + len(LINES)) + 1
    assert "typing_exact_p50_ms" in shown


def test_the_plot_is_a_picture_with_a_bar_for_every_figure() -> None:
    root = ElementTree.fromstring(plot.svg(result()))
    bars = [element for element in root.iter() if element.tag.endswith("rect")]
    assert len(bars) == 1 + 2 * len(SCENES) * len(SYSTEMS) + len(SYSTEMS)


def test_only_the_generated_part_of_the_document_changes() -> None:
    document = report.DOCUMENT.read_text(encoding="utf-8")
    changed = report.with_generated(document, "NEW")
    assert report.with_generated(changed, "NEW") == changed
    assert changed.partition(report.BEGIN)[0] == document.partition(report.BEGIN)[0]
    assert changed.partition(report.END)[2] == document.partition(report.END)[2]
    with pytest.raises(ValueError, match="markers"):
        report.with_generated("no markers here", "NEW")
