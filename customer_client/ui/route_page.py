"""The first page: the customer types the code the technician gave. GUI thread only."""

import tkinter as tk
from tkinter import ttk

from customer_client.languages import _, marked
from customer_client.session.state import CustomerViewState
from customer_client.ui.language_row import add_language_row
from customer_client.ui.page import PageContext, PageView, set_text
from customer_client.ui.plain_text import plain_line
from customer_client.ui.theme import Look, TextRole

_SHAPE_HINT = marked("The code has 12 letters and numbers, or 6 digits. Please check it.")


def looks_like_route(text: str) -> bool:
    """Whether `text` has the shape of a route (12 symbols) or a spoken route (6 digits); spaces and dashes are ignored.

    Only the shape: whether a code exists is for the session to find out.
    """
    symbols = "".join(char for char in text if char not in " -\t\N{EN DASH}\N{EM DASH}")
    if not symbols.isascii() or not symbols.isalnum():
        return False
    return len(symbols) == 12 or (len(symbols) == 6 and symbols.isdigit())


class RoutePage(PageView):
    """Asks for the code; Enter or the button continues."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self.heading(_("Type the code from your technician"))
        self.paragraph(_("It has 12 letters and numbers, or 6 digits."), TextRole.LEAD, space=10)
        self._typed = tk.StringVar(self)
        self._entry = ttk.Entry(
            self.body,
            name="route_entry",
            textvariable=self._typed,
            font=self.theme.font(TextRole.CODE),
            style=self.theme.field_style(),
        )
        self._entry.pack(fill="x", pady=(self.theme.px(16), 0), padx=0)
        self._entry.bind("<Return>", lambda _event: self._continue())
        self._entry.bind("<KP_Enter>", lambda _event: self._continue())
        self._message = self.paragraph("", TextRole.STRONG, space=8)
        self.caution(
            _("Did a stranger call you, write to you, or open this for you? Close this window. It may be a scam."),
            space=10,
        )
        self._relay = self.paragraph("", TextRole.SMALL, colour="muted")
        self.button("route_continue", _("&Continue"), Look.PRIMARY, self._continue)
        self.button("close", _("C&lose"), Look.PLAIN, self.context.intents.quit, side="left")
        add_language_row(self)

    def render(self, state: CustomerViewState) -> None:
        """Fill in a code that is already known, and say why the last one did not work."""
        if state.route and not self._typed.get():
            self._typed.set(plain_line(state.route, 40))
            self._entry.icursor("end")
        set_text(self._message, plain_line(_(state.text)))
        set_text(
            self._relay,
            _("Deskside connects through {relay}").format(relay=plain_line(state.relay, 80)) if state.relay else "",
        )

    def first_focus(self) -> tk.Misc:
        """The code field."""
        return self._entry

    def _continue(self) -> None:
        typed = self._typed.get().strip()
        if not looks_like_route(typed):
            set_text(self._message, _(_SHAPE_HINT))
            self._entry.focus_set()
            return
        set_text(self._message, "")
        self.context.intents.enter_route(typed)
