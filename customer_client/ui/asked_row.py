"""The question on the bar whether to go on, with the time that is left. GUI thread only."""

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from customer_client.languages import _, marked
from customer_client.protection.confirming import Asked, Why
from customer_client.protection.hands import Hands
from customer_client.session.state import CustomerIntents
from customer_client.ui.by_hand import NOT_BY_HAND, only_by_hand
from customer_client.ui.page import countdown, set_text
from customer_client.ui.theme import Look, TextRole, Theme

_QUESTIONS = {
    Why.LONG: marked("Still want {name} to see your screen?"),
    Why.IDLE: marked("Nothing has happened for a while. Still want {name} to see your screen?"),
    Why.ENDING: marked("The time you allowed is nearly over. Should {name} go on seeing your screen?"),
}
_SILENCE = {
    Why.LONG: marked("Without an answer sharing rests in {left}."),
    Why.IDLE: marked("Without an answer sharing rests in {left}."),
    Why.ENDING: marked("Without an answer it ends in {left}."),
}
WIDTH = 420
"""Pixels at 100 % for the words: the bar hides little of the screen."""


class AskedRow(tk.Frame):
    """The words, Yes and No. Only hands say yes."""

    def __init__(self, parent: tk.Misc, theme: Theme, intents: CustomerIntents, hands: Hands | None) -> None:
        super().__init__(parent, background=theme.palette.bar)
        self._buttons = tk.Frame(self, background=theme.palette.bar)
        self._buttons.pack(side="right", padx=(theme.px(12), 0))
        label = theme.label(self, "", TextRole.STRONG, wrap=theme.px(WIDTH), colour="on_bar", on="bar", name="asked")
        label.pack(fill="x")
        left = theme.label(self, "", TextRole.SMALL, wrap=theme.px(WIDTH), colour="bar_notice", on="bar")
        left.pack(fill="x")
        self._question, self._left = label, left
        self._theme = theme
        self._refused = False
        self._button("go_on", _("Yes, go on"), lambda: intents.protection.go_on(True), hands)
        self._button("go_on_not", _("No, hide my screen"), lambda: intents.protection.go_on(False), None)

    def render(self, asked: Asked, name: str, now: float) -> None:
        """Ask about the technician `name` at `now` (monotonic seconds)."""
        set_text(self._question, _(_QUESTIONS[asked.why]).format(name=name))
        silence = _(_SILENCE[asked.why]).format(left=countdown(asked.deadline - now))
        set_text(self._left, _(NOT_BY_HAND) if self._refused else silence)

    def _button(self, name: str, text: str, command: Callable[[], None], hands: Hands | None) -> None:
        style = self._theme.button_style(Look.BAR)
        button = ttk.Button(self._buttons, name=name, text=text, style=style, command=command)
        button.pack(side="left", padx=self._theme.px(3))
        only_by_hand(button, hands, self._refuse)

    def _refuse(self) -> None:
        self._refused = True
        set_text(self._left, _(NOT_BY_HAND))
