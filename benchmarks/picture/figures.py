"""From two logs, drawn and seen, to figures. Pure."""

import statistics
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

Frames = Sequence[tuple[int, int]]
"""(frame number, monotonic nanoseconds), in order of time."""

FIGURES = ("latency_p50_ms", "latency_p95_ms", "fps", "bytes_per_s", "cpu_sender_pct", "cpu_viewer_pct")
Figures = dict[str, float | None]


def latencies_ms(drawn: Frames, seen: Frames) -> list[float]:
    """Return how long each frame took from drawn to first seen, in ms; frames that were never seen are left out."""
    first: dict[int, int] = {}
    for number, at in seen:
        first.setdefault(number, at)
    return [max(0.0, (first[number] - at) / 1e6) for number, at in drawn if number in first]


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the smallest value that at least `share` (0..1) of the values do not exceed; None without values."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 1000) // 1000) - 1)]


def frames_per_second(drawn: Frames, seen: Frames, began: int, ended: int) -> float:
    """Return how many different frames were seen per second while the scene played (times in ns)."""
    numbers = {number for number, _ in drawn}
    return len({number for number, at in seen if number in numbers and began <= at <= ended}) / ((ended - began) / 1e9)


def longest_freeze_ms(drawn: Frames, seen: Frames, ended: int) -> float | None:
    """Return the longest time from one new frame seen to the next, in ms, from the first frame drawn until `ended`."""
    if not drawn:
        return None
    numbers = {number for number, _ in drawn}
    times = [drawn[0][1], *(at for number, at in seen if number in numbers and at < ended), ended]
    return max(later - earlier for earlier, later in pairwise(times)) / 1e6


def median(values: Iterable[float | None]) -> float | None:
    """Return the median of the values that are there; None when none is."""
    there = [value for value in values if value is not None]
    return statistics.median(there) if there else None


def median_of(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of all `runs`, nested as they are, with the median in every place that any of them has."""
    merged: dict[str, Any] = {}
    for key in dict.fromkeys(key for run in runs for key in run):
        values = [run[key] for run in runs if key in run]
        if isinstance(values[0], dict):
            merged[key] = median_of(values)
        elif isinstance(values[0], bool):
            merged[key] = all(values)
        else:
            merged[key] = rounded(median(values))
    return merged


def rounded(value: float | None) -> float | None:
    """Return three significant digits below 1000, whole numbers above."""
    if value is None:
        return None
    return float(f"{value:.3g}") if abs(value) < 1000 else float(round(value))
