"""Draws an open window in other colours, in place: what somebody writes or chooses in it stays. GUI thread only.

Pages are made anew instead. These windows use few of the palette's colours, each for one thing, so the colour a part
has now says which one it gets.
"""

import tkinter as tk
from collections.abc import Callable, Iterable, Mapping
from tkinter import ttk
from typing import Any

from customer_client.ui.palette import Palette
from customer_client.ui.theme import Theme

USED = (
    "page",
    "soft",
    "text",
    "muted",
    "line",
    "hairline",
    "accent",
    "focus",
    "good",
    "caution",
    "on_caution",
    "chosen",
    "disabled",
    "alarm",
)
"""What the windows beside the page and the bar are drawn in, as Palette fields; no two that differ share a colour."""

_OPTIONS = (
    "background",
    "foreground",
    "activebackground",
    "activeforeground",
    "selectcolor",
    "highlightbackground",
    "highlightcolor",
    "insertbackground",
)
_TAG_OPTIONS = ("background", "foreground", "lmargincolor", "rmargincolor")
_ITEM_OPTIONS = ("fill", "outline")
_PICTURES = ("image", "selectimage")


def colours_between(old: Palette, new: Palette) -> dict[str, str]:
    """Return for each colour of `old` that such a window has its counterpart in `new`."""
    return {getattr(old, name): getattr(new, name) for name in USED}


def recolour(window: tk.Misc, old: Theme, new: Theme) -> None:
    """Draw `window`, made with `old`, and all in it with `new`, which has the same scale.

    Parts that keep their theme as `theme` get the new one. Windows it has opened keep their colours.
    """
    colours = colours_between(old.palette, new.palette)
    _recolour(window, colours, old, new)


def _recolour(widget: tk.Misc, colours: Mapping[str, str], old: Theme, new: Theme) -> None:
    if getattr(widget, "theme", None) is old:
        widget.theme = new  # type: ignore[attr-defined]
    if isinstance(widget, ttk.Widget):
        style = str(widget.cget("style"))
        if style:
            widget.configure(style=new.style_like(style))  # type: ignore[call-arg]
    else:
        _exchange(colours, _OPTIONS, widget.keys(), widget.cget, widget.configure)
        pictures = {str(picture): str(new.tick(state)) for state, picture in old.ticks().items()}
        _exchange(pictures, _PICTURES, widget.keys(), widget.cget, widget.configure)
    if isinstance(widget, tk.Text):
        for tag in widget.tag_names():
            _recolour_tag(widget, tag, colours)
    if isinstance(widget, tk.Canvas):
        for item in widget.find_all():
            _recolour_item(widget, item, colours)
    # Not winfo_children: dialogs of Tk's own are no widgets of tkinter's.
    children: list[tk.Misc] = list(widget.children.values())
    for child in children:
        if not isinstance(child, tk.Toplevel):
            _recolour(child, colours, old, new)


def _recolour_tag(texts: tk.Text, tag: str, colours: Mapping[str, str]) -> None:
    def change(**options: Any) -> object:
        return texts.tag_configure(tag, **options)

    _exchange(colours, _TAG_OPTIONS, _TAG_OPTIONS, lambda option: texts.tag_cget(tag, option), change)


def _recolour_item(canvas: tk.Canvas, item: int, colours: Mapping[str, str]) -> None:
    known = canvas.itemconfigure(item) or {}

    def now(option: str) -> object:
        return known[option][-1]  # what is configured comes last

    def change(**options: Any) -> object:
        return canvas.itemconfigure(item, **options)

    _exchange(colours, _ITEM_OPTIONS, known, now, change)


def _exchange(
    values: Mapping[str, str],
    options: Iterable[str],
    known: Iterable[str],
    now: Callable[[str], object],
    change: Callable[..., object],
) -> None:
    """Give each of `options` that is `known`, and whose value is one of `values`, its counterpart."""
    found = {option: values[value] for option in options if option in known and (value := str(now(option))) in values}
    if found:
        change(**found)
