"""The figures as a file, as a table, as a plot, and in docs/benchmarks.md."""

import json
from pathlib import Path
from typing import Any

from benchmarks.picture import figures, plot
from benchmarks.picture.lines import Line

REPOSITORY = Path(__file__).resolve().parent.parent.parent
DOCUMENT = REPOSITORY / "docs" / "benchmarks.md"
FOLDER = REPOSITORY / "docs" / "benchmarks"
STORED = FOLDER / "picture.json"
PLOT = FOLDER / "picture.svg"
BEGIN, END = "<!-- picture: begin (written by make bench) -->", "<!-- picture: end -->"

_HEADS = ("scene", "system", "p50 ms", "p95 ms", "frames/s", "KB/s", "CPU sender %", "CPU viewer %")
Result = dict[str, Any]


def add(result: Result, measured: dict[str, Any], system: str, line: Line) -> None:
    """Put what `run.measure_system` returned into its place in `result`; nothing when the system did not start."""
    for scene, found in measured.get("scenes", {}).items():
        if line.shaped:
            result["lines"].setdefault(line.name, {}).setdefault(scene, {})[system] = found
        else:
            kept = {name: found[name] for name in figures.FIGURES}
            result["scenes"].setdefault(scene, {})[system] = kept
    if measured and not line.shaped:
        result["rest"][system] = measured["rest"]


def write(result: Result, path: Path) -> None:
    """Write `result` as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def stored() -> Result | None:
    """Return the figures kept with the source, or None when there are none."""
    if not STORED.exists():
        return None
    kept: Result = json.loads(STORED.read_text(encoding="utf-8"))
    return kept


def store(result: Result) -> None:
    """Keep `result` with the source: figures, plot, and the generated part of docs/benchmarks.md.

    Raises:
        ValueError: the document has lost its markers.
    """
    write(result, STORED)
    PLOT.write_text(plot.svg(result), encoding="utf-8")
    DOCUMENT.write_text(with_generated(DOCUMENT.read_text(encoding="utf-8"), _generated(result)), encoding="utf-8")


def with_generated(document: str, generated: str, begin_mark: str = BEGIN, end_mark: str = END) -> str:
    """Return `document` with `generated` between the markers.

    Raises:
        ValueError: a marker is missing.
    """
    before, begin, rest = document.partition(begin_mark)
    _, end, after = rest.partition(end_mark)
    if not begin or not end:
        raise ValueError("docs/benchmarks.md has lost its markers")
    return f"{before}{begin}\n\n{generated.strip()}\n\n{end}{after}"


def table(result: Result, kept: Result | None = None) -> str:
    """Return all figures as plain text; behind ours, in brackets, how many times the stored figure they are."""
    parts = [_section("local, nothing in between", result["scenes"], (kept or {}).get("scenes", {}))]
    for line, scenes in result["lines"].items():
        parts.append(_section(line, scenes, (kept or {}).get("lines", {}).get(line, {})))
    rows = [
        f"{system:9} {name:28} {_shown(value)}"
        for system, found in result["rest"].items()
        for name, value in found.items()
    ]
    return "\n\n".join((*parts, "at rest\n" + "\n".join(rows)))


def _section(title: str, scenes: dict[str, Any], kept: dict[str, Any]) -> str:
    rows = [title, " ".join(f"{head:>14}" for head in _HEADS)]
    for scene, systems in scenes.items():
        for system, found in systems.items():
            before = kept.get(scene, {}).get(system, {}) if system == "ours" else {}
            cells = [_compared(found[name], before.get(name), name) for name in figures.FIGURES]
            rows.append(" ".join(f"{cell:>14}" for cell in (scene, system, *cells)))
    return "\n".join(rows)


def _compared(value: float | None, before: float | None, name: str) -> str:
    shown = _shown(value, name)
    return f"{shown} ({value / before:.2f}x)" if value is not None and before else shown


def _shown(value: float | None, name: str = "") -> str:
    """Return a figure for people: bytes in KB, nothing as a dash."""
    if value is None:
        return "-"
    value = value / 1000 if name == "bytes_per_s" else value
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _generated(result: Result) -> str:
    parts = [f"Medians of {result['runs']} run(s).", f"![The same figures as a plot](benchmarks/{PLOT.name})"]
    parts.append("### Nothing in between\n\n" + _markdown(result["scenes"]))
    for line, scenes in result["lines"].items():
        parts.append(f"### {line}\n\n" + _markdown(scenes))
    rest = [
        f"| {system} | {name} | {_shown(value)} |"
        for system, found in result["rest"].items()
        for name, value in found.items()
    ]
    parts.append("### At rest\n\n| system | what | figure |\n|---|---|---|\n" + "\n".join(rest))
    return "\n\n".join(parts)


def _markdown(scenes: dict[str, Any]) -> str:
    rows = ["| " + " | ".join(_HEADS) + " |", "|" + "---|" * len(_HEADS)]
    for scene, systems in scenes.items():
        for system, found in systems.items():
            cells = (scene, system, *(_shown(found[name], name) for name in figures.FIGURES))
            rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)
