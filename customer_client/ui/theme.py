"""Fonts, spacing and widget looks at one scale. GUI thread only; nothing here knows a page."""

import sys
import tkinter as tk
from collections.abc import Mapping
from enum import Enum
from tkinter import font as tkfont
from tkinter import ttk
from typing import Any

from customer_client.ui.palette import LIGHT, Palette
from customer_client.ui.shapes import Face, face_image, tick_image

REFERENCE_DPI = 96.0
MIN_SCALE, MAX_SCALE = 1.0, 4.0
SMALLEST_SCALE = 0.75
"""What is too large for the screen is drawn smaller, down to this scale (body text of 13 pixels); then it scrolls."""

_FAMILIES = {
    "win32": ("Segoe UI",),
    "darwin": ("Helvetica Neue",),
}
_LINUX_FAMILIES = ("Inter", "Noto Sans", "Cantarell", "Ubuntu", "Open Sans", "Liberation Sans", "DejaVu Sans")


class TextRole(Enum):
    """What a text is for: its size in pixels at 100 %, and whether it is bold."""

    SMALL = (15, False)
    SMALL_BOLD = (15, True)
    BODY = (18, False)
    STRONG = (18, True)
    LEAD = (21, False)
    NAME = (23, True)
    HEADING = (29, True)
    ORGANISATION = (36, True)
    CODE = (34, True)
    PIN = (84, True)


class Look(Enum):
    """How a button looks, as Palette fields: face, face under the mouse, text, edge, background around, focus ring.

    Looks of the same colours need a word more: an enumeration takes equal values for one and the same.
    """

    PRIMARY = ("accent", "accent_strong", "on_accent", "accent", "page", "focus")
    PLAIN = ("page", "chosen", "text", "line", "page", "focus")
    BAR = ("bar_button", "bar_button_strong", "on_bar_button", "bar_button", "bar", "bar_focus")
    SMALL = ("page", "chosen", "text", "line", "page", "focus", "small")
    SMALL_BAR = ("bar_button", "bar_button_strong", "on_bar_button", "bar", "bar", "bar_focus")
    STOP = ("danger", "danger_strong", "on_danger", "on_danger", "bar", "bar_focus")


_COLOURS = 6
_PAGE_BUTTON = (TextRole.STRONG, 26, 16, 11)
_BUTTON_SIZES = {
    Look.BAR: (TextRole.SMALL_BOLD, 14, 9, 5),
    Look.STOP: (TextRole.SMALL_BOLD, 22, 9, 5),
    Look.SMALL: (TextRole.SMALL, 12, 7, 11),
    Look.SMALL_BAR: (TextRole.SMALL, 15, 5, 8),
}
"""Text, space beside and above it (pixels at 100 %) and room for so many letters at least; the bar hides the screen."""


class Tick(Enum):
    """The states of a tick box."""

    ON = "on"
    OFF = "off"
    MIXED = "mixed"
    NONE = "none"
    CHOSEN = "chosen"
    """Round: the one of several that is chosen."""
    OPEN = "open"
    """Round: not the chosen one."""


_TICK_STROKES = {
    Tick.ON: (((0.25, 0.53), (0.42, 0.70)), ((0.42, 0.70), (0.75, 0.32))),
    Tick.OFF: (),
    Tick.MIXED: (((0.27, 0.5), (0.73, 0.5)),),
    Tick.NONE: (((0.35, 0.5), (0.65, 0.5)),),
    Tick.CHOSEN: (),
    Tick.OPEN: (),
}


def screen_scale(dpi: float) -> float:
    """Return the scale (1.0..4.0, in eighths) for a screen of `dpi` dots per inch; 96 is 100 %."""
    return min(MAX_SCALE, max(MIN_SCALE, round(dpi / REFERENCE_DPI * 8) / 8))


class Theme:
    """One look at one scale. Fonts and styles carry the scale in their names, so several themes can be in use."""

    def __init__(self, root: tk.Misc, scale: float, family: str, palette: Palette = LIGHT) -> None:
        self.scale = scale
        self.palette = palette
        self._root = root
        # Tk keeps what has a name for good, so another scale or palette needs other names.
        self._key = f"s{round(scale * 1000)}-{palette.page[1:]}"
        self._style = ttk.Style(root)
        self._images: list[tk.PhotoImage] = []
        self._styles: dict[str, str] = {}
        self._ticks: dict[Tick, tk.PhotoImage] = {}
        self._fonts = {
            role: tkfont.Font(
                root=root,
                name=f"deskside-{self._key}-{role.name.lower()}",
                family=family,
                size=-round(role.value[0] * scale),
                weight="bold" if role.value[1] else "normal",
            )
            for role in TextRole
        }

    def px(self, length: float) -> int:
        """Return `length` (pixels at 100 %) in pixels of this scale, at least 1."""
        return max(1, round(length * self.scale))

    def font(self, role: TextRole) -> tkfont.Font:
        """Return the named font for `role`."""
        return self._fonts[role]

    def label(
        self,
        parent: tk.Misc,
        text: str,
        role: TextRole = TextRole.BODY,
        *,
        wrap: int = 0,
        colour: str = "text",
        on: str = "page",
        name: str | None = None,
    ) -> tk.Label:
        """Return a left-aligned text label; `wrap` is the line width in pixels (0: one line)."""
        return tk.Label(
            parent,
            name=name,  # type: ignore[arg-type]  # tkinter takes None for "choose one"
            text=text,
            font=self._fonts[role],
            foreground=getattr(self.palette, colour),
            background=getattr(self.palette, on),
            wraplength=wrap,
            justify="left",
            anchor="w",
            padx=0,
            pady=0,
            borderwidth=0,
            highlightthickness=0,
        )

    def button_style(self, look: Look) -> str:
        """Return the ttk style of buttons that look like `look`, made when first asked for."""
        style = f"{self._key}.{look.name}.TButton"
        if style not in self._styles:
            self._styles[style] = self._make_button_style(style, look)
        return style

    def card_style(self, fill: str) -> str:
        """Return the ttk style of a frame with round corners, filled with the Palette field `fill`, on the page."""
        style = f"{self._key}.{fill}.TFrame"
        if style not in self._styles:
            colour = getattr(self.palette, fill)
            face = Face(self.px(12), 0, colour, colour, 0.0, self.palette.page)
            self._element(f"{style}.face", face, [], self.px(12))
            self._style.layout(style, [(f"{style}.face", {"sticky": "nswe"})])
            self._style.configure(style, background=colour)
            self._styles[style] = style
        return style

    def field_style(self) -> str:
        """Return the ttk style of one-line entry fields."""
        style = f"{self._key}.TEntry"
        if style not in self._styles:
            self._styles[style] = self._make_field_style(style)
        return style

    def scrollbar_style(self) -> str:
        """Return the ttk style of vertical scroll bars: flat and wide enough to hit."""
        style = f"{self._key}.Vertical.TScrollbar"
        if style not in self._styles:
            palette = self.palette
            self._style.configure(style, troughcolor=palette.soft, background=palette.line, bordercolor=palette.soft)
            self._style.configure(style, lightcolor=palette.line, darkcolor=palette.line, gripcount=0)
            self._style.configure(style, arrowsize=self.px(14), width=self.px(14), arrowcolor=palette.page)
            self._style.map(style, background=[("disabled", palette.soft), ("active", palette.muted)])
            self._styles[style] = style
        return style

    def style_like(self, style: str) -> str:
        """Return this theme's style of the same kind as `style`, which another theme has made."""
        kind, _, family = style.partition(".")[2].rpartition(".")
        if family == "TButton":
            return self.button_style(Look[kind])
        if family == "TFrame":
            return self.card_style(kind)
        return self.field_style() if family == "TEntry" else self.scrollbar_style()

    def ticks(self) -> Mapping[Tick, tk.PhotoImage]:
        """Return the images of tick boxes made so far."""
        return self._ticks

    def tick(self, state: Tick) -> tk.PhotoImage:
        """Return the image of a tick box in `state`."""
        if state not in self._ticks:
            palette = self.palette
            filled = state in {Tick.ON, Tick.MIXED, Tick.CHOSEN}
            radius = self.px(10 if state in {Tick.CHOSEN, Tick.OPEN} else 5)
            fill = palette.accent if filled else palette.page
            edge = palette.accent if filled else palette.page if state is Tick.NONE else palette.line
            box = Face(radius, 0, fill, edge, 1.6 * self.scale, palette.page)
            mark = palette.on_accent if filled else palette.muted
            self._ticks[state] = tick_image(
                self._root, self.px(22), box, mark, _TICK_STROKES[state], dot=0.2 if state is Tick.CHOSEN else 0.0
            )
        return self._ticks[state]

    def _make_button_style(self, style: str, look: Look) -> str:
        fill, strong, text, edge, around, ring = (getattr(self.palette, field) for field in look.value[:_COLOURS])
        disabled, on_disabled = self.palette.disabled, self.palette.on_disabled

        def face(face_fill: str, face_edge: str, face_ring: str = "") -> Face:
            return Face(self.px(9), self.px(5), face_fill, face_edge, 1.6 * self.scale, around, face_ring)

        strong_edge = strong if edge == fill else edge
        states = [
            (("disabled",), face(disabled, disabled)),
            (("pressed", "focus"), face(strong, strong_edge, ring)),
            (("active", "focus"), face(strong, strong_edge, ring)),
            (("focus",), face(fill, edge, ring)),
            (("pressed",), face(strong, strong_edge)),
            (("active",), face(strong, strong_edge)),
        ]
        self._element(f"{style}.face", face(fill, edge), states, 0)
        self._layout_inside(style, "Button.padding", "Button.label", "")
        role, horizontal, vertical, narrowest = _BUTTON_SIZES.get(look, _PAGE_BUTTON)
        padding = (self.px(horizontal), self.px(vertical))
        self._style.configure(style, font=self._fonts[role], padding=padding, width=-narrowest, anchor="center")
        self._style.configure(style, background=around, foreground=text)
        self._style.map(style, foreground=[("disabled", on_disabled)], background=[])
        return style

    def _make_field_style(self, style: str) -> str:
        palette = self.palette

        def face(edge: str, ring: str = "") -> Face:
            return Face(self.px(9), self.px(5), palette.page, edge, 1.6 * self.scale, palette.page, ring)

        self._element(f"{style}.face", face(palette.line), [(("focus",), face(palette.accent, palette.focus))], 0)
        self._layout_inside(style, "Entry.padding", "Entry.textarea", "nswe")
        self._style.configure(style, padding=(self.px(16), self.px(12)), foreground=palette.text)
        self._style.configure(style, insertcolor=palette.text, insertwidth=self.px(2))
        self._style.configure(style, selectbackground=palette.accent, selectforeground=palette.on_accent)
        return style

    def _layout_inside(self, style: str, padding: str, content: str, sticky: str) -> None:
        """Lay `content` out inside `padding` inside the face element of `style`."""
        inner: Any = {"sticky": "nswe", "children": [(content, {"sticky": sticky})]}
        outer: Any = {"sticky": "nswe", "children": [(padding, inner)]}
        self._style.layout(style, [(f"{style}.face", outer)])

    def _element(self, name: str, normal: Face, states: list[tuple[tuple[str, ...], Face]], padding: int) -> None:
        """Create the ttk image element `name`; the images live as long as this theme."""
        images = {face: face_image(self._root, face) for face in {normal, *(face for _, face in states)}}
        self._images += images.values()
        specs = [(*names, images[face]) for names, face in states]
        options = {"border": normal.border, "padding": padding, "sticky": "nswe"}
        # Else nothing could be smaller than the image is.
        options |= {"width": normal.side, "height": normal.side}
        self._style.element_create(name, "image", images[normal], *specs, **options)  # type: ignore[call-overload]


class Themes:
    """Makes each scale's Theme once, in each palette. `scale` is that of the screen, `palette` the one in use."""

    def __init__(self, root: tk.Tk, scale: float, palette: Palette = LIGHT) -> None:
        self.scale = scale
        self.palette = palette
        self._root = root
        self._made: dict[tuple[int, Palette], Theme] = {}
        self._family = _choose_family(root)
        ttk.Style(root).theme_use("clam")
        for key in ("<Return>", "<KP_Enter>"):
            root.bind_class("TButton", key, _press)

    def at(self, scale: float) -> Theme:
        """Return the theme at `scale` (0.5..4.0)."""
        key = round(scale * 1000), self.palette
        if key not in self._made:
            self._made[key] = Theme(self._root, key[0] / 1000, self._family, self.palette)
        return self._made[key]


def _press(event: "tk.Event[tk.Misc]") -> None:
    if isinstance(event.widget, ttk.Button):
        event.widget.invoke()


def _choose_family(root: tk.Tk) -> str:
    installed = set(tkfont.families(root))
    wanted = _FAMILIES.get(sys.platform, _LINUX_FAMILIES)
    return next((family for family in wanted if family in installed), "TkDefaultFont")
