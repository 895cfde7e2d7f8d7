"""The page when something went wrong: what happened, and what to do now. GUI thread only."""

import tkinter as tk

from customer_client.protection.alarms import Alarm
from customer_client.session.state import CustomerViewState
from customer_client.ui.page import PageContext, PageView, set_text
from customer_client.ui.plain_text import plain_line
from customer_client.ui.theme import Look, TextRole


class ProblemPage(PageView):
    """Calm words: what happened, the next step, and that the screen is safe."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self._band: tk.Frame | None = None
        self._heading = self.heading("Something did not work")
        self._text = self.paragraph("", TextRole.LEAD)
        card = self.card("soft", space=22)
        self.theme.label(card, "What you can do now", TextRole.STRONG, on="soft").pack(fill="x")
        self._next = self.theme.label(card, "", wrap=self.card_width, on="soft")
        self._next.pack(fill="x", pady=(self.theme.px(6), 0))
        self.paragraph("Nobody can see or use your computer through Deskside now.", colour="muted", space=22)
        self._close = self.button("close", "C&lose", Look.PRIMARY, self.context.intents.quit)

    def render(self, state: CustomerViewState) -> None:
        """Show what happened and the next step of `state`."""
        if state.alarm is not None:
            self._warn(state.alarm)
            return
        set_text(self._text, plain_line(state.text, 400) or "Deskside had to stop.")
        default = "Close this window and ask your technician for a new code."
        set_text(self._next, plain_line(state.next_step, 400) or default)

    def _warn(self, alarm: Alarm) -> None:
        """Say in red that somebody may be deceiving the customer; Close is the only way from here."""
        if self._band is None:
            self._band = tk.Frame(self, background=self.theme.palette.alarm, height=self.theme.px(10))
            self._band.pack(side="top", fill="x", before=self.footer)
        self._heading.configure(foreground=self.theme.palette.alarm)
        set_text(self._heading, alarm.heading)
        set_text(self._text, alarm.text)
        set_text(self._next, alarm.next_step)

    def first_focus(self) -> tk.Misc:
        """The Close button."""
        return self._close
