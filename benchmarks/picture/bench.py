"""`make bench BENCH=picture`: every system, scene and line, several times; medians into build/bench/picture.json."""

import argparse
import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.picture import endurance, figures, namespaces, report, run, systems
from benchmarks.picture.lines import LINES, LOCAL, Line
from benchmarks.picture.scenes import SCENES

REPOSITORY = Path(__file__).resolve().parent.parent.parent
OUT = REPOSITORY / "build" / "bench" / "picture.json"
RUNS = 3
SCENES_ON_LINES = ("typing", "scroll")
"""What is played on slow lines, but for one full set on the line below when there is time."""

LINE_FOR_ALL_SCENES = "10mbit_40ms"


@dataclass(frozen=True)
class Plan:
    """What is measured, in which order."""

    systems: tuple[str, ...]
    scenes: tuple[str, ...]
    lines: tuple[Line, ...]
    runs: int
    length: run.Length
    quick: bool

    def scenes_on(self, line: Line) -> tuple[str, ...]:
        """Return the scenes to play on `line`."""
        if line.shaped and (self.quick or line.name != LINE_FOR_ALL_SCENES):
            return tuple(scene for scene in self.scenes if scene in SCENES_ON_LINES)
        return self.scenes

    def missing_in(self, result: dict[str, Any]) -> list[str]:
        """Return what `result` lacks, in words."""
        measured = {LOCAL.name: result["scenes"], **result["lines"]}
        return [
            f"{system} on {line.name}, {scene}"
            for line in (LOCAL, *self.lines)
            for scene in self.scenes_on(line)
            for system in self.systems
            if system not in measured.get(line.name, {}).get(scene, {})
        ]


def main(arguments: list[str]) -> int:
    """Run the benchmark; return the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options = _parser().parse_args(arguments)
    plan = _plan(options)
    try:
        result = measure(plan)
    except namespaces.NotAllowed as problem:
        print(f"The picture benchmark cannot run here: {problem}")
        return 1
    report.write(result, options.out)
    print(report.table(result, report.stored()))
    missing = plan.missing_in(result)
    if missing:
        print("Not everything was measured:", *missing, sep="\n  ")
    elif options.store:
        report.store(result)
    return 1 if missing else 0


def measure(plan: Plan) -> dict[str, Any]:
    """Return the medians of all runs, in the shape of build/bench/picture.json.

    Raises:
        NotAllowed: this machine lets us make no network namespaces.
    """
    results = []
    with run.place() as place:
        for number in range(1, plan.runs + 1):
            results.append(_one_run(place, plan, number))
    return {**figures.median_of(results), "runs": plan.runs}


def _one_run(place: run.Place, plan: Plan, number: int) -> dict[str, Any]:
    result: dict[str, Any] = {"scenes": {}, "lines": {}, "rest": {}}
    for line in (LOCAL, *plan.lines):
        for name in plan.systems:
            began = time.monotonic()
            measured = run.measure_system(place, name, line, plan.scenes_on(line), plan.length)
            report.add(result, measured, name, line)
            taken = time.monotonic() - began
            logging.getLogger(__name__).info("run %d, %s, %s: %.0f s", number, line.name, name, taken)
    if not plan.quick and endurance.SYSTEM in result["rest"]:
        result["rest"][endurance.SYSTEM] |= endurance.measure(place)
    return result


def _plan(options: argparse.Namespace) -> Plan:
    chosen = []
    for name in options.systems:
        missing = systems.missing(name)
        if missing:
            print(f"{name} is left out: no {', '.join(missing)} (Debian: {systems.PACKAGES})")
        else:
            chosen.append(name)
    runs = options.runs or (1 if options.quick else RUNS)
    lines = tuple(LINES[name] for name in options.lines if name in LINES)
    length = run.QUICK if options.quick else run.FULL
    return Plan(tuple(chosen), tuple(options.scenes), lines, runs, length, options.quick)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench BENCH=picture", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="one run, shorter scenes, two of them on slow lines, no long rest"
    )
    parser.add_argument("--runs", type=int, help="how often everything is measured (3, quick: 1)")
    parser.add_argument("--systems", nargs="+", choices=systems.SYSTEMS, default=list(systems.SYSTEMS))
    parser.add_argument("--scenes", nargs="+", choices=SCENES, default=list(SCENES))
    parser.add_argument("--lines", nargs="+", choices=[*LINES, "none"], default=list(LINES))
    parser.add_argument("--out", type=Path, default=OUT, help="where the figures go")
    parser.add_argument("--store", action="store_true", help="keep the figures: in docs/benchmarks and its pages")
    return parser
