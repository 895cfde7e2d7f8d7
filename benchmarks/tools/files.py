"""How fast files move, and how fast keys stay meanwhile: two processes, on this machine and over an emulated line.

`file_mbit_s` is the file's bits over the time from the receiver's yes, before there is a connection for the bytes, to
the moment the file is checked and saved.
"""

import contextlib
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.picture.lines import Line
from benchmarks.picture.namespaces import two_computers
from demo.programs import DemoFailed, Program

EMULATED = Line("20mbit_40ms", rate_kbps=20_000, delay_ms=40)
LOOPBACK_BYTES = 64_000_000
EMULATED_BYTES = 60_000_000
IDLE_S = 6.0
PATIENCE_S = 120.0

Inside = Callable[..., list[str]]


@dataclass
class Pair:
    """The two sides, connected. `folder` is where files are."""

    customer: Program
    technician: Program
    folder: Path

    def transfer(self, size_bytes: int, *, to_customer: bool = True) -> float:
        """Send a file; return its Mbit/s."""
        sender, receiver = (self.technician, self.customer) if to_customer else (self.customer, self.technician)
        path = self.folder / f"measured-{size_bytes}.bin-file"
        path.write_bytes(os.urandom(size_bytes))
        sender.tell("send", send=str(path))
        began = _until(receiver, "stage", "accepted")["at"]
        saved = _until(receiver, "stage", "saved")["at"]
        path.unlink()
        return size_bytes * 8 / (float(saved) - float(began)) / 1e6


@contextlib.contextmanager
def file_pair(customer: Inside, technician: Inside) -> Iterator[Pair]:
    """Yield two connected sides; each argument turns a module's arguments into those that run it in its place."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        signing = {lane: os.urandom(32).hex() for lane in ("C", "T")}
        programs = []
        for role, inside in (("C", customer), ("T", technician)):
            given = {"role": role, "folder": str(folder / role), "signing": signing}
            program = Program(
                f"files-{role}", inside("benchmarks.tools.file_peer", json.dumps(given)), log_folder=folder
            )
            stack.callback(program.end, kill=True)
            programs.append(program)
        pair = Pair(programs[0], programs[1], folder)
        offer = _until(pair.customer, "offer")["offer"]
        pair.technician.tell("offer", offer=offer)
        pair.customer.tell("answer", answer=_until(pair.technician, "answer")["answer"])
        for program in programs:
            _until(program, "ready")
        yield pair


def file_mbit_s() -> dict[str, float]:
    """Return {"loopback", "emulated_20_mbit"} in Mbit/s.

    Raises:
        NotAllowed: this machine does not let us make network namespaces.
    """
    with file_pair(_here, _here) as pair:
        loopback = pair.transfer(LOOPBACK_BYTES)
    with two_computers(EMULATED) as (sender, viewer), file_pair(sender.module, viewer.module) as pair:
        emulated = pair.transfer(EMULATED_BYTES)
    return {"loopback": round(loopback, 1), "emulated_20_mbit": round(emulated, 2)}


def input_latency_during_transfer_ms() -> dict[str, dict[str, float]]:
    """Return {"idle": {"p50", "p95"}, "during_transfer": ...}: a key on the emulated line, without and with a file.

    From the technician's program handing the key to the line to the customer's program getting it; the file goes the
    same way.

    Raises:
        NotAllowed: this machine does not let us make network namespaces.
    """
    with two_computers(EMULATED) as (sender, viewer), file_pair(sender.module, viewer.module) as pair:
        pair.technician.tell("type", type=True)  # type: ignore[arg-type]
        idle = _keys_until(pair.customer, lambda line: False, time.monotonic() + IDLE_S)
        path = pair.folder / "measured.bin-file"
        path.write_bytes(os.urandom(EMULATED_BYTES))
        pair.technician.tell("send", send=str(path))
        _until(pair.customer, "stage", "accepted")
        during = _keys_until(pair.customer, lambda line: line.get("stage") == "saved", time.monotonic() + 120)
    return {"idle": _figures(idle), "during_transfer": _figures(during)}


def _here(*arguments: str) -> list[str]:
    return list(arguments)


def _until(program: Program, key: str, value: object = None) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        if not program.running and program.lines.empty():
            raise DemoFailed(f"{program.name} ended: {program.log.read_text(encoding='utf-8')[-2000:]}")
        try:
            line = program.next_line(timeout=5)
        except DemoFailed:
            if time.monotonic() > deadline:
                raise
            continue
        if key in line and value in (None, line[key]):
            return line


def _keys_until(program: Program, over: Callable[[dict[str, Any]], bool], deadline: float) -> list[float]:
    taken = []
    while time.monotonic() < deadline:
        line = program.next_line(timeout=30)
        if over(line):
            break
        if "key_ms" in line:
            taken.append(float(line["key_ms"]))
    return taken


def _figures(taken: list[float]) -> dict[str, float]:
    ordered = sorted(taken)
    return {"p50": round(statistics.median(ordered), 1), "p95": round(ordered[int(len(ordered) * 0.95)], 1)}
