"""The list of facts about this computer, each with a tick box, as one scrolling text. GUI thread only.

One text widget instead of hundreds of small ones: 200 facts of 4000 characters would be taller than X11 allows a
window to be, and the keyboard needs one stop, not two hundred.
"""

import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass, field
from tkinter import ttk

from customer_client.protection.hands import Act, Hands
from customer_client.ui.by_hand import pressed_by_hand
from customer_client.ui.fact_values import said_value
from customer_client.ui.fact_words import said_missing, said_name
from customer_client.ui.plain_text import plain_exact, plain_line
from customer_client.ui.theme import TextRole, Theme, Tick
from protocol.messages.diagnostics import Fact, FactStatus

FACTS_PER_SLICE = 20
"""Facts drawn before the window may react to the mouse and keyboard again."""


@dataclass
class _Row:
    """One line of the list: a group heading (`fact` is None) or a fact."""

    tag: str
    group: str
    fact: Fact | None
    image: str = ""
    shown: bool = True
    searched: str = field(default="", repr=False)


class FactList(tk.Frame):
    """Shows facts under their group headings. `on_changed` is called when ticks change or drawing finishes.

    Only `hands` tick and untick; `refused` is called when something else does.
    """

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        width: int,
        on_changed: Callable[[], None],
        hands: Hands | None = None,
        refused: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(parent, background=theme.palette.hairline)
        self._theme = theme
        self._on_changed = on_changed
        self._hands, self._refused = hands, refused
        self._column = round(width * 0.36)
        self._rows: list[_Row] = []
        self._pending: list[_Row] = []
        self._ticked: set[str] = set()
        self._current: _Row | None = None
        self._wanted = ""
        self._text = self._make_text()
        self._bind_keys()

    @property
    def complete(self) -> bool:
        """Whether every fact given to `load` is drawn."""
        return not self._pending

    @property
    def ticked(self) -> frozenset[str]:
        """The ids of the ticked facts, whether the search shows them now or not."""
        return frozenset(self._ticked)

    @property
    def keyboard(self) -> tk.Text:
        """The widget that takes the keyboard for the list."""
        return self._text

    def load(self, facts: tuple[Fact, ...]) -> None:
        """Draw `facts` in slices, grouped in the order groups first appear. Every fact with a value starts ticked."""
        self._ticked = {fact.id for fact in facts if fact.status is FactStatus.OK}
        self._rows = []
        self._current = None
        self._pending = _rows(facts)
        self._text.configure(state="normal")
        self._text.delete("1.0", "end")
        self._text.configure(state="disabled")
        self._draw_slice()

    def search(self, text: str) -> None:
        """Show only facts whose group, label or value contains `text`, ignoring case; empty shows all."""
        self._wanted = text.strip().casefold()
        for row in self._rows:
            self._show_or_hide(row)
        self._hide_empty_groups()

    def toggle(self, row_tag: str) -> None:
        """Tick or untick a fact, or all facts of a group that the search shows."""
        row = next(row for row in self._rows if row.tag == row_tag)
        ids = {row.fact.id} if row.fact else {fact.id for fact in self._facts_of(row.group, only_shown=True)}
        ids &= self._tickable()
        self._ticked = self._ticked - ids if ids <= self._ticked else self._ticked | ids
        for other in self._rows:
            if other.group == row.group:
                self._text.image_configure(other.image, image=str(self._theme.tick(self._tick_of(other))))
        self._on_changed()

    def row_tags(self) -> dict[str, str]:
        """Return the text tag of each drawn fact by its id, and of each group by `group:` and its name."""
        return {row.fact.id if row.fact else f"group:{row.group}": row.tag for row in self._rows}

    def _make_text(self) -> tk.Text:
        theme, palette = self._theme, self._theme.palette
        text = tk.Text(self, name="facts", wrap="word", cursor="arrow", state="disabled", height=8, width=20)
        text.configure(background=palette.page, foreground=palette.text, font=theme.font(TextRole.BODY))
        text.configure(borderwidth=0, padx=theme.px(14), pady=theme.px(8), spacing1=theme.px(4), spacing3=theme.px(4))
        text.configure(highlightthickness=theme.px(3), highlightbackground=palette.page, highlightcolor=palette.focus)
        text.configure(takefocus=True, insertwidth=0)
        indent, column = theme.px(36), self._column
        text.tag_configure("group", font=theme.font(TextRole.STRONG), spacing1=theme.px(16), tabs=(indent,))
        text.tag_configure("fact", tabs=(indent, column), lmargin2=column)
        text.tag_configure("label", foreground=palette.muted)
        text.tag_configure("missing", foreground=palette.muted)
        text.tag_configure("current", background=palette.chosen)
        text.tag_configure("hidden", elide=True)
        bar = ttk.Scrollbar(self, orient="vertical", style=theme.scrollbar_style(), command=text.yview)
        text.configure(yscrollcommand=bar.set)
        bar.pack(side="right", fill="y", padx=(0, 1), pady=1)
        text.pack(side="left", fill="both", expand=True, padx=(1, 0), pady=1)
        return text

    def _bind_keys(self) -> None:
        self._text.bind("<Button-1>", self._clicked)
        for sequence in ("<B1-Motion>", "<Double-Button-1>", "<Triple-Button-1>"):
            self._text.bind(
                sequence, lambda event: self._clicked(event) if event.type is tk.EventType.ButtonPress else "break"
            )
        self._text.bind("<Down>", lambda _event: self._move(1))
        self._text.bind("<Up>", lambda _event: self._move(-1))
        self._text.bind("<space>", self._toggle_current)
        self._text.bind("<Tab>", lambda event: self._leave(event.widget.tk_focusNext()))
        self._text.bind("<Shift-Tab>", lambda event: self._leave(event.widget.tk_focusPrev()))

    def _draw_slice(self) -> None:
        """Draw the next few rows, and ask to be called again until none is left."""
        if not self.winfo_exists():
            return
        self._text.configure(state="normal")
        for row in self._pending[:FACTS_PER_SLICE]:
            self._draw(row)
        self._text.configure(state="disabled")
        self._pending = self._pending[FACTS_PER_SLICE:]
        if self._pending:
            self.after(1, self._draw_slice)
            return
        self._hide_empty_groups()
        self._on_changed()

    def _draw(self, row: _Row) -> None:
        text = self._text
        start = text.index("end-1c")
        image = self._theme.tick(self._tick_of(row))
        row.image = text.image_create("end", image=str(image), align="center")
        if row.fact is None:
            text.insert("end", f"\t{said_name(row.group)}\n")
            text.tag_add("group", start, "end-1c")
        else:
            self._draw_fact(row.fact)
            text.tag_add("fact", start, "end-1c")
        text.tag_add(row.tag, start, "end-1c")
        self._rows.append(row)
        self._show_or_hide(row)

    def _draw_fact(self, fact: Fact) -> None:
        label = plain_exact(said_name(fact.label))
        known = fact.status is FactStatus.OK
        value = plain_exact(said_value(fact.value) if known else said_missing(fact.status, fact.note))
        fits = self._theme.px(36) + self._theme.font(TextRole.BODY).measure(label) < self._column - self._theme.px(8)
        self._text.insert("end", f"\t{label}", "label")
        self._text.insert("end", "\t" if fits else "\n\t\t")
        # The lines of a value stay one paragraph each, under the first.
        self._text.insert("end", value.replace("\n", "\n\t\t") + "\n", "value" if known else "missing")

    def _tick_of(self, row: _Row) -> Tick:
        ids = {row.fact.id} if row.fact else {fact.id for fact in self._facts_of(row.group)}
        ids &= self._tickable() if row.fact is None else ids
        if row.fact is not None and row.fact.status is not FactStatus.OK:
            return Tick.NONE
        if not ids:
            return Tick.NONE
        on = len(ids & self._ticked)
        return Tick.ON if on == len(ids) else Tick.OFF if on == 0 else Tick.MIXED

    def _tickable(self) -> set[str]:
        rows = [*self._rows, *self._pending]
        return {row.fact.id for row in rows if row.fact is not None and row.fact.status is FactStatus.OK}

    def _facts_of(self, group: str, *, only_shown: bool = False) -> list[Fact]:
        rows = [*self._rows, *self._pending]
        return [row.fact for row in rows if row.fact and row.group == group and (row.shown or not only_shown)]

    def _show_or_hide(self, row: _Row) -> None:
        row.shown = row.fact is None or self._wanted in row.searched
        self._elide(row)

    def _hide_empty_groups(self) -> None:
        for row in self._rows:
            if row.fact is None:
                row.shown = not self._wanted or bool(self._facts_of(row.group, only_shown=True))
                self._elide(row)

    def _elide(self, row: _Row) -> None:
        ranges = self._text.tag_ranges(row.tag)
        change = self._text.tag_remove if row.shown else self._text.tag_add
        change("hidden", *(str(end) for end in ranges))

    def _clicked(self, event: "tk.Event[tk.Text]") -> str:
        self._text.focus_set()
        if not pressed_by_hand(event, Act.BUTTON, self._hands, self._refused):
            return "break"
        names = self._text.tag_names(f"@{event.x},{event.y}")
        row = next((row for row in self._rows if row.tag in names), None)
        if row is not None:
            self._make_current(row)
            self.toggle(row.tag)
        return "break"

    def _move(self, step: int) -> str:
        shown = [row for row in self._rows if row.shown]
        if shown:
            at = shown.index(self._current) + step if self._current in shown else 0
            self._make_current(shown[min(len(shown) - 1, max(0, at))])
        return "break"

    def _make_current(self, row: _Row) -> None:
        self._current = row
        self._text.tag_remove("current", "1.0", "end")
        ranges = [str(end) for end in self._text.tag_ranges(row.tag)]
        self._text.tag_add("current", *ranges)
        self._text.see(ranges[0])

    def _toggle_current(self, event: "tk.Event[tk.Text]") -> str:
        if pressed_by_hand(event, Act.KEY, self._hands, self._refused) and self._current is not None:
            self.toggle(self._current.tag)
        return "break"

    @staticmethod
    def _leave(widget: tk.Misc | None) -> str:
        if widget is not None:
            widget.focus_set()
        return "break"


def _rows(facts: tuple[Fact, ...]) -> list[_Row]:
    """Return headings and facts in the order they are drawn."""
    groups: dict[str, list[Fact]] = {}
    for fact in facts:
        groups.setdefault(plain_line(fact.group), []).append(fact)
    rows: list[_Row] = []
    for group, members in groups.items():
        rows.append(_Row(f"row{len(rows)}", group, None))
        for fact in members:
            searched = "\n".join(
                (said_name(group), said_name(fact.label), fact.value, said_value(fact.value), fact.note)
            ).casefold()
            rows.append(_Row(f"row{len(rows)}", group, fact, searched=searched))
    return rows
