"""`python -m tests.support.endless_drill FILE`: the drill, one piece of which is done at once and the others never."""

import os
import subprocess
import sys

from drill import __main__ as drill
from drill.parts import Figures
from drill.plan import Piece

WORKERS = os.cpu_count() or 1
PIECES = 3 * WORKERS


def done_at_once(seed: int, count: int) -> Figures:
    """Return some figures."""
    return {"mutations": count, "mutations_accepted": 0}


def endless(seed: int, count: int) -> Figures:
    """Start a process of its own, say which, and wait for it."""
    sleeping = [sys.executable, "-c", "import time; time.sleep(120)"]
    with subprocess.Popen(sleeping, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        try:
            print(f"child {child.pid}", flush=True)
            child.wait()
        finally:
            child.kill()
    return {}


def main(out: str) -> int:
    """Run the drill on these pieces, more than there are processors; its figures go to `out`."""
    works = (done_at_once, *[endless] * PIECES)
    drill.pieces = lambda **_: iter([Piece("x", "pieces", work, 1, 7) for work in works])  # type: ignore[assignment]
    return drill.main(["--out", out])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
