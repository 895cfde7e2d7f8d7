"""The page where the customer sees every fact before it is sent. GUI thread only."""

import tkinter as tk
from tkinter import ttk

from customer_client.languages import _
from customer_client.session.state import CustomerViewState
from customer_client.ui.fact_list import FactList
from customer_client.ui.page import MARGIN, PageContext, PageView, set_text
from customer_client.ui.theme import Look, TextRole
from protocol.messages.diagnostics import Fact, FactStatus


class DiagnosticsPage(PageView):
    """A searchable list with ticks; sending is possible only when all of it has been drawn."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self._facts: tuple[Fact, ...] | None = None
        self._collecting = True
        self._done = False
        self.heading(_("Facts about this computer"))
        nothing_yet = _("Nothing is sent yet. You see exactly what would go. Untick what you want to keep.")
        self.paragraph(nothing_yet, space=8)
        self._add_search()
        self._list = FactList(self.body, self.theme, self.text_width, self._changed, context.hands, self._refuse)
        self._list.pack(fill="both", expand=True, pady=(self.theme.px(8), 0))
        self._count = self.theme.label(self.footer, "", TextRole.SMALL, colour="muted", wrap=self.text_width // 3)
        self._count.pack(side="left", padx=(self.theme.px(5), 0))
        self._send = self.button("send_facts", _("Send ticked &facts"), Look.PRIMARY, self._send_facts)
        self.only_by_hand(self._send)
        self._nothing = self.button("send_nothing", _("Send &nothing"), Look.PLAIN, self._send_nothing)
        self._send.lift()
        self._changed()

    @property
    def least_height(self) -> int:
        """Room for a good part of the list."""
        return self.theme.px(820)

    def _make_body(self, margin: int) -> tk.Frame:
        """The list scrolls by itself, so the page does not."""
        body = tk.Frame(self, background=self.theme.palette.page)
        body.pack(fill="both", expand=True, padx=self.theme.px(MARGIN), pady=(self.theme.px(24), 0))
        return body

    def _add_search(self) -> None:
        row = tk.Frame(self.body, background=self.theme.palette.page)
        row.pack(fill="x", pady=(self.theme.px(8), 0))
        self.theme.label(row, _("Search"), colour="muted").pack(side="left", padx=(0, self.theme.px(8)))
        self._wanted = tk.StringVar(self)
        self._wanted.trace_add("write", lambda *_args: self._list.search(self._wanted.get()))
        font = self.theme.font(TextRole.BODY)
        style = self.theme.field_style()
        self._search = ttk.Entry(row, name="search", textvariable=self._wanted, font=font, style=style)
        self._search.pack(side="left", fill="x", expand=True)

    def render(self, state: CustomerViewState) -> None:
        """Draw the facts of `state` once they are all collected."""
        self._collecting = state.collecting
        facts = () if state.collecting else state.facts
        if facts != self._facts:
            self._facts = facts
            self._list.load(facts)
        self._changed()

    def first_focus(self) -> tk.Misc:
        """The search field: Enter and Space send nothing there."""
        return self._search

    def _changed(self) -> None:
        """Say how many facts would go, and allow sending when the list is whole."""
        ready = not self._collecting and self._facts is not None and self._list.complete
        ticked = len(self._list.ticked)
        self._send.state(["!disabled" if ready and ticked and not self._done else "disabled"])
        self._nothing.state(["disabled" if self._done else "!disabled"])
        set_text(self._count, self._words(ready, ticked))

    def _words(self, ready: bool, ticked: int) -> str:
        if self._done:
            return _("Thank you. One moment, please.")
        if self._collecting:
            return _("Reading the facts. This takes a few seconds.")
        if not ready:
            return _("Showing the facts.")
        total = sum(fact.status is FactStatus.OK for fact in self._facts or ())
        return _("{ticked} of {total} facts are ticked.").format(ticked=ticked, total=total)

    def _send_facts(self) -> None:
        self._finish()
        self.context.intents.send_diagnostics(self._list.ticked)

    def _send_nothing(self) -> None:
        self._finish()
        self.context.intents.decline_diagnostics()

    def _finish(self) -> None:
        self._done = True
        self._changed()
