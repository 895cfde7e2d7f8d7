"""The page with the number the customer reads aloud. GUI thread only."""

import tkinter as tk
from tkinter import ttk

from customer_client.languages import _, counted, marked
from customer_client.session.state import CustomerViewState
from customer_client.ui.page import PageContext, PageView, countdown, set_text
from customer_client.ui.plain_text import plain_line
from customer_client.ui.theme import Look, TextRole

ALL_ATTEMPTS = 3

_INSTRUCTION = marked("Read this number aloud to your technician.")
_WARNING = marked("Nobody at Deskside will ever ask for it in writing. Read it only to the person you asked for help.")
_SOMEBODY_ELSE = marked(
    "Perhaps it was mistyped. But somebody else may be answering in your technician's place. Ask the person you speak "
    "to whether they typed these numbers. If they did not, or if you are not sure who they are: close this window, "
    "hang up, and call the organisation at a number you found yourself. Otherwise the next number appears here in a "
    "moment."
)
_NO_PIN_YET = "\N{MIDDLE DOT} \N{MIDDLE DOT} \N{MIDDLE DOT}"


class PinPage(PageView):
    """Shows the PIN, how many tries are left, or how long the pause after three failures still takes."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self._pause_until = 0.0
        self._attempts_left = ALL_ATTEMPTS
        self._pin_text = ""
        self._heading = self.heading(_(_INSTRUCTION))
        card = ttk.Frame(self.body, style=self.theme.card_style("soft"), padding=self.theme.px(22))
        card.pack(fill="x", pady=(self.theme.px(20), 0))
        self._pin = self.theme.label(card, "", TextRole.PIN, on="soft", name="pin")
        self._pin.configure(anchor="center")
        self._pin.pack(fill="x")
        self._notice = self.paragraph("", TextRole.STRONG, space=18)
        self._hint = self.paragraph("", colour="muted", space=6)
        self._warning = self.caution(_(_WARNING))
        self.button("close", _("C&lose"), Look.PLAIN, self.context.intents.quit, side="left")

    def render(self, state: CustomerViewState) -> None:
        """Show the PIN or the pause of `state`."""
        self._pause_until = state.pause_until
        self._attempts_left = state.attempts_left
        self._pin_text = plain_line(state.pin, 11)
        self.tick(self.context.clock())

    def tick(self, now: float) -> None:
        """Count the pause down; when it is over the page waits for the next PIN."""
        if now < self._pause_until:
            set_text(self._heading, _("Please wait a moment"))
            set_text(self._pin, countdown(self._pause_until - now))
            set_text(self._notice, _("The number did not match three times."))
            self._show_hint("")
            set_text(self._warning, _(_SOMEBODY_ELSE))
            return
        set_text(self._warning, _(_WARNING))
        set_text(self._heading, _(_INSTRUCTION) if self._pin_text else _("Your number appears here in a moment"))
        set_text(self._pin, self._pin_text or _NO_PIN_YET)
        set_text(self._notice, _tries_left(self._attempts_left) if self._pin_text else "")
        self._show_hint(_("After that you decide what your technician may see."))

    def _show_hint(self, text: str) -> None:
        set_text(self._hint, text)
        if not text:
            self._hint.pack_forget()
        elif not self._hint.winfo_manager():
            self._hint.pack(fill="x", pady=(self.theme.px(6), 0), after=self._notice)

    def first_focus(self) -> tk.Misc:
        """The window itself: Enter and Space do nothing here."""
        return self


def _tries_left(count: int) -> str:
    """Say after a failure how many tries are left; before the first failure, what the number is good for."""
    if count >= ALL_ATTEMPTS:
        return _("It works only once, and only for this session.")
    tries = counted("This is the last try.", "You have {number} tries left.", max(1, count))
    return f"{_('The last number did not match. Please read this new one.')} {tries}"
