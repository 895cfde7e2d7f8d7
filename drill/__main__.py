"""`make drill`: all in under 10 minutes; `make drill FULL=1`: the long runs; `make drill DRILL=relays`: one part."""

import argparse
import datetime
import json
import multiprocessing
import os
import secrets
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from drill import report
from drill.plan import PARTS, Piece, pieces
from drill.stopping import Stopped, deaf_children, end_workers, prepare_worker, stoppable, work_unless_stopped
from fuzz.running import is_possible

OUT = report.ROOT / "build" / "bench" / "trust.json"
STOPPED = 130
"""What shells say of a program that Ctrl-C ended."""


def main(arguments: list[str]) -> int:
    """Run the drill; return 0 when nothing gave way, 1 when something did, 130 when it was stopped before its end."""
    options = _parser().parse_args(arguments)
    if not is_possible():
        print("Without the fuzz targets: Atheris has no wheel for this system.")
    began, processors = time.monotonic(), os.cpu_count() or 1
    print(f"Seed {options.seed}: make drill DRILL='--seed {options.seed}' makes the same choices again")
    wanted = list(pieces(full=options.full, seed=options.seed, only=tuple(options.parts), share=options.share))
    figures, done = _run(wanted, processors)
    stopped = done < len(wanted)
    figures |= {
        "seed": options.seed,
        "seconds": round(time.monotonic() - began),
        "processors": processors,
        "full": int(options.full),
        **({"stopped": 1} if stopped else {}),
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"\n{report.table(figures)}\n\n{figures['seconds']} s; the figures are in {options.out}")
    if options.store and not options.parts and options.share == 1 and not stopped:
        command = "make drill FULL=1" if options.full else "make drill"
        report.store(figures, command, datetime.datetime.now(datetime.UTC).date().isoformat())
    failed = report.gave_way(figures)
    if stopped:
        print(f"Stopped: these are the figures of the {done} pieces of {len(wanted)} that were done.")
    print(f"Gave way: {', '.join(failed)}" if failed else "Nothing gave way.")
    return 1 if failed else STOPPED if stopped else 0


def _run(wanted: list[Piece], processors: int) -> tuple[dict[str, int], int]:
    """Do the pieces in as many processes as there are processors; return the sums of their figures, and how many.

    Less than all of them are done when the drill was stopped.
    """
    sums: Counter[str] = Counter()
    number, ours = 0, set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(processors, multiprocessing.get_context("spawn"), initializer=prepare_worker)
    try:
        with stoppable():
            with deaf_children():
                running = {
                    pool.submit(work_unless_stopped, piece.work, piece.seed, piece.count): piece for piece in wanted
                }
            for done in as_completed(running):
                figures = done.result()
                sums.update(figures)
                number += 1
                shown = ", ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in figures.items())
                print(f"{number} of {len(wanted)}: {running[done].words}: {shown}", flush=True)
    except Stopped:
        print("Stopping ...", flush=True)
    finally:
        if number < len(wanted):
            end_workers(pool, set(multiprocessing.active_children()) - ours)
        pool.shutdown()
    return dict(sums), number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make drill", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, "fuzz", []], help="only these; without any, all")
    parser.add_argument("--full", action="store_true", help="the long runs: hours")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**30), help="the same choices again")
    parser.add_argument("--share", type=float, default=1.0, help="so much of each part: 0.1 is a tenth")
    parser.add_argument("--out", type=Path, default=OUT, help="where the figures go")
    parser.add_argument("--store", action="store_true", help="put the table into docs/security_evidence.md")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
