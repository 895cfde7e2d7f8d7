"""Writes the client's own figures into docs/packaging.md, where they stand and nowhere else."""

from collections.abc import Mapping
from pathlib import Path

BEGIN, END = "<!-- figures of build/bench/client.json -->", "<!-- end of the figures -->"
_ROWS = (
    ("size of the Linux file", "linux_mb", "MB"),
    ("size of the Windows file", "windows_mb", "MB"),
    ("start to window, first time (Linux)", "cold_window_s", "s"),
    ("start to window, again (Linux)", "warm_window_s", "s"),
    ("start to the first picture (Linux)", "start_to_first_frame_s", "s"),
    ("click on the join page to the first exact picture (Linux, Chromium)", "click_to_first_frame_s", "s"),
    ("memory while sharing (Linux, resident)", "rss_streaming_mib", "MiB"),
)


def table(figures: Mapping[str, object]) -> str:
    """Return the table of `figures`, as client.json has them; what was not measured says so."""
    targets = figures["targets"]
    assert isinstance(targets, Mapping)
    lines = ["| Deskside | measured here | to be reached |", "|---|---|---|"]
    for words, name, unit in _ROWS:
        found, target = figures.get(name), targets.get(name)
        value = f"{found} {unit}" if found is not None else "not measured"
        lines.append(f"| {words} | {value} | {f'{target:g} {unit}' if target is not None else ''} |")
    same = figures["reproducible"]
    assert isinstance(same, Mapping)
    said = {True: "yes", False: "no", None: "not tried"}
    for platform, answer in same.items():
        lines.append(f"| the same bytes when built again ({platform.capitalize()}) | {said[answer]} | yes |")
    return "\n".join(lines)


def write_into(document: Path, figures: Mapping[str, object]) -> None:
    """Replace what stands between the two marks in `document`.

    Raises:
        ValueError: a mark is missing.
    """
    text = document.read_text(encoding="utf-8")
    begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    document.write_text(f"{text[:begin]}\n{table(figures)}\n{text[end:]}", encoding="utf-8")
