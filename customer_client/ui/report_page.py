"""The page on which a customer reports that something was not right. GUI thread only."""

import tkinter as tk

from customer_client.languages import _, marked
from customer_client.session.farewell_state import FarewellShown, Sending
from customer_client.session.state import CustomerViewState
from customer_client.ui.page import PageContext, PageView, set_text
from customer_client.ui.plain_text import plain_line
from customer_client.ui.theme import Look, TextRole

REPORT_CHARS = 4000
_DRAFT = "report"
_SAID = {
    Sending.UNDER_WAY: marked("Sending \N{HORIZONTAL ELLIPSIS}"),
    Sending.SENT: marked("Your report was sent. Somebody who is responsible for the technicians will read it."),
}


class ReportPage(PageView):
    """A text and one button; what it does, and what to do about money, in plain words."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        theme = self.theme
        self.heading(_("Report abuse"))
        self.paragraph(
            _(
                "What was not right? The people responsible for the support, not the technician, will read this "
                "together with the number of the session."
            ),
            space=8,
        )
        self._text = tk.Text(
            self.body,
            name="report_text",
            height=6,
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
            padx=theme.px(10),
            pady=theme.px(8),
        )
        self._text.bind("<Tab>", self._leave_text)
        self._text.insert("1.0", context.drafts.get(_DRAFT, ""))
        self._text.bind("<KeyRelease>", lambda _event: self._keep_draft())
        self._text.pack(fill="x", pady=(theme.px(12), 0))
        self._said = self.paragraph("", TextRole.STRONG, space=8)
        self.caution(
            _(
                "Did you pay somebody, or did they see your bank? Call your bank now, on the number on your card. "
                "Then call the police."
            ),
            space=10,
        )
        self._send = self.button("send_report", _("&Send the report"), Look.PRIMARY, self._report)
        self.button("report_back", _("&Back"), Look.PLAIN, self._back, side="left")

    def render(self, state: CustomerViewState) -> None:
        """Show where the report stands."""
        farewell = state.farewell or FarewellShown()
        set_text(self._said, plain_line(_(_SAID.get(farewell.report, farewell.problem)), 300))
        over = farewell.report in (Sending.UNDER_WAY, Sending.SENT)
        self._send.state(["disabled"] if over else ["!disabled"])

    def first_focus(self) -> tk.Misc:
        """The text."""
        return self._text

    def escape(self) -> None:
        """Go back."""
        self._back()

    def _report(self) -> None:
        text = self._text.get("1.0", "end").strip()[:REPORT_CHARS]
        if text:
            self.context.intents.farewell.report(text)
        else:
            set_text(self._said, _("Please write a few words first."))

    def _keep_draft(self) -> None:
        self.context.drafts[_DRAFT] = self._text.get("1.0", "end").strip()

    def _back(self) -> None:
        self.context.intents.farewell.open_report(False)

    def _leave_text(self, event: "tk.Event[tk.Text]") -> str:
        """Tab goes on to the buttons."""
        following = event.widget.tk_focusNext()
        if following is not None:
            following.focus_set()
        return "break"
