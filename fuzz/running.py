"""Runs targets under Atheris, each in a process of its own with bounds on time and memory."""

import importlib.util
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MOST_MEMORY_MB = 512
LONGEST_INPUT_S = 20
"""An input that takes longer is a hang. libFuzzer measures by the clock on the wall, and the computer may be busy."""

_START_AND_END_S = 120
_AS_A_GRANDCHILD = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode)"
"""A child's peak memory begins with its parent's; that of a small process between them does not count as much."""
_KINDS = {
    "crash": "The input that crashed it",
    "timeout": f"The input that took longer than {LONGEST_INPUT_S} s",
    "slow": "An input that took long",
    "oom": f"The input that took more than {MOST_MEMORY_MB} MiB",
    "leak": "The input whose memory was not given back",
}
"""What libFuzzer begins the name of a kept input with, before a hyphen, and what it means."""

_EXECUTED = re.compile(r"number_of_executed_units: (\d+)")
_PEAK = re.compile(r"peak_rss_mb: +(\d+)")


@dataclass(frozen=True)
class Fuzzed:
    """What came of a run. `crash` is what was printed about it, empty when there was none."""

    target: str
    executions: int
    peak_mb: int
    crash: str


def is_possible() -> bool:
    """Return whether Atheris is installed: it has wheels for some systems only."""
    return importlib.util.find_spec("atheris") is not None


def run_target(name: str, *, seconds: int, seed: int = 0) -> Fuzzed:
    """Try inputs of a target for so many seconds. `seed` 0: another search each time."""
    with tempfile.TemporaryDirectory(prefix="deskside-fuzz-") as folder:
        command = [sys.executable, "-c", _AS_A_GRANDCHILD]
        command += [sys.executable, "-m", "fuzz", name, "--seconds", str(seconds), "--seed", str(seed)]
        status, said = _run([*command, "--folder", folder], seconds + _START_AND_END_S)
        input_kept = "".join(f"\n{kind}: {data!r}" for kind, data in kept_inputs(Path(folder)))
    executed, peak = _EXECUTED.search(said), _PEAK.search(said)
    crashed = status != 0 or executed is None
    return Fuzzed(
        name,
        int(executed[1]) if executed else 0,
        int(peak[1]) if peak else 0,
        said[-6000:] + input_kept if crashed else "",
    )


def kept_inputs(folder: Path) -> list[tuple[str, bytes]]:
    """Return what libFuzzer has kept of inputs that failed, as (what the fault was, the input), sorted by it."""
    found = [(path.name.partition("-")[0], path) for path in folder.iterdir() if path.is_file()]
    return sorted((_KINDS[kind], path.read_bytes()) for kind, path in found if kind in _KINDS)


def _run(command: list[str], seconds: int) -> tuple[int, str]:
    """Return the exit status of a command and what it said; it takes its own processes along when it is given up."""
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            said, _ = process.communicate(timeout=seconds)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode, said


def search(name: str, *, seconds: int, seed: int, folder: Path) -> None:
    """Be the process that tries the inputs; does not return. An escaping error ends it with a status above 0."""
    import atheris

    with atheris.instrument_imports(include=["protocol", "relay.log.witnessing"]):
        from fuzz.catalogue import TARGETS
    from protocol.errors import PeerError

    # What aiortc says about each of many thousand refused descriptions is no news here.
    logging.disable(logging.CRITICAL)
    target = TARGETS[name]
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(target.seeds()):
        (corpus / f"seed{number}").write_bytes(data)

    def one(data: bytes) -> None:
        try:
            target.run(data)
        except PeerError:
            return

    options = {
        "max_total_time": seconds,
        "max_len": target.longest_bytes,
        "timeout": LONGEST_INPUT_S,
        "rss_limit_mb": MOST_MEMORY_MB,
        "artifact_prefix": f"{folder}{os.sep}",
        "print_final_stats": 1,
        "seed": seed,
        "verbosity": 0,
    }
    atheris.Setup([sys.argv[0], str(corpus), *(f"-{name}={value}" for name, value in options.items())], one)
    atheris.Fuzz()
