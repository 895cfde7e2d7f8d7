"""Two questions at the end: how was it, and in a few words why. Answering is free. GUI thread only."""

import tkinter as tk
from tkinter import ttk

from customer_client.languages import _, marked
from customer_client.session.farewell_state import FarewellIntents, Sending
from customer_client.ui.page import set_text
from customer_client.ui.theme import Look, TextRole, Theme
from protocol.messages.feedback_api import MOST_STARS, SURVEY_CHARS

FULL, EMPTY = "\N{BLACK STAR}", "\N{WHITE STAR}"
_STARS_DRAFT, _WORDS_DRAFT = "survey stars", "survey words"
_WORDS = ("", marked("very bad"), marked("bad"), marked("all right"), marked("good"), marked("very good"))
_SAID = {
    Sending.UNDER_WAY: marked("Sending \N{HORIZONTAL ELLIPSIS}"),
    Sending.SENT: marked("Thank you. Your answer was sent."),
    Sending.FAILED: marked("It was not sent."),
}


class SurveyCard(tk.Frame):
    """Five stars that can be clicked or pressed, a line of text, and Send."""

    def __init__(self, parent: tk.Misc, theme: Theme, intents: FarewellIntents, drafts: dict[str, str]) -> None:
        super().__init__(parent, name="survey", background=theme.palette.page)
        self._theme, self._intents, self._drafts = theme, intents, drafts
        self._stars = 0
        self._over = False
        row = tk.Frame(self, background=theme.palette.page)
        row.pack(fill="x")
        theme.label(row, _("How was it?"), TextRole.STRONG).pack(side="left", padx=(0, theme.px(12)))
        self._buttons = [self._star(row, number) for number in range(1, MOST_STARS + 1)]
        self._word = theme.label(row, "", colour="muted", name="survey_word")
        self._word.pack(side="left", padx=theme.px(10))
        self._below = tk.Frame(self, background=theme.palette.page)
        self._below.pack(fill="x", pady=(theme.px(4), 0))
        self._text = tk.Text(
            self._below,
            name="survey_text",
            height=2,
            width=1,
            wrap="word",
            font=theme.font(TextRole.BODY),
            background=theme.palette.page,
            foreground=theme.palette.text,
            insertbackground=theme.palette.text,
            highlightthickness=theme.px(2),
            highlightbackground=theme.palette.line,
            highlightcolor=theme.palette.focus,
            borderwidth=0,
            padx=theme.px(8),
            pady=theme.px(4),
        )
        self._text.bind("<Tab>", self._leave_text)
        self._text.insert("1.0", drafts.get(_WORDS_DRAFT, ""))
        self._text.bind("<KeyRelease>", lambda _event: self._keep_draft())
        self._send = ttk.Button(
            self._below, name="send_survey", text=_("Send"), style=theme.button_style(Look.SMALL), command=self._answer
        )
        self._send.pack(side="right", padx=(theme.px(10), 0))
        self._text.pack(side="left", fill="x", expand=True)
        self._send.state(["disabled"])
        if _STARS_DRAFT in drafts:
            self._choose(int(drafts[_STARS_DRAFT]))

    def render(self, sending: Sending) -> None:
        """Show where the answer stands."""
        self._over = sending in (Sending.UNDER_WAY, Sending.SENT)
        if sending in _SAID:
            set_text(self._word, _(_SAID[sending]))
        if sending is Sending.SENT:
            self._below.pack_forget()
        self._send.state(["disabled"] if self._over or not self._stars else ["!disabled"])

    def _star(self, row: tk.Frame, number: int) -> tk.Button:
        palette = self._theme.palette
        star = tk.Button(
            row,
            name=f"star{number}",
            text=EMPTY,
            font=self._theme.font(TextRole.HEADING),
            command=lambda: self._choose(number),
            foreground=palette.accent,
            activeforeground=palette.accent_strong,
            background=palette.page,
            activebackground=palette.page,
            highlightbackground=palette.page,
            highlightcolor=palette.focus,
            highlightthickness=self._theme.px(2),
            borderwidth=0,
            relief="flat",
            padx=self._theme.px(2),
            pady=0,
        )
        star.pack(side="left")
        return star

    def _choose(self, stars: int) -> None:
        if self._over:
            return
        self._stars = stars
        self._drafts[_STARS_DRAFT] = str(stars)
        for number, button in enumerate(self._buttons, start=1):
            button.configure(text=FULL if number <= stars else EMPTY)
        set_text(self._word, _(_WORDS[stars]))
        self._send.state(["!disabled"])

    def _keep_draft(self) -> None:
        self._drafts[_WORDS_DRAFT] = self._text.get("1.0", "end").strip()

    def _answer(self) -> None:
        if self._stars and not self._over:
            self._intents.answer_survey(self._stars, self._text.get("1.0", "end").strip()[:SURVEY_CHARS])

    def _leave_text(self, event: "tk.Event[tk.Text]") -> str:
        """Tab goes on to the button: nobody means a tab here."""
        following = event.widget.tk_focusNext()
        if following is not None:
            following.focus_set()
        return "break"
