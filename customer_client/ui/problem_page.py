"""The page when something went wrong: what happened, and what to do now. GUI thread only."""

import tkinter as tk
from tkinter import ttk

from customer_client.languages import _
from customer_client.protection.alarms import Alarm
from customer_client.session.state import CustomerViewState
from customer_client.session.troubles import Again
from customer_client.ui.page import PageContext, PageView, set_text
from customer_client.ui.plain_text import plain_line
from customer_client.ui.theme import Look, TextRole


class ProblemPage(PageView):
    """Calm words: what happened, the next step, and that the screen is safe. In red, there is no way to go on."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self._band: tk.Frame | None = None
        self._heading = self.heading(_("Something did not work"))
        self._text = self.paragraph("", TextRole.LEAD)
        card = self.card("soft", space=22)
        self.theme.label(card, _("What you can do now"), TextRole.STRONG, on="soft").pack(fill="x")
        self._next = self.theme.label(card, "", wrap=self.card_width, on="soft")
        self._next.pack(fill="x", pady=(self.theme.px(6), 0))
        self.paragraph(_("Nobody can see or use your computer through Deskside now."), colour="muted", space=22)
        self._close = self.button("close", _("C&lose"), Look.PRIMARY, self.context.intents.quit)
        self._report: ttk.Button | None = None
        self._again: ttk.Button | None = None

    def render(self, state: CustomerViewState) -> None:
        """Show what happened and the next step of `state`."""
        if state.alarm is not None:
            self._warn(state.alarm)
            self._offer_report(state.farewell is not None and state.farewell.can_tell)
            return
        set_text(self._text, plain_line(_(state.text), 400) or _("Deskside had to stop."))
        default = _("Close this window and ask your technician for a new code.")
        set_text(self._next, plain_line(_(state.next_step), 400) or default)
        self._offer_again(state.again)

    def _offer_again(self, again: Again) -> None:
        """Let the customer go on from here where that may help."""
        if self._again is not None:
            self._again.destroy()
            self._again = None
        if again is not Again.NO:
            words = _("Try &again") if again is Again.SAME_CODE else _("Type &another code")
            self._again = self.button("again", words, Look.PLAIN, self.context.intents.begin_again)

    def _warn(self, alarm: Alarm) -> None:
        """Say in red that somebody may be deceiving the customer; from here one can only close, or report it."""
        if self._band is None:
            self._band = tk.Frame(self, background=self.theme.palette.alarm, height=self.theme.px(10))
            self._band.pack(side="top", fill="x", before=self.footer)
        self._heading.configure(foreground=self.theme.palette.alarm)
        set_text(self._heading, _(alarm.heading))
        set_text(self._text, _(alarm.text))
        set_text(self._next, _(alarm.next_step))

    def _offer_report(self, possible: bool) -> None:
        """Let the customer tell the organisation about it, where that server can be told."""
        if possible and self._report is None:
            words, intents = _("&Report\N{HORIZONTAL ELLIPSIS}"), self.context.intents.farewell
            self._report = self.button(
                "report_abuse", words, Look.PLAIN, lambda: intents.open_report(True), side="left"
            )

    def first_focus(self) -> tk.Misc:
        """The Close button."""
        return self._close
