"""The tools' figures beside their targets: as a table, and in docs/benchmarks.md. Pure but for `store`."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.picture.report import DOCUMENT, FOLDER, with_generated

STORED = FOLDER / "tools.json"
BEGIN, END = "<!-- tools: begin (written by make bench) -->", "<!-- tools: end -->"

LATENCY_FACTOR, LATENCY_MARGIN_MS = 1.5, 20.0
LINK_MBIT_S, LINK_SHARE = 20.0, 0.8
RESUME_S = 5.0
PANIC_MS = 200.0

Result = dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """One figure. `target` is in words, empty for a figure that has none; `met` is then None."""

    what: str
    value: float
    unit: str
    target: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        """Whether the target was met, in a word."""
        return {None: "", True: "met", False: "missed"}[self.met]


def findings(result: Result) -> list[Finding]:
    """Return every figure that `result` (the content of tools.json) has."""
    parts: dict[str, Callable[[dict[str, Any]], list[Finding]]] = {
        "input_latency_ms": _input_latency,
        "file_mbit_s": _files,
        "resume_s": _resume,
        "panic_stop_ms": _panic_stop,
    }
    return [finding for name, found in parts.items() if name in result for finding in found(result[name])]


def all_met(result: Result) -> bool:
    """Return whether no target was missed."""
    return all(finding.met is not False for finding in findings(result))


def table(result: Result) -> str:
    """Return the figures as plain text, with what was asked for and whether it was met."""
    rows = [
        f"{each.what:52} {each.value:>8g} {each.unit:7} {each.target:32} {each.verdict}" for each in findings(result)
    ]
    return "\n".join(row.rstrip() for row in rows)


def markdown(result: Result) -> str:
    """Return the figures as a table of docs/benchmarks.md."""
    counts = result["counts"]
    transfers = f"medians of {counts['transfers']} files" if counts["transfers"] > 1 else "one file"
    rows = [f"{counts['outages']} outages, {counts['presses']} presses, {transfers} on each line.", ""]
    rows += ["| what | figure | target | |", "|---|---|---|---|"]
    rows += [
        f"| {each.what} | {each.value:g} {each.unit} | {each.target} | {each.verdict} |" for each in findings(result)
    ]
    return "\n".join(rows)


def store(result: Result, document: Path = DOCUMENT, stored: Path = STORED) -> None:
    """Keep `result` with the source: the figures, and the generated part of docs/benchmarks.md.

    Raises:
        ValueError: the document has lost its markers.
    """
    text = with_generated(document.read_text(encoding="utf-8"), markdown(result), BEGIN, END)
    stored.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    document.write_text(text, encoding="utf-8")


def _input_latency(found: dict[str, Any]) -> list[Finding]:
    idle, during = found["idle"], found["during_transfer"]
    most = round(LATENCY_FACTOR * idle["p95"] + LATENCY_MARGIN_MS, 1)
    target = f"at most {most:g} (1.5 x idle + 20)"
    return [
        Finding("a key's way, nothing else on the line, p50", idle["p50"], "ms"),
        Finding("a key's way, nothing else on the line, p95", idle["p95"], "ms"),
        Finding("a key's way beside a file, p50", during["p50"], "ms"),
        Finding("a key's way beside a file, p95", during["p95"], "ms", target, during["p95"] <= most),
    ]


def _files(found: dict[str, Any]) -> list[Finding]:
    least, emulated = LINK_SHARE * LINK_MBIT_S, found["emulated_20_mbit"]
    return [
        Finding("a file, nothing in between", found["loopback"], "Mbit/s"),
        Finding("a file on 20 Mbit/s", emulated, "Mbit/s", f"at least {least:g} (80 %)", emulated >= least),
    ]


def _resume(found: dict[str, Any]) -> list[Finding]:
    return [
        Finding("back after an outage, p50", found["p50"], "s"),
        Finding("back after an outage, p95", found["p95"], "s", f"at most {RESUME_S:g}", found["p95"] <= RESUME_S),
    ]


def _panic_stop(found: dict[str, Any]) -> list[Finding]:
    return [
        Finding("stopped after the panic keys, p50", found["p50"], "ms"),
        Finding(
            "stopped after the panic keys, longest",
            found["max"],
            "ms",
            f"at most {PANIC_MS:g}",
            found["max"] <= PANIC_MS,
        ),
    ]
