"""The drill: its pieces add up, its figures are told, and one that is not 0 fails it."""

import json
from pathlib import Path

import pytest

from drill import __main__, parts, report
from drill.plan import PARTS, pieces

NAMED_BY_THE_ISSUE = {
    "kills",
    "acknowledged_events_lost",
    "mutations",
    "mutations_accepted",
    "hostile_schedules",
    "hostile_schedules_split",
    "conflicting_checkpoints_cosigned",
    "unexpected_allows",
    "fuzz_executions",
    "fuzz_crashes",
}


@pytest.mark.parametrize("full", [False, True])
def test_the_pieces_of_a_part_add_up_and_have_different_seeds(full: bool) -> None:
    for name, part in PARTS.items():
        own = list(pieces(full=full, seed=5, only=(name,)))
        assert sum(piece.count for piece in own) == (part.full if full else part.usually)
        assert len({piece.seed for piece in own}) == len(own)


def test_the_report_speaks_of_every_figure() -> None:
    told = {name for row in report.ROWS for name in (row[0], row[2])}
    assert told >= NAMED_BY_THE_ISSUE


def test_small_parts_return_figures_and_nothing_gives_way() -> None:
    figures = parts.mutated_exports(1, 50) | parts.hostile_relay(1, 5) | parts.two_faced_log(1, 5)
    assert figures["mutations"] == 50
    assert report.gave_way(figures) == []
    assert "| 50 | random mutations of an export | mutations accepted | **0** |" in report.table(figures)


def test_a_figure_that_is_not_0_fails_the_drill() -> None:
    assert report.gave_way({"mutations": 5, "mutations_accepted": 1}) == ["mutations_accepted"]
    assert report.gave_way({"endpoint_probes": 5, "unexpected_refusals": 2}) == ["unexpected_refusals"]


def test_the_figures_are_written_and_the_same_seed_gives_the_same_choices(tmp_path: Path) -> None:
    out = tmp_path / "trust.json"
    assert __main__.main(["disk", "--seed", "1", "--out", str(out), "--share", "0.02"]) == 0
    figures = json.loads(out.read_text())
    assert (figures["seed"], figures["tamperings_unnoticed"], figures["tamperings_misnamed"]) == (1, 0, 0)


def test_stored_figures_stand_between_their_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "evidence.md"
    page.write_text("before\n<!-- drill: begin -->\nold\n<!-- drill: end -->\nafter\n")
    monkeypatch.setattr(report, "EVIDENCE", page)
    report.store(
        {"mutations": 9, "mutations_accepted": 0, "seconds": 70, "processors": 2, "seed": 3}, "make drill", "x"
    )
    text = page.read_text()
    assert text.startswith("before\n<!-- drill: begin -->\n`make drill` on x, 1 minutes on 2 processors, seed 3:")
    assert "old" not in text
    assert text.endswith("<!-- drill: end -->\nafter\n")
