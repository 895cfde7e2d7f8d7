"""The drill's figures: what they must be, how they are printed, and where they are kept."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EVIDENCE = ROOT / "docs" / "security_evidence.md"

ROWS = (
    ("kills", "`kill -9` of a relay under load, or of a client that writes its record", "acknowledged_events_lost"),
    (
        "acknowledged_events",
        "events acknowledged before those kills, looked for afterwards",
        "acknowledged_events_lost",
    ),
    ("mutations", "random mutations of an export", "mutations_accepted"),
    ("tamperings", "changes to the relay's rows by root, triggers dropped", "tamperings_unnoticed"),
    ("tamperings", "the same, named with the exact event", "tamperings_misnamed"),
    ("hostile_schedules", "schedules of a relay that attacks the handshake", "hostile_schedules_split"),
    ("split_view_runs", "runs of a two-faced log against three witnesses", "conflicting_checkpoints_cosigned"),
    ("endpoint_probes", "cells of role × endpoint × whose session", "unexpected_allows"),
    ("fuzz_executions", "inputs tried on the parsers", "fuzz_crashes"),
)
"""How often, what, and the figure that must be 0."""

_BEGIN, _END = "<!-- drill: begin -->", "<!-- drill: end -->"


def gave_way(figures: dict[str, int]) -> list[str]:
    """Return the figures that must be 0 and are not."""
    return sorted({bad for _, _, bad in ROWS if figures.get(bad, 0)} | ({"unexpected_refusals"} & _above_zero(figures)))


def table(figures: dict[str, int]) -> str:
    """Return the figures measured as a Markdown table."""
    lines = ["| tried | what | gave way | how often |", "|---:|---|---|---:|"]
    lines += [
        f"| {figures[often]:,} | {what} | {bad.replace('_', ' ')} | **{figures[bad]:,}** |"
        for often, what, bad in ROWS
        if often in figures
    ]
    return "\n".join(lines)


def store(figures: dict[str, int], command: str, day: str) -> None:
    """Put the table into docs/security_evidence.md, between its two marks."""
    text = EVIDENCE.read_text(encoding="utf-8")
    minutes = max(1, round(figures["seconds"] / 60))
    note = f"`{command}` on {day}, {minutes} minutes on {figures['processors']} processors, seed {figures['seed']}:"
    inside = f"{_BEGIN}\n{note}\n\n{table(figures)}\n{_END}"
    EVIDENCE.write_text(re.sub(f"{_BEGIN}.*{_END}", lambda _: inside, text, flags=re.DOTALL), encoding="utf-8")


def _above_zero(figures: dict[str, int]) -> set[str]:
    return {name for name, value in figures.items() if value}
