"""The page while the program is busy connecting. GUI thread only."""

import tkinter as tk

from customer_client.languages import _
from customer_client.session.state import CustomerViewState
from customer_client.ui.page import PageContext, PageView, set_text
from customer_client.ui.plain_text import plain_line
from customer_client.ui.theme import Look, TextRole

_DOTS = 3
_STEP_S = 0.5


class ConnectingPage(PageView):
    """One sentence, and dots that show the program is alive."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self.heading(_("One moment, please"))
        self._text = self.paragraph("", TextRole.LEAD)
        self._dots = tk.Frame(self.body, background=self.theme.palette.page)
        self._dots.pack(anchor="w", pady=(self.theme.px(30), self.theme.px(6)))
        self._marks = [self._make_dot() for _ in range(_DOTS)]
        self.paragraph(_("Nobody can see your screen yet."), colour="muted", space=28)
        self.button("close", _("C&lose"), Look.PLAIN, self.context.intents.quit, side="left")

    def render(self, state: CustomerViewState) -> None:
        """Show the sentence that says what is being waited for."""
        set_text(self._text, plain_line(_(state.text)) or _("Deskside is connecting you to your technician."))

    def tick(self, now: float) -> None:
        """Move the strong dot along."""
        strong = int(now / _STEP_S) % _DOTS
        palette = self.theme.palette
        for index, mark in enumerate(self._marks):
            mark.configure(foreground=palette.accent if index == strong else palette.hairline)

    def first_focus(self) -> tk.Misc:
        """The window itself: Enter and Space do nothing here."""
        return self

    def _make_dot(self) -> tk.Label:
        dot = self.theme.label(self._dots, "\N{BLACK CIRCLE}", TextRole.HEADING, colour="hairline")
        dot.pack(side="left", padx=(0, self.theme.px(10)))
        return dot
