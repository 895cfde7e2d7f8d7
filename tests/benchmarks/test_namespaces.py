"""The two computers of the picture benchmark leave nothing behind, however the benchmark ends."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from benchmarks.picture.lines import LINES, LOCAL, Line
from benchmarks.picture.namespaces import NotAllowed, two_computers
from benchmarks.picture.relay_bridge import loopback_bridge

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE_S = 20.0
HOLD = """
import sys
from benchmarks.picture.lines import LINES
from benchmarks.picture.namespaces import two_computers
with two_computers(LINES["300ms"]) as computers:
    print(*(computer.holder for computer in computers), flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _only_where_namespaces_can_be_made() -> None:
    try:
        with two_computers(LOCAL):
            pass
    except NotAllowed as problem:
        pytest.skip(str(problem))


def gone(process: int) -> bool:
    """Return whether a process ends within 20 s, or has ended and only waits for its parent."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            state = Path("/proc", str(process), "stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


@pytest.mark.parametrize("line", [LOCAL, LINES["10mbit_40ms"]], ids=lambda line: line.name)
def test_an_error_between_two_computers_takes_them_away(line: Line) -> None:
    holders: list[int] = []

    def fail_between_them() -> None:
        with two_computers(line) as computers:
            holders.extend(computer.holder for computer in computers)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_between_them()
    assert len(holders) == 2
    assert all(gone(holder) for holder in holders)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_benchmark_leaves_no_namespace(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        holders = [int(word) for word in process.stdout.readline().split()]
        os.kill(process.pid, number)
        process.wait(PATIENCE_S)
    assert len(holders) == 2
    assert all(gone(holder) for holder in holders)


def test_a_computer_reaches_one_loopback_port_of_ours_beside_the_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as ours, two_computers(LINES["300ms"]) as (sender, _):
        port = ours.getsockname()[1]

        def greet() -> None:
            taken, _ = ours.accept()
            with taken:
                taken.sendall(taken.recv(100).upper())

        greeter = threading.Thread(target=greet)
        greeter.start()
        ask = f"import socket; s = socket.create_connection(('127.0.0.1', {port})); s.send(b'hello'); print(s.recv(9))"
        with loopback_bridge(sender.holder, port):
            said = subprocess.run(
                sender.command(sys.executable, "-c", ask), capture_output=True, text=True, timeout=30, check=True
            )
        greeter.join(PATIENCE_S)
        assert said.stdout.strip() == "b'HELLO'"
        assert sender.counters() == (0, 0)
