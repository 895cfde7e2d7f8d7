"""The list below the bar: what is allowed right now, each with its own way to end it. GUI thread only."""

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from customer_client.languages import _, counted, marked
from customer_client.portal.wayland import is_wayland
from customer_client.session.state import Bar, CustomerIntents
from customer_client.ui.bar_keyboard import leave
from customer_client.ui.page import set_text
from customer_client.ui.permission_words import WORDS
from customer_client.ui.theme import Look, TextRole, Theme
from protocol.messages.consent import Capability

CLOSE_LIST = "<<CloseList>>"
"""The event the bar's window gets when a window opens from the list, which would lie above it."""

SEND_CLIPBOARD = "<<SendClipboard>>"
"""The event the bar's window gets when the customer wants to send what they copied."""

_REMARKS = {Capability.SEE: marked("ends all but writing")}
"""What taking back does besides, in the place of the time that is left."""

ONE_COLUMN = 5
"""More lines than this stand in two columns: the bar hides little of the screen then."""

_PARTS = 3
"""Grid columns a line takes: name, time left or remark, and the button that ends it."""


def time_left(until: float | None, now: float) -> str:
    """Return how long something is allowed still, in minutes rounded up; empty when until it is taken back."""
    if until is None:
        return ""
    minutes = max(1, int((until - now + 59.999) // 60))
    return counted("{number} min left", "{number} min left", minutes)


class AllowedList(tk.Frame):
    """One line for each permission that is live, in the order of Capability; made anew when they change."""

    def __init__(self, parent: tk.Misc, theme: Theme, intents: CustomerIntents) -> None:
        super().__init__(parent, background=theme.palette.bar)
        self._theme = theme
        self._intents = intents
        self._shown: tuple[Capability, ...] | None = None
        self._left: dict[Capability, tk.Label] = {}
        self.grid_columnconfigure(2 * _PARTS, weight=1)

    def render(self, bar: Bar, now: float) -> None:
        """Show what `bar` says is allowed at `now` (monotonic seconds)."""
        allowed = tuple(capability for capability in Capability if capability in bar.allowed)
        if allowed != self._shown:
            self._rebuild(allowed)
        for capability, label in self._left.items():
            set_text(label, time_left(bar.until.get(capability), now) or _(_REMARKS.get(capability, "")))

    def clear(self) -> None:
        """Show nothing, as long as the list is closed."""
        leave(self)
        for child in self.winfo_children():
            child.destroy()
        self._left.clear()
        self._shown = None

    def _rebuild(self, allowed: tuple[Capability, ...]) -> None:
        self.clear()
        self._shown = allowed
        if not allowed:
            nothing = _("Nothing is allowed now.")
            self._theme.label(self, nothing, TextRole.SMALL, colour="on_bar", on="bar").grid(sticky="w")
        rows = len(allowed) if len(allowed) <= ONE_COLUMN else (len(allowed) + 1) // 2
        for number, capability in enumerate(allowed):
            self._add_line(capability, number % rows, number // rows * _PARTS)
        self._add_offers(allowed).grid(row=rows, column=0, columnspan=2 * _PARTS + 1, sticky="w")

    def _add_line(self, capability: Capability, row: int, column: int) -> None:
        label, px = self._theme.label, self._theme.px
        name = label(self, _(WORDS[capability].name), TextRole.SMALL_BOLD, colour="on_bar", on="bar")
        name.grid(row=row, column=column, sticky="w", padx=(px(32) if column else 0, 0))
        left = label(self, "", TextRole.SMALL, colour="bar_muted", on="bar")
        left.grid(row=row, column=column + 1, sticky="e", padx=(px(14), px(8)))
        self._left[capability] = left
        self._end_button(capability).grid(row=row, column=column + 2, sticky="ew")

    def _add_offers(self, allowed: tuple[Capability, ...]) -> tk.Frame:
        """Return the last line: what the customer can send by themselves."""
        line = tk.Frame(self, background=self._theme.palette.bar)
        if Capability.SEE in allowed:
            self._files_button(line).pack(side="left")
            if not is_wayland():  # nobody could keep it there
                self._hide_button(line).pack(side="left")
        if Capability.CLIPBOARD_TO_TECHNICIAN in allowed:
            self._send_button(line).pack(side="left")
        return line

    def _send_button(self, line: tk.Frame) -> ttk.Button:
        return ttk.Button(
            line,
            name="send_clipboard",
            text=_("Send my clipboard\N{HORIZONTAL ELLIPSIS}"),
            style=self._theme.button_style(Look.SMALL_BAR),
            command=lambda: self._open(lambda: self.winfo_toplevel().event_generate(SEND_CLIPBOARD)),
        )

    def _files_button(self, line: tk.Frame) -> ttk.Button:
        return ttk.Button(
            line,
            name="open_files",
            text=_("Files…"),
            style=self._theme.button_style(Look.SMALL_BAR),
            command=lambda: self._open(lambda: self._intents.files.show(True)),
        )

    def _hide_button(self, line: tk.Frame) -> ttk.Button:
        return ttk.Button(
            line,
            name="hide_something",
            text=_("Hide something…"),
            style=self._theme.button_style(Look.SMALL_BAR),
            command=lambda: self._open(lambda: self._intents.hiding.show(True)),
        )

    def _open(self, window: Callable[[], None]) -> None:
        """Open a window, and close the list."""
        window()
        self.winfo_toplevel().event_generate(CLOSE_LIST)

    def _end_button(self, capability: Capability) -> ttk.Button:
        return ttk.Button(
            self,
            name=f"end_{capability.value}",
            text=_("Take back"),
            style=self._theme.button_style(Look.SMALL_BAR),
            command=lambda: self._intents.take_back(capability),
        )
