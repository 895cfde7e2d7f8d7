"""`make bench BENCH=audit`: the log, exports and search, into build/bench/audit.json."""

import argparse
import json
import logging
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import audit_export, audit_limits, audit_log, audit_report, audit_search

OUT = Path(__file__).resolve().parent.parent / "build" / "bench" / "audit.json"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sizes:
    """How much each part is done with."""

    events: int
    leaves: int
    sessions: int


FULL = Sizes(audit_export.EVENTS, audit_log.LEAVES, audit_search.SESSIONS)
QUICK = Sizes(5_000, 20_000, 5_000)

PARTS: dict[str, tuple[str, Callable[[Sizes], dict[str, float]]]] = {
    "log": ("events kept and acknowledged, proofs of a large log", lambda sizes: audit_log.log_figures(sizes.leaves)),
    "export": ("both verifiers on a large export", lambda sizes: _export(sizes.events)),
    "search": ("search among many sessions", lambda sizes: audit_search.search_figures(sizes.sessions)),
}

BY_NAME_ONLY: dict[str, tuple[str, Callable[[Sizes], dict[str, float]]]] = {
    "limits": ("the largest exports there are, in about an hour and with 6 GB of disk", lambda sizes: _limits(sizes)),
}
"""What is measured only when it is asked for."""


def main(arguments: list[str]) -> int:
    """Run the benchmark; return 0 when no target was missed."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options = _parser().parse_args(arguments)
    result = measure(tuple(options.parts), QUICK if options.quick else FULL)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(audit_report.table(result))
    if options.store and set(PARTS) <= set(result) and not options.quick:
        audit_report.store(result)
    elif options.store:
        print("Nothing was stored: only all parts together in full size are.")
    return 0 if audit_report.all_met(result) else 1


def measure(parts: tuple[str, ...], sizes: Sizes) -> audit_report.Result:
    """Measure `parts`; return the figures in the shape of audit.json."""
    result: audit_report.Result = {}
    for number, name in enumerate(parts, start=1):
        words, run = (PARTS | BY_NAME_ONLY)[name]
        _log.info("%d of %d: %s", number, len(parts), words)
        began = time.monotonic()
        result[name] = run(sizes)
        _log.info("  %s (%.0f s)", result[name], time.monotonic() - began)
    return result


def _export(events: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="deskside-export-") as folder:
        return audit_export.export_figures(Path(folder), events)


def _limits(sizes: Sizes) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="deskside-limits-") as folder:
        return audit_limits.limit_figures(Path(folder), full=sizes is FULL)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench BENCH=audit", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    parser.add_argument(
        "--parts", nargs="+", choices=[*PARTS, *BY_NAME_ONLY], default=list(PARTS), help="measure only these"
    )
    parser.add_argument("--out", type=Path, default=OUT, help="where the figures go")
    parser.add_argument("--store", action="store_true", help="keep the figures: in docs/benchmarks and its page")
    return parser
