"""The last page: the session is over, and this is what was done. GUI thread only."""

import tkinter as tk

from customer_client.session.state import CustomerViewState
from customer_client.ui.page import PageContext, PageView, set_text
from customer_client.ui.plain_text import plain_line
from customer_client.ui.theme import Look, TextRole


class EndedPage(PageView):
    """Says that nobody sees the screen any more, and lists what was done."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self.heading("The session has ended")
        self._text = self.paragraph("", TextRole.LEAD)
        self.paragraph("Nobody can see or use your computer through Deskside now.", space=8)
        self._list = tk.Frame(self.body, background=self.theme.palette.page)
        self._list.pack(fill="x", pady=(self.theme.px(14), 0))
        self._shown: tuple[str, ...] = ()
        self._close = self.button("close", "C&lose", Look.PRIMARY, self.context.intents.quit)

    def render(self, state: CustomerViewState) -> None:
        """List the summary of `state`."""
        set_text(self._text, plain_line(state.text))
        if state.summary == self._shown:
            return
        self._shown = state.summary
        for old in self._list.winfo_children():
            old.destroy()
        if state.summary:
            self.theme.label(self._list, "What was done", TextRole.STRONG).pack(fill="x", pady=(0, self.theme.px(4)))
        for line in state.summary:
            self._add(plain_line(line, 400))

    def first_focus(self) -> tk.Misc:
        """The Close button."""
        return self._close

    def _add(self, line: str) -> None:
        row = tk.Frame(self._list, background=self.theme.palette.page)
        row.pack(fill="x", pady=self.theme.px(4))
        self.theme.label(row, "\N{BULLET}", colour="accent").pack(side="left", anchor="n", padx=(0, self.theme.px(10)))
        self.theme.label(row, line, wrap=self.text_width - self.theme.px(30)).pack(side="left", fill="x", expand=True)
