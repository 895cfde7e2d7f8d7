"""`make bench BENCH=tools`: keys beside a file, files, outages and the panic stop, into build/bench/tools.json."""

import argparse
import json
import logging
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.picture.namespaces import NotAllowed
from benchmarks.tools import files, panic_stop, report, resume
from demo.programs import REPOSITORY, DemoFailed
from tests.support.three_networks import reason_not_possible

OUT = REPOSITORY / "build" / "bench" / "tools.json"
WITHOUT_NETWORKS = ("panic_stop_ms",)
"""What needs a display only."""

_EVERY_PRESS = 20
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Counts:
    """How often the rare things are done."""

    outages: int
    presses: int
    transfers: int
    """How often a file is sent on each line; the figure is the median."""


FULL = Counts(resume.OUTAGES, panic_stop.PRESSES, transfers=3)
QUICK = Counts(4, 20, transfers=1)

PARTS: dict[str, tuple[str, Callable[[Counts], object]]] = {
    "input_latency_ms": (
        "keys on 20 Mbit/s, 40 ms, without and beside a file",
        lambda _: files.input_latency_during_transfer_ms(),
    ),
    "file_mbit_s": (
        "files, with nothing in between and on 20 Mbit/s",
        lambda counts: _median_file_mbit_s(counts.transfers),
    ),
    "resume_s": ("outages", lambda counts: resume.measure_resume(counts.outages, _outage_told)),
    "panic_stop_ms": (
        "panic keys under full load",
        lambda counts: panic_stop.panic_stop_ms(counts.presses, told=_press_told),
    ),
}


def main(arguments: list[str]) -> int:
    """Run the benchmark; return 0 when everything wanted was measured and no target missed."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    options = _parser().parse_args(arguments)
    if reason := _obstacle(options.parts):
        print(f"The benchmark of the tools cannot run here: {reason}.")
        return 1
    result, failures = measure(tuple(options.parts), QUICK if options.quick else FULL)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(report.table(result))
    if failures:
        print("Not everything was measured:", *(f"{name}: {why}" for name, why in failures.items()), sep="\n  ")
    if options.store and set(PARTS) <= set(result):
        report.store(result)
    elif options.store:
        print("Nothing was stored: only all parts together are.")
    return 0 if report.all_met(result) and not failures else 1


def measure(parts: tuple[str, ...], counts: Counts) -> tuple[report.Result, dict[str, str]]:
    """Measure `parts`; return the figures, in the shape of tools.json, and why a part has none."""
    result: report.Result = {}
    failures: dict[str, str] = {}
    for number, name in enumerate(parts, start=1):
        words, run = PARTS[name]
        _log.info("%d of %d: %s", number, len(parts), words)
        began = time.monotonic()
        try:
            result[name] = run(counts)
        except (DemoFailed, NotAllowed, RuntimeError) as problem:
            failures[name] = str(problem)
        _log.info("  %s (%.0f s)", result.get(name, failures.get(name)), time.monotonic() - began)
    return {**result, "counts": asdict(counts)}, failures


def _obstacle(parts: list[str]) -> str:
    """Return why this machine cannot measure `parts`; empty when it can."""
    return "" if set(parts) <= set(WITHOUT_NETWORKS) else reason_not_possible()


def _median_file_mbit_s(transfers: int) -> dict[str, float]:
    taken = []
    for number in range(1, transfers + 1):
        taken.append(files.file_mbit_s())
        _log.info("  file %d: %s", number, taken[-1])
    return {line: statistics.median(each[line] for each in taken) for line in taken[0]}


def _outage_told(number: int, seconds: float) -> None:
    _log.info("  outage %d: back after %.1f s", number, seconds)


def _press_told(number: int, milliseconds: float) -> None:
    if number % _EVERY_PRESS == 0:
        _log.info("  press %d: stopped after %.0f ms", number, milliseconds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench BENCH=tools", description=__doc__)
    quick = f"{QUICK.outages} outages, {QUICK.presses} presses and {QUICK.transfers} file on each line"
    quick += f" instead of {FULL.outages}, {FULL.presses} and {FULL.transfers}"
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="measure only these")
    parser.add_argument("--out", type=Path, default=OUT, help="where the figures go")
    parser.add_argument("--store", action="store_true", help="keep the figures: in docs/benchmarks and its page")
    return parser
