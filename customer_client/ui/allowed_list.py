"""The list below the bar: what is allowed right now, each with its own way to end it. GUI thread only."""

import tkinter as tk
from tkinter import ttk

from customer_client.session.state import Bar, CustomerIntents
from customer_client.ui.page import set_text
from customer_client.ui.permission_words import WORDS
from customer_client.ui.theme import Look, TextRole, Theme
from protocol.messages.consent import Capability

SEND_CLIPBOARD = "<<SendClipboard>>"
"""The event the bar's window gets when the customer wants to send what they copied."""

_NAMES = {Capability.SEE: "See your screen (ending it ends all but writing)"}


def time_left(until: float | None, now: float) -> str:
    """Return how long something is allowed still, in minutes rounded up; empty when until it is taken back."""
    if until is None:
        return ""
    minutes = max(1, int((until - now + 59.999) // 60))
    return f"{minutes} min left"


class AllowedList(tk.Frame):
    """One line for each permission that is live, in the order of Capability; made anew when they change."""

    def __init__(self, parent: tk.Misc, theme: Theme, intents: CustomerIntents) -> None:
        super().__init__(parent, background=theme.palette.bar)
        self._theme = theme
        self._intents = intents
        self._shown: tuple[Capability, ...] | None = None
        self._left: dict[Capability, tk.Label] = {}
        self.grid_columnconfigure(3, weight=1)

    def render(self, bar: Bar, now: float) -> None:
        """Show what `bar` says is allowed at `now` (monotonic seconds)."""
        allowed = tuple(capability for capability in Capability if capability in bar.allowed)
        if allowed != self._shown:
            self._rebuild(allowed)
        for capability, label in self._left.items():
            set_text(label, time_left(bar.until.get(capability), now))

    def clear(self) -> None:
        """Show nothing, as long as the list is closed."""
        for child in self.winfo_children():
            child.destroy()
        self._left.clear()
        self._shown = None

    def _rebuild(self, allowed: tuple[Capability, ...]) -> None:
        self.clear()
        self._shown = allowed
        label, px = self._theme.label, self._theme.px
        if not allowed:
            label(self, "Nothing is allowed now.", TextRole.SMALL, colour="on_bar", on="bar").grid(sticky="w")
        for row, capability in enumerate(allowed):
            name = _NAMES.get(capability, WORDS[capability].name)
            label(self, name, TextRole.SMALL_BOLD, colour="on_bar", on="bar").grid(row=row, column=0, sticky="w")
            left = label(self, "", TextRole.SMALL, colour="bar_muted", on="bar")
            left.grid(row=row, column=1, sticky="e", padx=px(14))
            self._left[capability] = left
            self._end_button(capability).grid(row=row, column=2, sticky="ew")
            if capability is Capability.SEE:
                self._files_button().grid(row=row, column=3, sticky="w", padx=(px(8), 0))
            if capability is Capability.CLIPBOARD_TO_TECHNICIAN:
                self._send_button().grid(row=row, column=3, sticky="w", padx=(px(8), 0))

    def _send_button(self) -> ttk.Button:
        return ttk.Button(
            self,
            name="send_clipboard",
            text="Send my clipboard\N{HORIZONTAL ELLIPSIS}",
            style=self._theme.button_style(Look.SMALL_BAR),
            command=lambda: self.winfo_toplevel().event_generate(SEND_CLIPBOARD),
        )

    def _files_button(self) -> ttk.Button:
        return ttk.Button(
            self,
            name="open_files",
            text="Files…",
            style=self._theme.button_style(Look.SMALL_BAR),
            command=lambda: self._intents.files.show(True),
        )

    def _end_button(self, capability: Capability) -> ttk.Button:
        return ttk.Button(
            self,
            name=f"end_{capability.value}",
            text="Take back",
            style=self._theme.button_style(Look.SMALL_BAR),
            command=lambda: self._intents.take_back(capability),
        )
