"""What a test leaves open fails that test, and not the one that runs when the garbage collector gets there."""

import re
import subprocess
import sys
from pathlib import Path

from tests.architecture.source_tree import ROOT

LEAKING = """
import logging
import socket

import pytest


@pytest.fixture
def opened():
    return socket.socket()


def test_leaks_at_once():
    socket.socket()


def test_after_it():
    pass


def test_leaks_in_a_circle():
    circle = [socket.socket()]
    circle.append(circle)


def test_after_the_circle():
    pass


def test_leaks_by_a_fixture(opened):
    pass


def test_after_the_fixture():
    pass


def test_leaks_by_a_log_record():
    logging.getLogger("leak").warning("%s", [socket.socket()])


def test_after_the_log_record():
    pass


async def unawaited():
    pass


def test_leaks_a_coroutine():
    circle = [unawaited()]
    circle.append(circle)


def test_fails_and_leaks():
    circle = [socket.socket()]
    circle.append(circle)
    assert not circle


def test_after_the_failed_one():
    pass
"""


def test_a_test_that_leaks_fails_and_the_next_one_does_not(tmp_path: Path) -> None:
    leaking = tmp_path / "test_leaking.py"
    leaking.write_text(LEAKING)
    options = ["-q", "-rA", "-p", "tests.conftest", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(leaking)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    named = {f"test_{name}" for name in re.findall(r"^(?:FAILED|ERROR) .*::test_(\w+)", done.stdout, re.MULTILINE)}
    everything = set(re.findall(r"def (test_\w+)", LEAKING))
    assert named == {name for name in everything if "leaks" in name}, done.stdout + done.stderr
    assert "ResourceWarning: unclosed <socket.socket" in done.stdout
    assert "was never awaited" in done.stdout
