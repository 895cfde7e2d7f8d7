"""Everybody who is here, below the bar, each with a button that sends them away. GUI thread only."""

import tkinter as tk
from tkinter import ttk

from customer_client.languages import _
from customer_client.session.state import CustomerIntents, PersonHere
from customer_client.ui.colleague_words import person_words
from customer_client.ui.theme import Look, TextRole, Theme


class ColleagueList(tk.Frame):
    """One line for each technician, while there are several; made anew when something changes."""

    def __init__(self, parent: tk.Misc, theme: Theme, intents: CustomerIntents) -> None:
        super().__init__(parent, background=theme.palette.bar)
        self._theme = theme
        self._intents = intents
        self._people: tuple[PersonHere, ...] = ()

    def render(self, people: tuple[PersonHere, ...]) -> bool:
        """Show `people`; return whether there is anything to show."""
        if people != self._people:
            self._people = people
            for child in self.winfo_children():
                child.destroy()
            for number, person in enumerate(people, start=1):
                self._add(number, person)
        return bool(people)

    def _add(self, number: int, person: PersonHere) -> None:
        px = self._theme.px
        row = tk.Frame(self, background=self._theme.palette.bar)
        row.pack(fill="x", pady=(px(2), 0))
        label = self._theme.label(row, person_words(person), TextRole.SMALL, colour="on_bar", on="bar")
        label.pack(side="left", fill="x", expand=True)
        remove = ttk.Button(
            row,
            name=f"remove_{number}",
            text=_("Remove"),
            style=self._theme.button_style(Look.BAR),
            command=lambda: self._intents.remove(person.session),
        )
        remove.pack(side="right", padx=(px(12), 0))
