"""The colours of the customer's window, and which of them may lie on which. Pure; any thread."""

from dataclasses import dataclass

MIN_TEXT_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3 (AA)."""

MIN_SHAPE_CONTRAST = 3.0
"""WCAG 2.2, success criterion 1.4.11: borders of controls and the focus ring."""


@dataclass(frozen=True)
class Palette:
    """Colours as `#rrggbb`. A name says what the colour is for, never what it looks like."""

    page: str
    soft: str
    text: str
    muted: str
    line: str
    hairline: str
    accent: str
    accent_strong: str
    on_accent: str
    good: str
    caution: str
    on_caution: str
    chosen: str
    disabled: str
    on_disabled: str
    focus: str
    bar: str
    on_bar: str
    bar_muted: str
    bar_notice: str
    bar_button: str
    bar_button_strong: str
    on_bar_button: str
    bar_focus: str
    alarm: str
    danger: str
    danger_strong: str
    on_danger: str


LIGHT = Palette(
    page="#ffffff",
    soft="#f2f6fa",
    text="#1a2129",
    muted="#4d5863",
    line="#6f7b87",
    hairline="#d5dde5",
    accent="#0b5cad",
    accent_strong="#084a8c",
    on_accent="#ffffff",
    good="#1b6b3a",
    caution="#fff3d6",
    on_caution="#5a4100",
    chosen="#dcebfa",
    disabled="#e6eaee",
    on_disabled="#5a646e",
    focus="#0b5cad",
    bar="#14304a",
    on_bar="#ffffff",
    bar_muted="#c8d8e8",
    bar_notice="#ffd98a",
    bar_button="#ffffff",
    bar_button_strong="#dcebfa",
    on_bar_button="#14304a",
    bar_focus="#ffd98a",
    alarm="#b3140f",
    danger="#c5221f",
    danger_strong="#a31815",
    on_danger="#ffffff",
)

DARK = Palette(
    page="#1b2027",
    soft="#262d36",
    text="#f1f4f7",
    muted="#b9c3cd",
    line="#8c98a5",
    hairline="#3b4550",
    accent="#7db8f5",
    accent_strong="#a5cffa",
    on_accent="#0c1c2c",
    good="#84d6a2",
    caution="#43350f",
    on_caution="#ffe3a3",
    chosen="#2b4057",
    disabled="#343c46",
    on_disabled="#b0bac4",
    focus="#7db8f5",
    bar="#0d2235",
    on_bar="#ffffff",
    bar_muted="#c8d8e8",
    bar_notice="#ffd98a",
    bar_button="#ffffff",
    bar_button_strong="#dcebfa",
    on_bar_button="#14304a",
    bar_focus="#ffd98a",
    alarm="#ff9d97",
    danger="#c5221f",
    danger_strong="#a31815",
    on_danger="#ffffff",
)

TEXT_PAIRS: tuple[tuple[str, str], ...] = (
    ("text", "page"),
    ("text", "soft"),
    ("text", "chosen"),
    ("muted", "page"),
    ("muted", "soft"),
    ("muted", "chosen"),
    ("accent", "page"),
    ("good", "soft"),
    ("on_accent", "accent"),
    ("on_accent", "accent_strong"),
    ("on_caution", "caution"),
    ("on_disabled", "disabled"),
    ("on_bar", "bar"),
    ("bar_muted", "bar"),
    ("bar_notice", "bar"),
    ("on_bar_button", "bar_button"),
    ("on_bar_button", "bar_button_strong"),
    ("alarm", "page"),
    ("on_danger", "danger"),
    ("on_danger", "danger_strong"),
)
"""Every (text, background) pair the pages and the bar use, as field names of Palette."""

SHAPE_PAIRS: tuple[tuple[str, str], ...] = (
    ("line", "page"),
    ("focus", "page"),
    ("bar_focus", "bar"),
    ("accent", "page"),
    ("bar_button", "bar"),
    ("on_danger", "bar"),
)
"""Every (shape, background) pair a person must be able to see to use a control."""


def palette_for(dark: bool) -> Palette:
    """Return the colours for a desktop that wants dark windows, or light ones."""
    return DARK if dark else LIGHT


def contrast(one: str, other: str) -> float:
    """Return the WCAG contrast ratio (1..21) of two `#rrggbb` colours, in either order."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def blend(below: str, above: str, cover: float) -> str:
    """Return the `#rrggbb` colour of `above` covering `cover` (0..1) of a pixel of `below`."""
    if cover <= 0.0:
        return below
    if cover >= 1.0:
        return above
    mixed = (round(b + (a - b) * cover) for b, a in zip(_channels(below), _channels(above), strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in _channels(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
