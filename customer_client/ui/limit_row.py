"""For how long: four choices beside a question, one of which is always chosen. GUI thread only."""

import tkinter as tk
from collections.abc import Callable

from customer_client.languages import _, counted, marked
from customer_client.protection.confirming import SEE_ONLY_S
from customer_client.protection.hands import Act, Hands
from customer_client.ui.by_hand import made_by_hand, only_by_hand
from customer_client.ui.theme import TextRole, Theme, Tick

UNTIL_STOPPED_S = 0
"""No limit: until the customer takes it back, or stops."""

SHORT_S = 300

LIMITS = {
    SHORT_S: marked("5 minutes"),
    SEE_ONLY_S: marked("15 minutes"),
    3600: marked("60 minutes"),
    UNTIL_STOPPED_S: marked("until I stop it"),
}
"""Seconds, and how they are called."""


def time_words(seconds: int) -> str:
    """Return how `seconds` (at least 1) are called, in the customer's language."""
    if seconds in LIMITS:
        return _(LIMITS[seconds])
    if seconds % 60:
        return counted("{number} second", "{number} seconds", seconds)
    return counted("{number} minute", "{number} minutes", seconds // 60)


class LimitRow(tk.Frame):
    """The chosen time is one stop of the Tab key; arrow keys choose another. `changed` is called after each choice.

    Only `hands` choose (None: any press counts); `refused` is called when something else does. `first_s` seconds are
    chosen at first; when they are none of `LIMITS` they stand in place of its shortest.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        changed: Callable[[], None],
        hands: Hands | None = None,
        refused: Callable[[], None] = lambda: None,
        first_s: int = SEE_ONLY_S,
    ) -> None:
        super().__init__(parent, background=theme.palette.page)
        self._hands, self._refused = hands, refused
        self._theme = theme
        self._changed = changed
        self._value = tk.IntVar(self, value=first_s)
        theme.label(self, _("For how long?"), TextRole.STRONG).pack(side="left", padx=(theme.px(5), theme.px(10)))
        self._limits = [first_s if each == SHORT_S and first_s not in LIMITS else each for each in LIMITS]
        self._choices = [self._add(seconds) for seconds in self._limits]
        self._mark()

    @property
    def seconds(self) -> int:
        """How long what is allowed lasts, in seconds; 0: until it is taken back."""
        return int(self._value.get())

    @property
    def words(self) -> str:
        """What a button says that allows it for the chosen time."""
        if self.seconds == UNTIL_STOPPED_S:
            return _("Allow until I stop it")
        return _("Allow for {time}").format(time=time_words(self.seconds))

    def freeze(self) -> None:
        """Change nothing any more: the answer is given."""
        for choice in self._choices:
            choice.configure(state="disabled")

    def _add(self, seconds: int) -> tk.Radiobutton:
        theme, palette = self._theme, self._theme.palette
        choice = tk.Radiobutton(
            self,
            name=f"limit_{seconds}",
            text=time_words(seconds),
            value=seconds,
            variable=self._value,
            command=self._chosen,
            image=theme.tick(Tick.OPEN),
            selectimage=theme.tick(Tick.CHOSEN),
            compound="left",
            indicatoron=False,
            font=theme.font(TextRole.BODY),
            foreground=palette.text,
            background=palette.page,
            activeforeground=palette.text,
            activebackground=palette.page,
            selectcolor=palette.page,
            highlightbackground=palette.page,
            highlightcolor=palette.focus,
            highlightthickness=theme.px(2),
            borderwidth=0,
            relief="flat",
            offrelief="flat",
            overrelief="flat",
            padx=theme.px(6),
            pady=theme.px(2),
        )
        choice.pack(side="left", padx=(0, theme.px(8)))
        for key, step in (("<Right>", 1), ("<Down>", 1), ("<Left>", -1), ("<Up>", -1)):
            choice.bind(key, lambda event, step=step: self._move(event, step))  # type: ignore[misc]
        only_by_hand(choice, self._hands, self._refused)
        return choice

    def _move(self, event: "tk.Event[tk.Misc]", step: int) -> str:
        if not made_by_hand(event, Act.KEY, self._hands):
            self._refused()
            return "break"
        order = self._limits
        place = min(len(order) - 1, max(0, order.index(self.seconds) + step))
        if str(self._choices[place].cget("state")) != "disabled":
            self._choices[place].focus_set()
            self._choices[place].invoke()
        return "break"

    def _chosen(self) -> None:
        self._mark()
        self._changed()

    def _mark(self) -> None:
        for seconds, choice in zip(self._limits, self._choices, strict=True):
            choice.configure(takefocus=seconds == self.seconds)
