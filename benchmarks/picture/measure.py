"""What a system costs while a scene plays: bytes on the line and CPU time on either side."""

import time
from dataclasses import dataclass

import psutil

from benchmarks.picture.namespaces import Computer
from benchmarks.picture.setting import Running


@dataclass(frozen=True)
class Reading:
    """Counters at one moment: `at` in monotonic seconds, CPU times in seconds, bytes as interfaces count them."""

    at: float
    sender_cpu_s: float
    viewer_cpu_s: float
    forth_bytes: int
    back_bytes: int


@dataclass(frozen=True)
class Cost:
    """What happened between two readings; CPU in percent of one core."""

    seconds: float
    bytes_per_s: float
    return_bytes_per_s: float
    cpu_sender_pct: float
    cpu_viewer_pct: float


def read(running: Running, sender: Computer) -> Reading:
    """Read every counter once."""
    back, forth = sender.counters()
    return Reading(
        time.monotonic(), cpu_seconds(running.sender_process), cpu_seconds(running.viewer_process), forth, back
    )


def between(first: Reading, last: Reading) -> Cost:
    """Return what the time between two readings cost."""
    seconds = last.at - first.at
    return Cost(
        seconds,
        (last.forth_bytes - first.forth_bytes) / seconds,
        (last.back_bytes - first.back_bytes) / seconds,
        100 * (last.sender_cpu_s - first.sender_cpu_s) / seconds,
        100 * (last.viewer_cpu_s - first.viewer_cpu_s) / seconds,
    )


def cpu_seconds(process: int) -> float:
    """Return the CPU time of a process and everything it started, in seconds (from /proc)."""
    top = psutil.Process(process)
    total = 0.0
    for one in (top, *top.children(recursive=True)):
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        if one is top:
            total += times.children_user + times.children_system
    return total
