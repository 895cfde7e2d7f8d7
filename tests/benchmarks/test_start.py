"""The start benchmark: it times real starts, and says what it found in a file."""

import json
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import start


def test_every_start_is_timed_until_its_window_and_written_down(tmp_path: Path) -> None:
    out = tmp_path / "bench" / "start.json"
    met = start.main(["--quick", "--out", str(out)]) == 0
    figures = json.loads(out.read_text())
    assert len(figures["all_s"]) == 3
    assert min(figures["all_s"]) <= figures["median_s"] <= max(figures["all_s"])
    assert met == (figures["median_s"] < figures["target_s"])


def test_benchmarks_can_be_listed_and_a_wrong_name_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["list"]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == {
        "audit",
        "client",
        "picture",
        "recording",
        "start",
        "tools",
    }
    assert command.main(["no-such-benchmark"]) == 2
