"""The question: may this person see the screen, or use the mouse and keyboard. GUI thread only."""

import tkinter as tk

from customer_client.session.state import Question
from customer_client.ui.page import PageContext, PageView, countdown, set_text
from customer_client.ui.plain_text import plain_line
from customer_client.ui.theme import Look, TextRole
from protocol.messages.consent import Capability

ALLOW_AFTER_S = 3.0
"""`Allow` cannot be pressed for this long: nobody agrees by a click that was meant for something else."""

NAME_CHARS = 60
"""Names longer than this are cut: a long one must not push the rest of the question out of sight."""

_HEADINGS = {
    Capability.SEE: "Someone asks to see your screen",
    Capability.CONTROL: "They ask to USE your mouse and keyboard",
    Capability.DIAGNOSTICS: "They ask for facts about this computer",
}
_MEANINGS = {
    Capability.SEE: "They will SEE your screen. They can NOT use your mouse or keyboard.",
    Capability.CONTROL: "They can click and type for you. Moving your own mouse always wins.",
    Capability.DIAGNOSTICS: "You will see every fact first. Nothing is sent until you say so.",
}


class ConsentPage(PageView):
    """One question with two answers. Silence, Escape and the first keyboard focus all mean no."""

    def __init__(self, parent: tk.Misc, context: PageContext, question: Question, relay: str) -> None:
        super().__init__(parent, context)
        self._question = question
        self._allow_from = context.clock() + ALLOW_AFTER_S
        self._answered = False
        self.heading(_HEADINGS[question.capability])
        self._who(question, relay)
        self.paragraph(_MEANINGS[question.capability], TextRole.STRONG, space=16)
        self.caution("Only continue if you asked for help.", space=14)
        self._countdown = self.theme.label(self.footer, "", TextRole.SMALL, colour="muted", wrap=self.text_width // 3)
        self._countdown.pack(side="left", padx=(self.theme.px(5), 0))
        self._allow = self.button("allow", "&Allow", Look.PLAIN, lambda: self._answer(True))
        self._deny = self.button("deny", "&Do not allow", Look.PLAIN, lambda: self._answer(False))
        # Tab goes through widgets in stacking order: the safe answer comes first.
        self._allow.lift()

    @property
    def question(self) -> Question:
        """The question this page asks."""
        return self._question

    def tick(self, now: float) -> None:
        """Count down; `Allow` works from three seconds after the page appeared until the deadline."""
        if self._answered:
            return
        over = now >= self._question.deadline
        self._allow.state(["disabled" if over or now < self._allow_from else "!disabled"])
        left = countdown(self._question.deadline - now)
        set_text(self._countdown, "Time is up. That counts as no." if over else f"No answer in {left} counts as no.")

    def first_focus(self) -> tk.Misc:
        """`Do not allow`, never `Allow`."""
        return self._deny

    def escape(self) -> None:
        """Escape means no."""
        self._answer(False)

    def _answer(self, accepted: bool) -> None:
        if self._answered:
            return
        self._answered = True
        self._allow.state(["disabled"])
        self._deny.state(["disabled"])
        set_text(self._countdown, "Thank you. One moment, please.")
        self.context.intents.answer(self._question.id, accepted)

    def _who(self, question: Question, relay: str) -> None:
        """Draw the card that says who asks, and about what."""
        card = self.card("soft", space=16)
        organisation = plain_line(question.organisation, NAME_CHARS)
        label = self.theme.label
        width = self.card_width
        label(card, organisation, TextRole.ORGANISATION, wrap=width, on="soft").pack(fill="x")
        name = plain_line(question.technician, NAME_CHARS)
        label(card, name, TextRole.NAME, wrap=width, on="soft").pack(fill="x", pady=(self.theme.px(6), 0))
        verified = f"\N{CHECK MARK} Verified by {organisation}"
        label(card, verified, TextRole.SMALL_BOLD, wrap=width, on="soft", colour="good").pack(fill="x")
        rows = tk.Frame(card, background=self.theme.palette.soft)
        rows.pack(fill="x", pady=(self.theme.px(10), 0))
        facts = (
            ("Ticket", question.ticket),
            ("About", question.subject),
            ("Reason", question.reason),
            ("Through", relay),
        )
        for row, (title, text) in enumerate((title, plain_line(text)) for title, text in facts if text):
            self._row(rows, row, title, text)

    def _row(self, rows: tk.Frame, row: int, title: str, text: str) -> None:
        title_width = self.theme.px(100)
        gap = self.theme.px(3)
        rows.grid_columnconfigure(0, minsize=title_width)
        name = self.theme.label(rows, title, colour="muted", on="soft")
        name.grid(row=row, column=0, sticky="nw", pady=gap)
        value = self.theme.label(rows, text, on="soft", wrap=self.card_width - title_width)
        value.grid(row=row, column=1, sticky="nw", pady=gap)
