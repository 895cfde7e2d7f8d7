"""The client's figures: which are known without measuring again, and how the document shows them."""

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.client import DOCUMENT, answers_for
from benchmarks.client_click import click_figures
from benchmarks.client_report import BEGIN, END, table, write_into
from tests.support.fingerprints import fingerprint

FIGURES = {
    "linux_mb": 19.9,
    "cold_window_s": 0.31,
    "click_to_first_frame_s": None,
    "reproducible": {"linux": True, "windows": None},
    "targets": {"linux_mb": 22.0, "cold_window_s": 0.6},
}


def test_a_second_build_counts_for_the_file_it_was_compared_with_alone(tmp_path: Path) -> None:
    out = tmp_path / "client.json"
    sums = {"linux": "aa", "windows": "bb"}
    assert answers_for(sums, out) == {"linux": None, "windows": None}
    out.write_text(json.dumps({"sha256": {"linux": "aa", "windows": "cc"}, "reproducible": dict.fromkeys(sums, True)}))
    assert answers_for(sums, out) == {"linux": True, "windows": None}
    out.write_text(json.dumps({"reproducible": {"linux": True}}))
    assert answers_for(sums, out) == {"linux": None, "windows": None}


def test_the_document_has_every_figure_and_says_what_was_not_measured(tmp_path: Path) -> None:
    document = tmp_path / "packaging.md"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    for _ in range(2):
        write_into(document, FIGURES)
        assert document.read_text() == f"before\n{BEGIN}\n{table(FIGURES)}\n{END}\nafter\n"
    assert "| 19.9 MB | 22 MB |" in table(FIGURES)
    assert "exact picture (Linux, Chromium) | not measured |" in table(FIGURES)
    assert "(Linux) | yes | yes |" in table(FIGURES)
    assert DOCUMENT.read_text(encoding="utf-8").count(BEGIN) == 1


def test_without_a_browser_the_figures_say_why_there_is_no_click(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "Deskside.tar.gz").touch()
    monkeypatch.setattr(shutil, "which", {"chromedriver": "there"}.get)
    found = click_figures(tmp_path / "Deskside", ":99", times=1)
    assert found == {"click_to_first_frame_s": None, "click_why_not": "not there: chromium"}


def test_pictures_are_the_same_whatever_is_beside_their_colours() -> None:
    with_gaps = memoryview(bytearray(b"abc\x00def\xffGAPSghi\x07jkl\x08GAPS"))
    without = memoryview(b"abc\x01def\x02ghi\x03jkl\x04")
    other = memoryview(b"abc\x01def\x02ghi\x03jkL\x04")
    assert fingerprint(with_gaps, (2, 2), 12) == fingerprint(without, (2, 2), 8) != fingerprint(other, (2, 2), 8)
