"""Which support server? Asked where none is built in: its domain, larger than anything else. GUI thread only."""

import tkinter as tk
from tkinter import ttk

from customer_client.languages import _
from customer_client.session.relay_state import RelayShown
from customer_client.session.state import CustomerViewState
from customer_client.ui.language_row import add_language_row
from customer_client.ui.page import PageContext, PageView, set_text
from customer_client.ui.plain_text import plain_line
from customer_client.ui.theme import Look, TextRole

_LONGEST_DOMAIN = 260
"""Nothing of a domain is ever left out: what it ends with is whose it is."""


class ConfirmRelayPage(PageView):
    """Is this yours? Nothing has the keyboard at first, and only the person's own hands can say yes."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        intents = context.intents.relay
        self.heading(_("Is this the address of your support?"))
        self._why = self.paragraph("", TextRole.LEAD)
        card = self.card("soft", space=20)
        self._domain = self.theme.label(card, "", TextRole.ORGANISATION, wrap=self.card_width, on="soft", name="domain")
        self._domain.pack(fill="x")
        self.paragraph(
            _(
                "Compare it, letter by letter, with a bill or the website of your organisation. Deskside will "
                "believe whoever owns this address."
            )
        )
        self.caution(_("Did somebody who called you tell you this address? Close this window. It may be a scam."))
        yes = self.button("relay_yes", _("&Yes, this is right"), Look.PLAIN, intents.confirm)
        self.only_by_hand(yes)
        self.button("relay_other", _("&Another address"), Look.PLAIN, intents.other)
        self.button("close", _("C&lose"), Look.PLAIN, context.intents.quit, side="left")
        add_language_row(self)

    def render(self, state: CustomerViewState) -> None:
        """Show the address of `state`."""
        shown = state.relay_asked
        set_text(self._domain, plain_line(shown.domain, _LONGEST_DOMAIN))
        set_text(
            self._why,
            _("Your browser says that this file came from there:") if shown.noted else _("This is what you typed:"),
        )

    def first_focus(self) -> tk.Misc:
        """The window itself: Enter and Space do nothing here."""
        return self


class TypeRelayPage(PageView):
    """Asks for the address; Enter or the button continues."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self.heading(_("Where is your support?"))
        self.paragraph(_("Type the address that your link begins with, or paste the whole link."), TextRole.LEAD)
        self._typed = tk.StringVar(self)
        self._entry = ttk.Entry(
            self.body,
            name="relay_entry",
            textvariable=self._typed,
            font=self.theme.font(TextRole.NAME),
            style=self.theme.field_style(),
        )
        self._entry.pack(fill="x", pady=(self.theme.px(16), 0))
        for key in ("<Return>", "<KP_Enter>"):
            self._entry.bind(key, lambda _event: self._continue())
        self._message = self.paragraph(_("For example: help.example.org"), TextRole.STRONG, space=8)
        self.caution(
            _("Did a stranger call you, write to you, or open this for you? Close this window. It may be a scam.")
        )
        self.button("relay_continue", _("&Continue"), Look.PRIMARY, self._continue)
        self.button("close", _("C&lose"), Look.PLAIN, context.intents.quit, side="left")
        add_language_row(self)

    def render(self, state: CustomerViewState) -> None:
        """Say what is wrong with what was typed."""
        problem = state.relay_asked.problem
        set_text(self._message, plain_line(_(problem), 200) if problem else _("For example: help.example.org"))

    def first_focus(self) -> tk.Misc:
        """The field."""
        return self._entry

    def _continue(self) -> None:
        if typed := self._typed.get().strip():
            self.context.intents.relay.name(typed)
        else:
            self._entry.focus_set()


def relay_page(parent: tk.Misc, context: PageContext, shown: RelayShown) -> PageView:
    """Return the page for where the question stands."""
    return (ConfirmRelayPage if shown.domain else TypeRelayPage)(parent, context)
