"""`make bench` runs every benchmark, `make bench BENCH=picture` one; options go along: `BENCH="picture --quick"`."""

import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from benchmarks import audit, client, recording, start
from benchmarks.picture import bench
from benchmarks.tools import bench as tools

BENCHMARKS: dict[str, tuple[str, Callable[[list[str]], int]]] = {
    "picture": ("latency, frames, bytes, CPU and exactness of the picture, against TigerVNC and x11vnc", bench.main),
    "client": ("the customer's Linux file: its size, and the time to its window, first and again", client.main),
    "start": ("how long the customer's program takes to show its window", start.main),
    "audit": ("the log, both verifiers of exports, and search among many sessions, against targets", audit.main),
    "recording": ("what recording a session costs, and how quickly a recording is opened", recording.main),
    "tools": ("keys beside a file, files, coming back after outages, and the panic stop, against targets", tools.main),
}


def main(arguments: list[str]) -> int:
    """Run the benchmark named first, or all without a name; `list` names them. Return the exit status."""
    if not arguments:
        return max(run([]) for _, run in BENCHMARKS.values())
    name, *rest = arguments
    if name in BENCHMARKS:
        return BENCHMARKS[name][1](rest)
    for known, (words, _) in BENCHMARKS.items():
        print(f"{known:10} {words}")
    return 0 if name in ("list", "--list", "-h", "--help") else 2


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """Leave as with Ctrl+C, so that everything started is taken away."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _leave)
    sys.exit(main(sys.argv[1:]))
