"""Ctrl-C and SIGTERM: the drill ends with everything it has started, and says what it had found by then."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from drill.report import ROOT
from drill.stopping import Stopped, stoppable
from tests.support.endless_drill import PIECES, WORKERS


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_asks_for_the_end_is_heard_once_and_only_while_the_drill_runs(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stoppable():
        with pytest.raises(Stopped):
            signal.raise_signal(number)
        assert signal.getsignal(number) is before
    with stoppable():
        assert signal.getsignal(number) is not before
    assert signal.getsignal(number) is before


def test_ctrl_c_ends_all_processes_of_a_drill_and_keeps_the_figures_so_far(tmp_path: Path) -> None:
    out = tmp_path / "trust.json"
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.endless_drill", str(out)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as drill:
        assert drill.stdout is not None
        try:
            said = ""
            while said.count("child ") < WORKERS or f"1 of {PIECES + 1}" not in said:
                line = drill.stdout.readline()
                assert line, said
                said += line
            os.killpg(drill.pid, signal.SIGINT)  # as a terminal does
            said += drill.communicate(timeout=60)[0]
        finally:
            if drill.poll() is None:
                os.killpg(drill.pid, signal.SIGKILL)
    assert drill.returncode == 130, said
    assert f"1 pieces of {PIECES + 1}" in said
    assert "Traceback" not in said
    figures = json.loads(out.read_text())
    assert (figures["mutations"], figures["stopped"]) == (7, 1)
    for child in re.findall(r"^child (\d+)$", said, re.MULTILINE):
        with pytest.raises(ProcessLookupError):
            os.kill(int(child), 0)
