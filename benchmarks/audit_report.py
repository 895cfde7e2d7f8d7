"""The figures of log, exports and search beside their targets: a table, and in docs/benchmarks.md."""

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.audit_export import TARGET_S
from benchmarks.picture.report import DOCUMENT, FOLDER, with_generated
from benchmarks.tools.report import Finding

STORED = FOLDER / "audit.json"
BEGIN, END = "<!-- audit: begin (written by make bench) -->", "<!-- audit: end -->"
SEARCH_P95_MS = 300.0

Result = dict[str, dict[str, float]]


def findings(result: Result) -> list[Finding]:
    """Return every figure that `result` (the content of audit.json) has."""
    return [
        *_log(result.get("log", {})),
        *_export(result.get("export", {})),
        *_search(result.get("search", {})),
        *_limits(result.get("limits", {})),
    ]


def all_met(result: Result) -> bool:
    """Return whether no target was missed."""
    return all(finding.met is not False for finding in findings(result))


def table(result: Result) -> str:
    """Return the figures as plain text, with what was asked for and whether it was met."""
    rows = [
        f"{each.what:64} {each.value:>9g} {each.unit:5} {each.target:14} {each.verdict}" for each in findings(result)
    ]
    return "\n".join(row.rstrip() for row in rows)


def markdown(result: Result) -> str:
    """Return the figures as a table of docs/benchmarks.md."""
    rows = ["| what | figure | target | |", "|---|---|---|---|"]
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


def _log(found: dict[str, float]) -> Iterator[Finding]:
    if not found:
        return
    yield Finding("events kept on disk and acknowledged, with the log", found["events_per_s"], "per s")
    yield Finding("events kept on disk and acknowledged, without the log", found["events_per_s_without_log"], "per s")
    yield Finding(f"building a proof in a log of {found['leaves']:,.0f} leaves", found["proof_build_ms"], "ms")
    yield Finding(f"appending to a log of {found['leaves']:,.0f} leaves", found["append_ms"], "ms")


def _export(found: dict[str, float]) -> Iterator[Finding]:
    if not found:
        return
    words, target = f"an export of {found['events']:,.0f} events", f"under {TARGET_S:g}"
    yield Finding(
        f"deskside-verify, {words}", found["deskside_verify_s"], "s", target, _met(found["deskside_verify_s"])
    )
    yield Finding(f"deskside-verify, {words}, processor time", found["deskside_verify_cpu_s"], "s")
    yield Finding(f"verify.py, {words}", found["verify_py_s"], "s", target, _met(found["verify_py_s"]))
    yield Finding(f"verify.py, {words}, processor time", found["verify_py_cpu_s"], "s")
    yield Finding(f"size of {words}", found["size_mb"], "MB")


def _met(seconds: float) -> bool:
    return seconds < TARGET_S


def _search(found: dict[str, float]) -> Iterator[Finding]:
    if not found:
        return
    words, p95 = f"a search among {found['sessions']:,.0f} sessions", found["search_p95_ms"]
    yield Finding(f"{words}, p50", found["search_p50_ms"], "ms")
    yield Finding(f"{words}, p95", p95, "ms", f"under {SEARCH_P95_MS:g}", p95 < SEARCH_P95_MS)


def _limits(found: dict[str, float]) -> Iterator[Finding]:
    for name, value in found.items():
        words, _, unit = name.rpartition("_")
        yield Finding(f"largest exports, {words.replace('_', ' ')}" if words else name, value, unit)
