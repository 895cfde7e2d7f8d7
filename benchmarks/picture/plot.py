"""The figures as an SVG: for each scene one bar per system, for latency and for bytes, on logarithmic scales. Pure."""

import math
from typing import Any
from xml.sax.saxutils import escape

COLOURS = {"ours": "#1a5fb4", "tigervnc": "#e5a50a", "x11vnc": "#9a9996"}
_PANELS = (("latency_p50_ms", "latency, median (ms)", 1.0), ("bytes_per_s", "bytes per second", 100.0))
_WIDTH, _LEFT, _BAR, _GAP, _TOP = 420, 70, 14, 12, 50


def svg(result: dict[str, Any]) -> str:
    """Return the plot of a result's local scenes as an SVG document."""
    scenes: dict[str, dict[str, Any]] = result["scenes"]
    height = _TOP + sum(len(found) * _BAR + _GAP for found in scenes.values()) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH * 2}" height="{height}" '
        f'font-family="sans-serif" font-size="12"><rect width="{_WIDTH * 2}" height="{height}" fill="#ffffff"/>'
    ]
    for column, (figure, title, smallest) in enumerate(_PANELS):
        parts += _panel(scenes, figure, title, smallest, column * _WIDTH)
    parts += _legend(height - 12)
    return "\n".join((*parts, "</svg>", ""))


def _panel(scenes: dict[str, dict[str, Any]], figure: str, title: str, smallest: float, left: int) -> list[str]:
    values = [found[figure] for systems in scenes.values() for found in systems.values() if found[figure]]
    room, largest = _WIDTH - _LEFT - 60, max([smallest * 10, *values])
    parts = [f'<text x="{left + _LEFT}" y="30" font-weight="bold">{escape(title)}</text>']
    top = _TOP
    for scene, systems in scenes.items():
        parts.append(f'<text x="{left + _LEFT - 6}" y="{top + 14}" text-anchor="end">{escape(scene)}</text>')
        for system, found in systems.items():
            value = found[figure] or 0.0
            share = math.log(max(value, smallest) / smallest) / math.log(largest / smallest)
            end = left + _LEFT + max(1.0, share * room)
            colour = COLOURS.get(system, "#000000")
            parts.append(
                f'<rect x="{left + _LEFT}" y="{top}" width="{end - left - _LEFT:.1f}" height="{_BAR - 2}" '
                f'fill="{colour}"/><text x="{end + 4:.1f}" y="{top + 10}" font-size="10">{_number(value)}</text>'
            )
            top += _BAR
        top += _GAP
    return parts


def _legend(top: int) -> list[str]:
    parts = []
    for place, (system, colour) in enumerate(COLOURS.items()):
        left = _LEFT + place * 110
        parts.append(f'<rect x="{left}" y="{top - 10}" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{left + 18}" y="{top}">{escape(system)}</text>')
    return parts


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
